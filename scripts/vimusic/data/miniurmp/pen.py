"""Antialiased drawing in a player's own units, on a view of the frame."""

import cv2
import numpy as np

cv2.setNumThreads(1)  # pieces are rendered in parallel, one core each
SHIFT = 4  # fractional bits of a coordinate, so that slow movement does not step


def ray(degrees):
    """Unit vector at ``degrees`` anticlockwise from the right, in image axes (y down)."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle), -np.sin(angle)])


def turn(points, degrees, centre=(0, 0)):
    """``points`` (n, 2) or (2,) turned anticlockwise on the screen about ``centre``."""
    centre = np.asarray(centre)
    right, down = ray(degrees), ray(degrees - 90)
    return centre + (np.asarray(points) - centre) @ np.array([right, down])


class Pen:
    """Draws on ``view`` (rows, columns, 3) uint8; ``unit`` pixels per unit, origin in pixels."""

    def __init__(self, view, origin, unit):
        self.view, self.origin, self.unit = view, np.asarray(origin, float), unit

    def _points(self, points):
        pixels = np.asarray(points, float) * self.unit + self.origin
        return np.round(pixels * (1 << SHIFT)).astype(np.int32)

    def line(self, points, width, colour):
        """Polyline with round ends; ``points`` (n, 2), ``width`` in units."""
        pixels = self._points(points)[None]
        thickness = max(1, round(width * self.unit))
        cv2.polylines(self.view, pixels, False, colour, thickness, cv2.LINE_AA, SHIFT)

    def taper(self, points, widths, colour):
        """Polyline whose width changes from point to point."""
        for start, end, first, last in zip(points, points[1:], widths, widths[1:], strict=False):
            middle = (np.asarray(start) + end) / 2
            self.line([start, middle], first, colour)
            self.line([middle, end], last, colour)

    def poly(self, points, colour):
        """Filled polygon, ``points`` (n, 2)."""
        cv2.fillPoly(self.view, [self._points(points)], colour, cv2.LINE_AA, SHIFT)

    def ellipse(self, centre, axes, colour, degrees=0.0, start=0, end=360, width=None):
        """Ellipse turned anticlockwise by ``degrees``; filled unless ``width`` is given."""
        thickness = -1 if width is None else max(1, round(width * self.unit))
        scaled = np.round(np.asarray(axes) * self.unit * (1 << SHIFT)).astype(int)
        cv2.ellipse(
            self.view, self._points(centre).tolist(), scaled.tolist(), -degrees, start, end,
            colour, thickness, cv2.LINE_AA, SHIFT,
        )  # fmt: skip

    def dot(self, centre, radius, colour):
        """Filled circle."""
        self.ellipse(centre, (radius, radius), colour)
