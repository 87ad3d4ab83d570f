"""What a player knows of the score (``vimusic.features.note_features``)."""

import torch
from torch import nn

from vimusic.features.note_features import COLUMNS
from vimusic.models.clips import Seen
from vimusic.models.recipe import Recipe


class Input(nn.Module):
    """Note features in units of their deviation over the training set, as they are: no network."""

    TABLE, width = "notes", len(COLUMNS)

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(self.width))
        self.register_buffer("deviation", torch.ones(self.width))

    def fit(self, seen: list[Seen]) -> None:
        """Take mean and deviation from what is ``seen`` of the training stems."""
        table = torch.cat([torch.from_numpy(getattr(each, self.TABLE)) for each in seen])
        self.mean.copy_(table.mean(0))
        self.deviation.copy_(table.std(0).clamp(min=1e-3))

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        return (clips[self.TABLE] - self.mean) / self.deviation
