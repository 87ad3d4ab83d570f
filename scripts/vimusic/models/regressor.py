"""The spectrogram regressor: inputs, fusion, decoder, output (paper 3.3).

Every input turns a batch of clips into one embedding per mel frame, (B, T, width); an output turns
the decoder's hidden states into log-mel, or into what it plays. A model is the inputs and the output its
recipe names.
B clips, V video frames, T mel frames.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save as packed
from torch import nn

from vimusic.errors import UserError
from vimusic.models.clips import Stem
from vimusic.models.inputs import INPUTS
from vimusic.models.outputs import OUTPUTS
from vimusic.models.recipe import Recipe
from vimusic.settings import skips


class SpectrogramRegressor(nn.Module):
    """Inputs side by side -> projection (1024) -> two-layer LSTM (512) -> output -> log-mel.

    With ``recipe.lookahead`` the LSTM reads in both directions; an output that skips it reads the projection
    too. A mel output works in units of the training set's deviation per band around its mean, so training
    starts at the mean spectrum; loss and output stay in ln power.
    """

    def __init__(self, inputs: Iterable[nn.Module], output: nn.Module, recipe: Recipe) -> None:
        super().__init__()
        self.inputs = nn.ModuleList(inputs)
        self.fusion = nn.Linear(sum(each.width for each in self.inputs), recipe.fusion)
        self.decoder = nn.LSTM(
            recipe.fusion, recipe.decoder, num_layers=2, batch_first=True, bidirectional=recipe.lookahead
        )
        self.output = output
        self.skips = skips(recipe.output)
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
        fused = self.fusion(embedding)
        hidden, _ = self.decoder(fused)
        if self.skips:
            hidden = torch.cat([hidden, fused], dim=-1)
        return self.output(hidden, clips, lambda units: self.mel_mean + self.mel_std * units)


def build(recipe: Recipe) -> SpectrogramRegressor:
    """The model of a ``recipe``, with weights drawn from torch's seed; inputs in the order that it names."""
    inputs = [INPUTS[name](recipe) for name in recipe.inputs]
    width = recipe.decoder * (1 + recipe.lookahead) + recipe.fusion * skips(recipe.output)
    return SpectrogramRegressor(inputs, OUTPUTS[recipe.output](width, recipe), recipe)


def save(
    path: Path, recipe: Recipe, state: Mapping[str, torch.Tensor], card: Mapping[str, Any] | None = None
) -> None:
    """Write a trained model's ``recipe``, ``state`` and ``card`` (``vimusic.models.pack``) to one file."""
    told = {"recipe": json.dumps(recipe.to_dict()), "card": json.dumps(card or {})}
    # Not save_file, whose file nobody but its owner may read.
    path.write_bytes(packed({name: values.contiguous() for name, values in state.items()}, told))


def load(path: str | Path) -> tuple[SpectrogramRegressor, Recipe, dict[str, Any]]:
    """A trained model on the CPU, ready to predict, its recipe, and its card, empty if it was not packed.

    Raises
    ------
    UserError
        A missing file, or one that holds no weights of these models.
    """
    try:
        with safe_open(path, "pt") as file:
            told = {name: json.loads(text) for name, text in file.metadata().items()}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        recipe = Recipe.from_dict(told["recipe"])
        # The state holds every weight, so none is downloaded to be overwritten.
        model = build(replace(recipe, weights="none"))
        model.load_state_dict(state)  # halves of a packed file become singles again
    except FileNotFoundError:
        raise UserError(f"{path}: weights not found; train the variant first") from None
    except Exception as error:  # whatever the parser or another model's weights trip over
        why = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path}: holds no weights of this program's models ({type(error).__name__}: {why}); "
            "train the variant again"
        ) from None
    return model.eval(), recipe, told["card"]
