"""Antialiased drawing in a player's own units, on a view of the frame."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import ArrayLike

cv2.setNumThreads(1)  # pieces are rendered in parallel, one core each
SHIFT = 4  # fractional bits of a coordinate, so that slow movement does not step

Colour = tuple[int, ...]  # RGB, 0 to 255


class Tint(Protocol):
    """What an instrument needs of ``player.Look``, which stands above it."""

    def tint(self, colour: Colour, factor: float = 1.0) -> Colour: ...


def ray(degrees: float) -> np.ndarray:
    """Unit vector (2,) at ``degrees`` anticlockwise from the right, in image axes (y down)."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle), -np.sin(angle)])


def turn(points: ArrayLike, degrees: float, centre: ArrayLike = (0, 0)) -> np.ndarray:
    """``points`` (n, 2) or (2,) turned anticlockwise on the screen about ``centre``."""
    centre = np.asarray(centre)
    right, down = ray(degrees), ray(degrees - 90)
    return centre + (np.asarray(points) - centre) @ np.array([right, down])


class Pen:
    """Draws on ``view`` (rows, columns, 3) uint8; ``unit`` pixels per unit, origin in pixels."""

    def __init__(self, view: np.ndarray, origin: ArrayLike, unit: float) -> None:
        self.view, self.origin, self.unit = view, np.asarray(origin, float), unit

    def _points(self, points: ArrayLike) -> np.ndarray:
        pixels = np.asarray(points, float) * self.unit + self.origin
        return np.round(pixels * (1 << SHIFT)).astype(np.int32)

    def line(self, points: ArrayLike, width: float, colour: Colour) -> None:
        """Polyline with round ends; ``points`` (n, 2), ``width`` in units."""
        pixels = self._points(points)[None]
        thickness = max(1, round(width * self.unit))
        cv2.polylines(self.view, pixels, False, colour, thickness, cv2.LINE_AA, SHIFT)

    def taper(self, points: np.ndarray, widths: Sequence[float], colour: Colour) -> None:
        """Polyline whose width changes from point to point; ``points`` (n, 2), ``widths`` (n,)."""
        for start, end, first, last in zip(points, points[1:], widths, widths[1:], strict=False):
            middle = (np.asarray(start) + end) / 2
            self.line([start, middle], first, colour)
            self.line([middle, end], last, colour)

    def poly(self, points: ArrayLike, colour: Colour) -> None:
        """Filled polygon, ``points`` (n, 2)."""
        cv2.fillPoly(self.view, [self._points(points)], colour, cv2.LINE_AA, SHIFT)

    def ellipse(
        self,
        centre: ArrayLike,
        axes: tuple[float, float],
        colour: Colour,
        degrees: float = 0.0,
        start: float = 0,
        end: float = 360,
        width: float | None = None,
    ) -> None:
        """Ellipse about ``centre`` (2,), ``degrees`` anticlockwise; filled unless ``width`` is given."""
        thickness = -1 if width is None else max(1, round(width * self.unit))
        scaled = np.round(np.asarray(axes) * self.unit * (1 << SHIFT)).astype(int)
        cv2.ellipse(
            self.view, self._points(centre).tolist(), scaled.tolist(), -degrees, start, end,
            colour, thickness, cv2.LINE_AA, SHIFT,
        )  # fmt: skip

    def dot(self, centre: ArrayLike, radius: float, colour: Colour) -> None:
        """Filled circle about ``centre`` (2,)."""
        self.ellipse(centre, (radius, radius), colour)
