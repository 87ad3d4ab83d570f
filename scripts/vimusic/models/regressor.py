"""The spectrogram regressor: encoders, fusion, decoder (paper 3.3).

Every encoder turns a batch of clips into one embedding per mel frame, (B, T, width); an output turns
the decoder's hidden states into log-mel. A model is the encoders and the output its variant names.
B clips, V video frames, T mel frames.
"""

import torch
from torch import nn

from vimusic.errors import UserError
from vimusic.models.inputs import INPUTS
from vimusic.models.outputs import OUTPUTS


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


def build(recipe):
    """The model of a ``recipe``: inputs and output by name, n_mels, widths, and what its parts ask for."""
    inputs = [INPUTS[name](recipe) for name in recipe["inputs"]]
    output = OUTPUTS[recipe["output"]](recipe["decoder"], recipe)
    return SpectrogramRegressor(inputs, output, recipe["n_mels"], recipe["fusion"], recipe["decoder"])


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
        model = build(made["recipe"] | {"weights": "none"})
        model.load_state_dict(made["state"])
    except FileNotFoundError:
        raise UserError(f"{path}: weights not found; train the variant first") from None
    except Exception as error:  # whatever the unpickler or another model's weights trip over
        raise UserError(
            f"{path}: holds no weights of this program's models ({type(error).__name__}); "
            "train the variant again"
        ) from None
    return model.eval(), made
