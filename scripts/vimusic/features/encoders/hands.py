"""Hands and mouth from near, grey, beside the whole player: what ``motion`` reads, and a finger.

A square lies over each hand and over the mouth, where the landmarks of the body are. It stays where it is
until what it shows is about to leave it, so that what moves in it is the player.
"""

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from vimusic.features.encoders import motion
from vimusic.features.landmarks import tracker

TRAINED = True  # with the rest, so nothing is left to fine-tune
SIDE = 48  # pixels that a square is stored with
# Landmarks of the body that a square is about, and its side as a part of the frame's.
SQUARES = {
    "right hand": ((16, 18, 20, 22), 0.3),
    "left hand": ((15, 17, 19, 21), 0.3),
    "mouth": ((9, 10), 0.16),
}
# Of the network of a square: where a finger is must not be lost, and with fewer weights behind it (``KEPT``
# channels) fewer players are known by heart.
CHANNELS, STRIDES, KEPT = (2, 32, 48, 64, 96), (2, 2, 1, 2), 24
AROUND = (5, 9)  # pixels across: a finger's width and a hand's, within which contrast is evened
FAINT = 0.02  # of black to white: deviation of a plain surface, whose noise must stay small
TURN = 0.04  # radians by which a square is turned in training: a bow tells its string by its angle
HELD = 4  # frames that share a look at their squares: fingers stay where a note needs them
TONES = 6  # points of the curve of grey levels that a square is seen through in training
EVERY = 3  # frames between two looks at the landmarks
RECENT = 5  # looks whose median says where something is
CALM = 0.25  # of a square's side: how far from its middle that may be


class Encoder(nn.Module):
    """RGB frames (N, H, W, 3) uint8 of one player, in their order -> grey levels (N, width), 0 to 255: the
    whole frame as ``motion`` keeps it, then the squares."""

    width = motion.Encoder.width + len(SQUARES) * SIDE * SIDE
    stored = "uint8"

    def __init__(self, weights: str = "none") -> None:
        super().__init__()
        self.whole = motion.Encoder(weights)
        self.track, self.count = None, 0
        self.looks = {name: [] for name in SQUARES}
        self.middles = {name: np.array([0.5, 0.5]) for name in SQUARES}

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        near = [self._near(frame) for frame in frames.cpu().numpy()]
        return torch.cat([self.whole(frames), torch.from_numpy(np.stack(near)).to(frames.device)], 1)

    def _near(self, frame: np.ndarray) -> np.ndarray:
        """The squares of the next frame, (len(SQUARES) * SIDE * SIDE,)."""
        if self.count % EVERY == 0:
            self.track = self.track or tracker(hands=False)
            self._look(self.track(frame))
        self.count += 1
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        shape = np.array(grey.shape)
        squares = []
        for name, (_, part) in SQUARES.items():
            side = round(part * min(shape))
            left, top = np.clip(
                np.round(self.middles[name] * shape[::-1] - side / 2), 0, shape[::-1] - side
            ).astype(int)
            way = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
            squares.append(
                cv2.resize(grey[top : top + side, left : left + side], (SIDE, SIDE), interpolation=way)
            )
        return np.stack(squares).reshape(-1).astype(np.float32)

    def _look(self, points: np.ndarray) -> None:
        """Move the squares that their landmarks in ``points``, (POINTS, 3), are about to leave."""
        for name, (wanted, part) in SQUARES.items():
            found = points[list(wanted)]
            found = found[found[:, 2] > 0, :2]
            if not len(found):
                continue
            self.looks[name] = [*self.looks[name], found.mean(0)][-RECENT:]
            now = np.median(self.looks[name], axis=0)
            if len(self.looks[name]) == 1 or np.abs(now - self.middles[name]).max() > CALM * part:
                self.middles[name] = now

    def folded(self, arithmetic: str = "float32") -> "Encoder":
        """One that has seen no frame yet."""
        return Encoder()

    fresh = folded

    @staticmethod
    def reader() -> nn.Module:
        """What a model reads them with."""
        return Reader()


class Reader(nn.Module):
    """Grey levels (B, V, the encoder's width) -> embeddings (B, V, width): a network for the whole, and
    one for each square."""

    width = motion.Reader.width + 256

    def __init__(self) -> None:
        super().__init__()
        self.whole = motion.Reader()
        self.trunks = nn.ModuleList(motion.trunk(CHANNELS, STRIDES, KEPT) for _ in SQUARES)
        flat = len(SQUARES) * motion.trunk_width(KEPT, SIDE, STRIDES)
        self.embedding = nn.Sequential(nn.Linear(flat, self.width - motion.Reader.width), nn.ReLU())

    def forward(self, visual: torch.Tensor) -> torch.Tensor:
        whole, near = visual.split([motion.Encoder.width, visual.shape[-1] - motion.Encoder.width], -1)
        count = near.shape[1]
        looks = torch.arange(HELD // 2, count + HELD // 2, HELD, device=near.device).clamp(max=count - 1)
        squares = near[:, looks].unflatten(-1, (len(SQUARES), SIDE, SIDE)).flatten(0, 1).float() / 255
        parts = []
        for trunk, grey in zip(self.trunks, squares.split(1, 1), strict=True):
            if self.training:  # each look by itself: nothing of it is compared with another
                grey = toned(motion.varied(grey, TURN))
            parts.append(trunk(torch.cat([evened(grey, around) for around in AROUND], 1)))
        near = self.embedding(torch.cat(parts, 1)).unflatten(0, (-1, len(looks)))
        near = near.repeat_interleave(HELD, 1)[:, :count]
        return torch.cat([self.whole(whole), near], -1)


def evened(grey: torch.Tensor, around: int) -> torch.Tensor:
    """Grey levels (N, 1, S, S), 0 to 1, in deviations from the mean of the ``around`` x ``around`` pixels
    about each: edges alike on every skin and shirt (local contrast normalisation, Jarrett et al. 2009)."""

    def mean(plane: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(F.pad(plane, (around // 2,) * 4, mode="replicate"), around, 1)

    away = grey - mean(grey)
    return away / (mean(away.square()) + FAINT**2).sqrt()


def toned(grey: torch.Tensor) -> torch.Tensor:
    """Squares (N, 1, S, S), 0 to 1, each through a random curve of grey levels, mixed with itself by a random
    share: as another player's skin, shirt and instrument might look."""
    count = len(grey)
    curve = torch.rand(count, TONES, device=grey.device)
    share = torch.rand(count, 1, 1, 1, device=grey.device)
    place = (grey.clamp(0, 1) * (TONES - 1)).flatten(1)
    left = place.floor().long().clamp(max=TONES - 2)
    seen = torch.lerp(curve.gather(1, left), curve.gather(1, left + 1), place - left).view_as(grey)
    return torch.lerp(grey, seen, share)
