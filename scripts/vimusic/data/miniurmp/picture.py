"""Frames of one piece: the stage, the players in their slots, and the camera's noise."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from vimusic.data.miniurmp.motion import moment
from vimusic.data.miniurmp.pen import Pen
from vimusic.data.miniurmp.player import Look, draw_player

WIDTH, HEIGHT = 1920, 1080
TOP, BOTTOM = 163, 887  # URMP's picture is letterboxed: black outside these rows
NOISE = 2.0  # standard deviation of camera noise, grey levels
FLICKER = 0.002  # standard deviation of the light, relative
TILE = 64  # pixels by which the noise tile is larger than the picture


def frame_size(scale: float) -> tuple[int, int]:
    """(width, height) in pixels, even because H.264 with 4:2:0 colour needs it."""
    return int(WIDTH * scale) // 2 * 2, int(HEIGHT * scale) // 2 * 2


class Picture:
    """Draws the frames of one piece.

    Parameters
    ----------
    players : (instrument, gestures, Look) from left to right, gestures as from ``motion.gestures``.
    scale : size relative to 1920 x 1080.
    stage, camera : generators for the background and for noise and flicker.
    """

    def __init__(
        self,
        players: Sequence[tuple[str, Mapping[str, np.ndarray], Look]],
        scale: float,
        stage: np.random.Generator,
        camera: np.random.Generator,
    ) -> None:
        self.players, self.camera = players, camera
        width, height = frame_size(scale)
        self.rows = slice(int(TOP * scale), int(BOTTOM * scale))
        self.frame = np.zeros((height, width, 3), np.uint8)
        self.backdrop = _backdrop(self.rows.stop - self.rows.start, width, stage)
        tile = (self.backdrop.shape[0] + TILE, width + TILE, 3)
        noise = 128 + camera.normal(0, NOISE, tile)
        self.noise = np.round(noise).clip(0, 255).astype(np.uint8)

    def draw(self, index: int) -> np.ndarray:
        """Frame ``index``: (height, width, 3) uint8 RGB, valid until the next call."""
        view = self.frame[self.rows]
        view[:] = self.backdrop
        height, width = view.shape[:2]
        slot = width / len(self.players)
        for place, (instrument, moves, look) in enumerate(self.players):
            left, right = round(place * slot), round((place + 1) * slot)
            unit = min(slot, height) * look.size
            origin = (slot * (0.5 + look.offset), (height - unit) * 0.4 - 0.06 * unit)
            pen = Pen(view[:, left:right], origin, unit)
            draw_player(pen, instrument, moment(moves, index), look)
        down, along = self.camera.integers(TILE, size=2)
        noise = self.noise[down : down + height, along : along + width]
        light = 1 + self.camera.normal(0, FLICKER)
        cv2.addWeighted(view, light, noise, 1.0, -128, dst=view)
        return self.frame


def _backdrop(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Wall and floor in the piece's own hue, (height, width, 3) uint8."""
    wall = np.array([150, 150, 150]) + rng.integers(-45, 46, 3)
    floor = wall * rng.uniform(0.45, 0.65)
    picture = np.zeros((height, width, 3))
    shade = np.linspace(1.1, 0.85, height)[:, None, None]
    picture[:] = wall * shade
    edge = int(height * rng.uniform(0.82, 0.9))
    picture[edge:] = floor * shade[edge:]
    lamp, columns = rng.uniform(0.2, 0.8) * width, np.arange(width)
    picture *= (0.9 + 0.2 * np.exp(-(((columns - lamp) / (0.35 * width)) ** 2)))[None, :, None]
    return picture.clip(0, 255).astype(np.uint8)
