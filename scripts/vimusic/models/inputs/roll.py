"""The piano-roll (paper 3.3)."""

import torch
from torch import nn

from vimusic.models.clips import Seen
from vimusic.models.recipe import Recipe


class Input(nn.Module):
    """One-layer LSTM over the piano-roll, 128 pitches -> 128."""

    width = 128

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.lstm = nn.LSTM(128, self.width, batch_first=True)

    def fit(self, seen: list[Seen]) -> None:
        """Nothing to take from the training set."""

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        return self.lstm(clips["roll"])[0]
