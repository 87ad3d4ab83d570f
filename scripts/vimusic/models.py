"""The spectrogram regressor: encoders, fusion, decoder (paper 3.3; DESIGN section 4).

Every encoder turns a batch of clips into one embedding per mel frame, (B, T, width); a model is
the list of encoders its variant names. B clips, V video frames, T mel frames.
"""

from urllib.error import URLError

import torch
import torchvision
from torch import nn

from vimusic.clips import CODES
from vimusic.errors import UserError

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class FrameEncoder(nn.Module):
    """ResNet-18 without its classifier: RGB frames (N, H, W, 3) uint8 -> (N, 512).

    Parameters
    ----------
    weights : ``imagenet`` (the paper's pretrained network) or ``none`` (random, from torch's seed).
    """

    width = 512

    def __init__(self, weights="none"):
        super().__init__()
        self.trunk = resnet18(weights)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(3, 1, 1) * 255)

    def forward(self, frames):
        images = (frames.permute(0, 3, 1, 2) - self.mean) / self.std
        return self.trunk(images.contiguous(memory_format=torch.channels_last))


def resnet18(weights):
    """torchvision's ResNet-18 ending in the 512 pooled features.

    Raises
    ------
    UserError
        ImageNet weights that are not cached and cannot be downloaded.
    """
    choice = {"imagenet": torchvision.models.ResNet18_Weights.IMAGENET1K_V1, "none": None}[weights]
    try:
        trunk = torchvision.models.resnet18(weights=choice)
    except (URLError, OSError) as error:
        raise UserError(
            f"ResNet-18 ImageNet weights cannot be downloaded ({error}); put {choice.url} into "
            f"{torch.hub.get_dir()}/checkpoints, or set encoder.weights: none"
        ) from None
    trunk.fc = nn.Identity()
    return trunk.to(memory_format=torch.channels_last)


def to_mel_grid(embeddings, positions):
    """Frame embeddings (B, V, D) at fractional frame ``positions`` (B, T): (B, T, D), linear
    between neighbouring frames."""
    left = positions.floor().long().clamp(max=embeddings.shape[1] - 1)
    right = (left + 1).clamp(max=embeddings.shape[1] - 1)
    share = (positions - left).unsqueeze(-1)
    rows = torch.arange(len(embeddings), device=embeddings.device).unsqueeze(1)
    return torch.lerp(embeddings[rows, left], embeddings[rows, right], share)


class FrozenVisual(nn.Module):
    """Cached frame embeddings to the mel grid, standardised by the training set's statistics."""

    width = FrameEncoder.width

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(self.width))
        self.register_buffer("std", torch.ones(self.width))

    def fit(self, stems):
        """Take mean and deviation per feature from the training ``stems``."""
        visual = torch.cat([torch.from_numpy(stem.visual) for stem in stems])
        self.mean.copy_(visual.mean(0))
        self.std.copy_(visual.std(0).clamp(min=1e-4))

    def forward(self, clips):
        return to_mel_grid((clips["visual"] - self.mean) / self.std, clips["positions"])


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


class SpectrogramRegressor(nn.Module):
    """Encoders side by side -> projection (1024) -> two-layer LSTM (512) -> log-mel.

    The output layer works in units of the training set's deviation per band around its mean, so
    training starts at the mean spectrum; loss and output stay in ln power.
    """

    def __init__(self, encoders, n_mels, fusion=1024, decoder=512):
        super().__init__()
        self.encoders = nn.ModuleList(encoders)
        self.fusion = nn.Linear(sum(encoder.width for encoder in encoders), fusion)
        self.decoder = nn.LSTM(fusion, decoder, num_layers=2, batch_first=True)
        self.output = nn.Linear(decoder, n_mels)
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
        return self.mel_mean + self.mel_std * self.output(hidden)


def build(inputs, finetuned, weights, n_mels, fusion, decoder):
    """The model of a variant.

    Parameters
    ----------
    inputs : subset of ``video``, ``roll``, ``instrument``, in this order of concatenation.
    finetuned : train the ResNet (started from ``weights``) instead of reading cached embeddings.
    fusion, decoder : widths of the projection and of the decoder LSTM (the paper: 1024 and 512).
    """
    parts = {
        "video": (lambda: FinetunedVisual(weights)) if finetuned else FrozenVisual,
        "roll": RollEncoder,
        "instrument": InstrumentEncoder,
    }
    encoders = [parts[name]() for name in parts if name in inputs]
    return SpectrogramRegressor(encoders, n_mels, fusion, decoder)
