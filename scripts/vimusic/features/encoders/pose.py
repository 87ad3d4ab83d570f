"""Joints of the player's body and hands, and how they move, read by a small network.

What is stored of a frame is where its points are in the picture (``vimusic.features.landmarks``); the network
reads them as seen from the shoulders, with their velocities, and with what was not seen said to be so.
"""

import numpy as np
import torch
from torch import nn

from vimusic.features.landmarks import tracker
from vimusic.features.skeleton import BODY, HAND, PLANES, POINTS, SHOULDERS

TRAINED = True  # with the rest, so nothing is left to fine-tune
GAP = 5  # frames for which a point that is lost is taken to move evenly, at most
READ = ("x", "y", "x velocity", "y velocity")
EXTREME = 5.0  # deviations that a value counts at most: a tracker jumps now and then


class Encoder(nn.Module):
    """RGB frames (N, H, W, 3) uint8 of one player, in their order -> points (N, POINTS * 3). The networks
    that find them have their own weights; nothing is learnt here."""

    width = POINTS * len(PLANES)
    stored = "float16"

    def __init__(self, weights: str = "none") -> None:
        super().__init__()
        self.track = None

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        self.track = self.track or tracker()
        points = [self.track(frame) for frame in frames.cpu().numpy()]
        return torch.from_numpy(np.stack(points)).flatten(1).to(frames.device)

    def folded(self, arithmetic: str = "float32") -> "Encoder":
        """One that has seen no frame yet."""
        return Encoder()

    fresh = folded

    @staticmethod
    def reader() -> nn.Module:
        """What a model reads them with."""
        return Reader()


class Reader(nn.Module):
    """Points (B, V, POINTS * 3) -> embeddings (B, V, width). A value is read in deviations of the training
    set, and as 0 where it is not known; the visibility beside it says so."""

    width = 128

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(POINTS, len(READ)))
        self.register_buffer("std", torch.ones(POINTS, len(READ)))
        self.network = nn.Sequential(
            nn.Linear(POINTS * (len(READ) + 1), self.width),
            nn.ReLU(),
            nn.Linear(self.width, self.width),
            nn.ReLU(),
        )

    def fit(self, stems: list[np.ndarray]) -> None:
        """Take mean and deviation of each value from where it is known in the training ``stems``, each
        (V, POINTS * 3)."""
        count = torch.zeros_like(self.mean, dtype=torch.float64)
        total, squares = count.clone(), count.clone()
        for visual in stems:
            values, known, _ = from_shoulders(torch.from_numpy(visual).unsqueeze(0))
            count += known.double().sum((0, 1))
            total += values.double().sum((0, 1))
            squares += values.double().square().sum((0, 1))
        mean = total / count.clamp(min=1)
        self.mean.copy_(mean)
        self.std.copy_((squares / count.clamp(min=1) - mean.square()).clamp(min=1e-6).sqrt())

    def forward(self, visual: torch.Tensor) -> torch.Tensor:
        values, known, visibility = from_shoulders(visual)
        units = ((values - self.mean) / self.std).clamp(-EXTREME, EXTREME)
        read = torch.cat([torch.where(known, units, 0), visibility.unsqueeze(-1)], -1)
        return self.network(read.flatten(2))


def from_shoulders(visual: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Points (B, V, POINTS * 3) as seen from the middle of the shoulders, in shoulder widths: the median of a
    clip's, as players turn. Fingers are seen from their own wrist.

    Returns
    -------
    (B, V, POINTS, 4) positions, and velocities between the neighbouring frames, per frame: ``READ``; 0 where
    not known. (B, V, POINTS, 4) which are known. (B, V, POINTS) visibility: 0 across a gap that was bridged.
    """
    points = visual.unflatten(-1, (POINTS, len(PLANES))).float()
    visibility = points[..., 2]
    places, known = bridged(points[..., :2], visibility > 0)
    left, right = (places[:, :, k] for k in SHOULDERS)
    both = known[:, :, SHOULDERS].all(-1)
    widths = torch.where(both, (left - right).norm(dim=-1), torch.nan)
    width = widths.nanmedian(1).values.clamp(min=1e-3).view(-1, 1, 1, 1)
    known = known & both.unsqueeze(-1)
    places = (places - ((left + right) / 2).unsqueeze(2)) / width
    for wrist in (BODY, BODY + HAND):
        places[:, :, wrist + 1 : wrist + HAND] -= places[:, :, wrist : wrist + 1]
    moving = torch.zeros_like(known)
    moving[:, 1:-1] = known[:, 2:] & known[:, :-2]
    velocities = torch.zeros_like(places)
    velocities[:, 1:-1] = (places[:, 2:] - places[:, :-2]) / 2
    known = torch.stack([known, known, moving, moving], -1)
    values = torch.cat([places, velocities], -1)
    return torch.where(known, values, 0), known, visibility


def bridged(places: torch.Tensor, found: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``places`` (B, V, P, 2) with gaps of up to ``GAP`` frames filled on a straight line between the frames
    beside them, and where they are known then, (B, V, P), from where they were ``found``, (B, V, P)."""
    count = found.shape[1]
    at = torch.arange(count, device=found.device).view(1, -1, 1)
    before = torch.where(found, at, -1).cummax(1).values
    after = torch.where(found, at, count).flip(1).cummin(1).values.flip(1)
    gap = ~found & (before >= 0) & (after < count) & (after - before - 1 <= GAP)
    share = ((at - before) / (after - before).clamp(min=1)).unsqueeze(-1)
    ends = [k.clamp(0, count - 1).unsqueeze(-1).expand_as(places) for k in (before, after)]
    line = torch.lerp(*(places.gather(1, end) for end in ends), share)
    return torch.where(gap.unsqueeze(-1), line, places), found | gap
