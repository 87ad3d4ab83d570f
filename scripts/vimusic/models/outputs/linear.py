"""One layer (paper 3.3)."""

from collections.abc import Callable

import torch
from torch import nn

from vimusic.models.outputs import MelOutput
from vimusic.models.recipe import Recipe


class Output(MelOutput):
    """Hidden states to mel bands (the paper), in units of deviations from the mean spectrum."""

    def __init__(self, width: int, recipe: Recipe) -> None:
        super().__init__()
        self.bands = nn.Linear(width, recipe.n_mels)

    def forward(
        self,
        hidden: torch.Tensor,
        clips: dict[str, torch.Tensor],
        scale: Callable[[torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        return scale(self.bands(hidden))
