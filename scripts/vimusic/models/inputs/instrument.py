"""Which instrument plays."""

import torch
from torch import nn

from vimusic.data.urmp import INSTRUMENTS
from vimusic.models.clips import CODES, Seen
from vimusic.models.recipe import Recipe

FAMILIES = sorted({family for _, family, _ in INSTRUMENTS.values()})
UNNAMED = 0.2  # share of training clips that tell the family alone, which so learns to stand for others


class Input(nn.Module):
    """A learned vector per family plus one per instrument, the same at every mel frame. An instrument that
    was not heard in training has that of its family alone."""

    width = 32

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.families = nn.Embedding(len(FAMILIES), self.width)
        self.table = nn.Embedding(len(CODES), self.width)
        family_of = [FAMILIES.index(INSTRUMENTS[code][1]) for code in CODES]
        heard = [not recipe.heard or code in recipe.heard for code in CODES]
        self.register_buffer("family_of", torch.tensor(family_of), persistent=False)
        self.register_buffer("heard", torch.tensor(heard), persistent=False)

    def fit(self, seen: list[Seen]) -> None:
        """Nothing to take from the training set."""

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        codes = clips["instrument"]
        named = self.heard[codes]
        if self.training:
            named = named & (torch.rand(codes.shape, device=codes.device) >= UNNAMED)
        vector = self.families(self.family_of[codes]) + self.table(codes) * named.unsqueeze(-1)
        return vector.unsqueeze(1).expand(-1, clips["positions"].shape[1], -1)
