"""The spectrogram regressor: encoders, fusion, decoder (paper 3.3).

Every encoder turns a batch of clips into one embedding per mel frame, (B, T, width); an output turns
the decoder's hidden states into log-mel. A model is the encoders and the output its variant names.
B clips, V video frames, T mel frames.
"""

import torch
from torch import nn

from vimusic.clips import CODES
from vimusic.encoder import FrameEncoder
from vimusic.errors import UserError
from vimusic.partials import log_comb


def to_mel_grid(embeddings, positions):
    """Frame embeddings (B, V, D) at fractional frame ``positions`` (B, T): (B, T, D), linear
    between neighbouring frames."""
    left = positions.floor().long().clamp(max=embeddings.shape[1] - 1)
    right = (left + 1).clamp(max=embeddings.shape[1] - 1)
    share = (positions - left).unsqueeze(-1)
    rows = torch.arange(len(embeddings), device=embeddings.device).unsqueeze(1)
    return torch.lerp(embeddings[rows, left], embeddings[rows, right], share)


class FrozenVisual(nn.Module):
    """Cached frame embeddings to the mel grid, as their principal components.

    Parameters
    ----------
    components : how many to keep; 512 keeps all of the embedding (the paper). A random encoder's
        small components are camera noise, and few stems are learnt by heart from many inputs.
    dropout : share of components dropped in training.
    """

    def __init__(self, components, dropout):
        super().__init__()
        self.width = components
        self.register_buffer("mean", torch.zeros(FrameEncoder.width))
        self.register_buffer("axes", torch.eye(FrameEncoder.width)[:, :components].clone())
        self.dropout = nn.Dropout(dropout)

    def fit(self, stems):
        """Take mean, axes and their common scale from the training ``stems``."""
        # Stem by stem: in double precision all of URMP would fill gigabytes.
        visual = [torch.from_numpy(stem.visual) for stem in stems]
        count = sum(map(len, visual))
        mean = sum(part.double().sum(0) for part in visual) / count
        covariance = torch.zeros(len(mean), len(mean), dtype=torch.float64)
        for part in visual:
            centred = part.double() - mean
            covariance += centred.T @ centred / count
        variances, axes = torch.linalg.eigh(covariance)
        variances, axes = (found.flip(-1)[..., : self.width] for found in (variances, axes))
        # An eigenvector's sign is arbitrary; fix it, so that every machine fits the same model.
        axes = axes * axes.sum(0).sign()
        self.mean.copy_(mean)
        # The components' mean is 0, so their common deviation is the root of their mean variance.
        self.axes.copy_(axes / variances.mean().clamp(min=1e-8).sqrt())

    def forward(self, clips):
        components = (clips["visual"] - self.mean) @ self.axes
        return to_mel_grid(self.dropout(components), clips["positions"])


class FinetunedVisual(nn.Module):
    """ResNet-18 trained with the rest. Frames come as pixels, or, at inference, already embedded
    by ``encoder`` (each frame once, although windows overlap)."""

    width = FrameEncoder.width

    def __init__(self, weights):
        super().__init__()
        self.encoder = FrameEncoder(weights)

    def fit(self, stems):
        """Nothing to take from the training set."""

    def forward(self, clips):
        if "visual" not in clips:
            frames = clips["frames"]
            visual = self.encoder(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        else:
            visual = clips["visual"]
        return to_mel_grid(visual, clips["positions"])


class RollEncoder(nn.Module):
    """One-layer LSTM over the piano-roll, 128 pitches -> 128."""

    width = 128

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, self.width, batch_first=True)

    def fit(self, stems):
        """Nothing to take from the training set."""

    def forward(self, clips):
        return self.lstm(clips["roll"])[0]


class InstrumentEncoder(nn.Module):
    """A learned vector per instrument, the same at every mel frame."""

    width = 32

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(len(CODES), self.width)

    def fit(self, stems):
        """Nothing to take from the training set."""

    def forward(self, clips):
        vector = self.table(clips["instrument"])
        return vector.unsqueeze(1).expand(-1, clips["mel"].shape[1], -1)


class LinearOutput(nn.Module):
    """Hidden states to mel bands (the paper), in units of deviations from the mean spectrum."""

    def __init__(self, width, n_mels):
        super().__init__()
        self.bands = nn.Linear(width, n_mels)

    def forward(self, hidden, clips, scale):
        return scale(self.bands(hidden))


class HarmonicOutput(nn.Module):
    """Partials where the roll's notes have them, under an envelope, plus noise: two layers that need not
    learn the spectrum of each pitch, so that pitches never trained on are in tune as well.

    Parameters
    ----------
    sample_rate, n_fft : of the mels, Hz and samples.
    """

    def __init__(self, width, n_mels, sample_rate, n_fft):
        super().__init__()
        self.register_buffer("comb", torch.from_numpy(log_comb(sample_rate, n_fft, n_mels)).exp())
        self.envelope = nn.Linear(width, n_mels)
        self.noise = nn.Linear(width, n_mels)
        # Training starts with the partials of a note standing out from its noise.
        nn.init.ones_(self.envelope.bias)
        nn.init.constant_(self.noise.bias, -0.5)

    def forward(self, hidden, clips, scale):
        sounding = (clips["roll"] > 0).float() @ self.comb
        partials = scale(self.envelope(hidden)) + sounding.clamp(min=1e-12).log()
        return torch.logaddexp(partials, scale(self.noise(hidden)))


class SpectrogramRegressor(nn.Module):
    """Encoders side by side -> projection (1024) -> two-layer LSTM (512) -> output -> log-mel.

    The output works in units of the training set's deviation per band around its mean, so
    training starts at the mean spectrum; loss and output stay in ln power.
    """

    def __init__(self, encoders, output, n_mels, fusion=1024, decoder=512):
        super().__init__()
        self.encoders = nn.ModuleList(encoders)
        self.fusion = nn.Linear(sum(encoder.width for encoder in encoders), fusion)
        self.decoder = nn.LSTM(fusion, decoder, num_layers=2, batch_first=True)
        self.output = output
        self.register_buffer("mel_mean", torch.zeros(n_mels))
        self.register_buffer("mel_std", torch.ones(n_mels))

    def fit(self, stems):
        """Take the statistics that scale inputs and outputs from the training ``stems``."""
        mel = torch.cat([torch.from_numpy(stem.mel) for stem in stems])
        self.mel_mean.copy_(mel.mean(0))
        self.mel_std.copy_(mel.std(0).clamp(min=1e-3))
        for encoder in self.encoders:
            encoder.fit(stems)

    def forward(self, clips):
        """Batch of clips (see ``clips.cut``) -> log-mel (B, T, n_mels), ln power."""
        embedding = torch.cat([encoder(clips) for encoder in self.encoders], dim=-1)
        hidden, _ = self.decoder(self.fusion(embedding))
        return self.output(hidden, clips, lambda units: self.mel_mean + self.mel_std * units)


def build(inputs, finetuned, weights, components, dropout, n_mels, fusion, decoder, harmonic=None):
    """The model of a variant.

    Parameters
    ----------
    inputs : subset of ``video``, ``roll``, ``instrument``, in this order of concatenation.
    finetuned : train the ResNet (started from ``weights``) instead of reading cached embeddings.
    components, dropout : of the frozen embeddings (see ``FrozenVisual``).
    fusion, decoder : widths of the projection and of the decoder LSTM (the paper: 1024 and 512).
    harmonic : (sample rate, n_fft) of the mels for a ``HarmonicOutput``; None: the paper's linear layer.
    """
    parts = {
        "video": (lambda: FinetunedVisual(weights))
        if finetuned
        else (lambda: FrozenVisual(components, dropout)),
        "roll": RollEncoder,
        "instrument": InstrumentEncoder,
    }
    encoders = [make() for name, make in parts.items() if name in inputs]
    output = HarmonicOutput(decoder, n_mels, *harmonic) if harmonic else LinearOutput(decoder, n_mels)
    return SpectrogramRegressor(encoders, output, n_mels, fusion, decoder)


def load(path):
    """A trained model on the CPU, ready to predict, and what ``train.py`` saved with it.

    Raises
    ------
    UserError
        A missing file, or one that holds no weights of these models.
    """
    try:
        made = torch.load(path, map_location="cpu", weights_only=True)
        # The state holds every weight, so none is downloaded to be overwritten.
        model = build(**made["recipe"] | {"weights": "none"})
        model.load_state_dict(made["state"])
    except FileNotFoundError:
        raise UserError(f"{path}: weights not found; train the variant first") from None
    except Exception as error:  # whatever the unpickler or another model's weights trip over
        raise UserError(
            f"{path}: holds no weights of this program's models ({type(error).__name__}); "
            "train the variant again"
        ) from None
    return model.eval(), made
