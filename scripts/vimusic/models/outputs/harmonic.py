"""Partials of the notes, plus noise."""

from collections.abc import Callable

import torch
from torch import nn

from vimusic.models.outputs import MelOutput
from vimusic.models.partials import log_comb
from vimusic.models.recipe import Recipe

READS = ("roll",)


class Output(MelOutput):
    """Partials where the roll's notes have them, under an envelope, plus noise: two layers that need not
    learn the spectrum of each pitch, so that pitches never trained on are in tune as well.
    """

    def __init__(self, width: int, recipe: Recipe) -> None:
        super().__init__()
        comb = log_comb(recipe.sample_rate, recipe.n_fft, recipe.n_mels)
        self.register_buffer("comb", torch.from_numpy(comb).exp())
        self.envelope = nn.Linear(width, recipe.n_mels)
        self.noise = nn.Linear(width, recipe.n_mels)
        # Training starts with the partials of a note standing out from its noise.
        nn.init.ones_(self.envelope.bias)
        nn.init.constant_(self.noise.bias, -0.5)

    def forward(
        self,
        hidden: torch.Tensor,
        clips: dict[str, torch.Tensor],
        scale: Callable[[torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        sounding = (clips["roll"] > 0).float() @ self.comb
        partials = scale(self.envelope(hidden)) + sounding.clamp(min=1e-12).log()
        return torch.logaddexp(partials, scale(self.noise(hidden)))
