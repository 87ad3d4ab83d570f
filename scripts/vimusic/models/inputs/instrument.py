"""Which instrument plays."""

import torch
from torch import nn

from vimusic.models.clips import CODES, Seen
from vimusic.models.recipe import Recipe


class Input(nn.Module):
    """A learned vector per instrument, the same at every mel frame."""

    width = 32

    def __init__(self, recipe: Recipe):
        super().__init__()
        self.table = nn.Embedding(len(CODES), self.width)

    def fit(self, seen: list[Seen]) -> None:
        """Nothing to take from the training set."""

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        vector = self.table(clips["instrument"])
        return vector.unsqueeze(1).expand(-1, clips["positions"].shape[1], -1)
