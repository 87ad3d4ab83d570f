"""Grey frames and what moves in them: a small network that is trained with the rest.

What is stored of a frame is the frame itself, grey and small; the network reads it beside its differences to
its neighbours, so that a still player is nothing and a stroke is a shape.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

TRAINED = True  # with the rest, so nothing is left to fine-tune
SIDE = 64  # pixels
WHITE = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601: luma of red, green, blue
NEIGHBOURS = (-1, 1, -3)  # frames away that a frame is compared with
CHANNELS = (len(NEIGHBOURS) + 1, 24, 48, 64, 96)
STRIDES = (2, 2, 2, 2)
# In training a clip is moved, turned and scaled as a whole, and is darker or lighter, by up to so much: no
# player sits where another did, or looks alike.
SHIFT, TURN, SCALE, LIGHT = 0.08, 0.1, 0.12, 0.2  # parts of its side, radians, parts of its size, parts


class Encoder(nn.Module):
    """RGB frames (N, H, W, 3) uint8 -> grey levels (N, SIDE * SIDE), 0 to 255: nothing is learnt here."""

    width = SIDE * SIDE
    stored = "uint8"

    def __init__(self, weights: str = "none") -> None:
        super().__init__()
        self.register_buffer("white", WHITE)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        grey = (frames.float() @ self.white).unsqueeze(1)
        small = F.interpolate(grey, (SIDE, SIDE), mode="area")
        return small.round().flatten(1)

    def folded(self, arithmetic: str = "float32") -> "Encoder":
        """Itself: there is little to compute."""
        return self

    @staticmethod
    def reader() -> nn.Module:
        """What a model reads them with."""
        return Reader()


class Reader(nn.Module):
    """Grey frames (B, V, SIDE * SIDE) -> embeddings (B, V, width), by four strided convolutions of the frame
    and its differences."""

    width = 128

    def __init__(self) -> None:
        super().__init__()
        self.trunk = trunk(CHANNELS, STRIDES)
        self.embedding = nn.Sequential(
            nn.Linear(trunk_width(CHANNELS[-1], SIDE, STRIDES), self.width), nn.ReLU()
        )

    def forward(self, visual: torch.Tensor) -> torch.Tensor:
        return self.embedding(convolved(self.trunk, visual.unflatten(-1, (SIDE, SIDE)), self.training))


def trunk(channels: Sequence[int], strides: Sequence[int], kept: int = 0) -> nn.Sequential:
    """Strided convolutions of the planes of a square, flattened; mixed down to ``kept`` channels, if any."""
    layers = []
    for (read, given), stride in zip(pairwise(channels), strides, strict=True):
        layers += [nn.Conv2d(read, given, 3, stride, padding=1), nn.BatchNorm2d(given), nn.ReLU()]
    if kept:
        layers += [nn.Conv2d(channels[-1], kept, 1), nn.BatchNorm2d(kept), nn.ReLU()]
    # Channels last, as the planes lie in memory: a quarter faster on a CPU.
    return nn.Sequential(*layers, nn.Flatten()).to(memory_format=torch.channels_last)


def trunk_width(channels: int, side: int, strides: Sequence[int]) -> int:
    """What a ``trunk`` that ends in so many ``channels`` gives of a square of ``side`` pixels."""
    return channels * (side // math.prod(strides)) ** 2


def convolved(trunk: nn.Module, squares: torch.Tensor, training: bool) -> torch.Tensor:
    """Grey squares (B, V, S, S), 0 to 255, and their differences to their neighbours through ``trunk``:
    (B, V, its width). Beyond a clip's ends its first and last are held."""
    grey = squares.float() / 255
    if training:
        grey = varied(grey)
    count = grey.shape[1]
    at = torch.arange(count, device=grey.device)
    differences = [grey - grey[:, (at + k).clamp(0, count - 1)] for k in NEIGHBOURS]
    # A stroke is a few grey levels.
    planes = torch.stack([grey - 0.5, *(4 * plane for plane in differences)], -1)
    return trunk(planes.flatten(0, 1).permute(0, 3, 1, 2)).unflatten(0, grey.shape[:2])


def varied(grey: torch.Tensor, most_turned: float = TURN) -> torch.Tensor:
    """Clips (B, V, S, S), each moved, turned (radians, at most), scaled and lit as a whole, its edges drawn
    out."""
    count = len(grey)
    across, down, turn, scale, light = (2 * torch.rand(5, count, device=grey.device) - 1).unbind()
    scale, turn = 1 + SCALE * scale, most_turned * turn
    rows = [
        torch.stack([scale * turn.cos(), -scale * turn.sin(), 2 * SHIFT * across], -1),
        torch.stack([scale * turn.sin(), scale * turn.cos(), 2 * SHIFT * down], -1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), list(grey.shape), align_corners=False)
    moved = F.grid_sample(grey, grid, padding_mode="border", align_corners=False)
    return 0.5 + (moved - 0.5) * (1 + LIGHT * light).view(-1, 1, 1, 1)
