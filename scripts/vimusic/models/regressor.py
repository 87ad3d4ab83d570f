"""The spectrogram regressor: inputs, fusion, decoder, output (paper 3.3).

Every input turns a batch of clips into one embedding per mel frame, (B, T, width); an output turns
the decoder's hidden states into log-mel, or into what it plays. A model is the inputs and the output its
recipe names.
B clips, V video frames, T mel frames.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from vimusic.errors import UserError
from vimusic.models.clips import Stem
from vimusic.models.inputs import INPUTS
from vimusic.models.outputs import OUTPUTS
from vimusic.models.recipe import Recipe


class SpectrogramRegressor(nn.Module):
    """Inputs side by side -> projection (1024) -> two-layer LSTM (512) -> output -> log-mel.

    With ``recipe.lookahead`` the LSTM reads in both directions. A mel output works in units of the training
    set's deviation per band around its mean, so training starts at the mean spectrum; loss and output stay
    in ln power.
    """

    def __init__(self, inputs: Iterable[nn.Module], output: nn.Module, recipe: Recipe):
        super().__init__()
        self.inputs = nn.ModuleList(inputs)
        self.fusion = nn.Linear(sum(each.width for each in self.inputs), recipe.fusion)
        self.decoder = nn.LSTM(
            recipe.fusion, recipe.decoder, num_layers=2, batch_first=True, bidirectional=recipe.lookahead
        )
        self.output = output
        self.register_buffer("mel_mean", torch.zeros(recipe.n_mels))
        self.register_buffer("mel_std", torch.ones(recipe.n_mels))

    def fit(self, stems: list[Stem]) -> None:
        """Take the statistics that scale inputs and outputs from the training ``stems``."""
        mel = torch.cat([torch.from_numpy(stem.mel) for stem in stems])
        self.mel_mean.copy_(mel.mean(0))
        self.mel_std.copy_(mel.std(0).clamp(min=1e-3))
        for each in self.inputs:
            each.fit([stem.seen for stem in stems])

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        """Batch of clips (see ``clips.cut``) -> log-mel (B, T, n_mels), or what else the output gives."""
        embedding = torch.cat([each(clips) for each in self.inputs], dim=-1)
        hidden, _ = self.decoder(self.fusion(embedding))
        return self.output(hidden, clips, lambda units: self.mel_mean + self.mel_std * units)


def build(recipe: Recipe) -> SpectrogramRegressor:
    """The model of a ``recipe``, with weights drawn from torch's seed; inputs in the order that it names."""
    inputs = [INPUTS[name](recipe) for name in recipe.inputs]
    width = recipe.decoder * (1 + recipe.lookahead)
    return SpectrogramRegressor(inputs, OUTPUTS[recipe.output](width, recipe), recipe)


def save(path: Path, recipe: Recipe, state: dict[str, torch.Tensor]) -> None:
    """Write a trained model's ``recipe`` and ``state`` to one file."""
    torch.save({"recipe": recipe.to_dict(), "state": state}, path)


def load(path: str | Path) -> tuple[SpectrogramRegressor, Recipe]:
    """A trained model on the CPU, ready to predict, and its recipe.

    Raises
    ------
    UserError
        A missing file, or one that holds no weights of these models.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        recipe = Recipe.from_dict(saved["recipe"])
        # The state holds every weight, so none is downloaded to be overwritten.
        model = build(replace(recipe, weights="none"))
        model.load_state_dict(saved["state"])
    except FileNotFoundError:
        raise UserError(f"{path}: weights not found; train the variant first") from None
    except Exception as error:  # whatever the unpickler or another model's weights trip over
        raise UserError(
            f"{path}: holds no weights of this program's models ({type(error).__name__}); "
            "train the variant again"
        ) from None
    return model.eval(), recipe
