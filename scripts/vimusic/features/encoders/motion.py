"""Grey frames and what moves in them: a small network that is trained with the rest.

What is stored of a frame is the frame itself, grey and small; the network reads it beside its differences to
its neighbours, so that a still player is nothing and a stroke is a shape.
"""

import torch
import torch.nn.functional as F
from torch import nn

TRAINED = True  # with the rest, so nothing is left to fine-tune
SIDE = 64  # pixels
WHITE = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601: luma of red, green, blue
NEIGHBOURS = (-1, 1, -3)  # frames away that a frame is compared with
SHIFT = 3  # pixels that a clip is moved by in training, at most: no player sits where another did


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
    and its differences. Beyond a clip's ends its first and last frame are held."""

    width = 128
    channels = (len(NEIGHBOURS) + 1, 24, 48, 64, 96)

    def __init__(self) -> None:
        super().__init__()
        layers = []
        for read, given in zip(self.channels, self.channels[1:], strict=False):
            layers += [nn.Conv2d(read, given, 3, stride=2, padding=1), nn.BatchNorm2d(given), nn.ReLU()]
        # Channels last, as the planes lie in memory: a quarter faster on a CPU.
        self.trunk = nn.Sequential(*layers, nn.Flatten()).to(memory_format=torch.channels_last)
        side = SIDE // 2 ** (len(self.channels) - 1)
        self.embedding = nn.Sequential(nn.Linear(self.channels[-1] * side * side, self.width), nn.ReLU())

    def forward(self, visual: torch.Tensor) -> torch.Tensor:
        grey = visual.unflatten(-1, (SIDE, SIDE)).float() / 255
        if self.training:
            grey = shifted(grey)
        count = grey.shape[1]
        at = torch.arange(count, device=grey.device)
        moved = [grey - grey[:, (at + k).clamp(0, count - 1)] for k in NEIGHBOURS]
        # A stroke is a few grey levels.
        planes = torch.stack([grey - 0.5, *(4 * plane for plane in moved)], -1)
        images = planes.flatten(0, 1).permute(0, 3, 1, 2)
        return self.embedding(self.trunk(images)).unflatten(0, grey.shape[:2])


def shifted(grey: torch.Tensor) -> torch.Tensor:
    """Clips (B, V, SIDE, SIDE), each moved as a whole by up to ``SHIFT`` pixels, its edges drawn out."""
    padded = F.pad(grey, [SHIFT] * 4, mode="replicate")
    corners = torch.randint(2 * SHIFT + 1, (len(grey), 2)).tolist()
    clips = zip(padded, corners, strict=True)
    return torch.stack([clip[:, top : top + SIDE, left : left + SIDE] for clip, (top, left) in clips])
