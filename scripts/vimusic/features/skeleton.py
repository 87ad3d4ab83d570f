"""Joints of a player's body and hands: which there are, and a drawing of them."""

import cv2
import numpy as np

BODY, HAND = 33, 21  # points, in MediaPipe's order
POINTS = BODY + 2 * HAND  # body, left hand, right hand: the player's, not the picture's
PARTS = {
    "body": slice(BODY),
    "left hand": slice(BODY, BODY + HAND),
    "right hand": slice(BODY + HAND, POINTS),
}
PLANES = ("x", "y", "visibility")
SHOULDERS, WRISTS = (11, 12), (15, 16)  # left, right
# Which points a bone joins.
ARMS = [(11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24), (0, 2), (0, 5)]
FINGERS = [(0, 1), (0, 5), (5, 9), (9, 13), (13, 17), (0, 17)]
FINGERS += [(first + k, first + k + 1) for first in (1, 5, 9, 13, 17) for k in range(3)]
BONES = {
    part: [(hand.start + a, hand.start + b) for a, b in FINGERS] if hand.start else ARMS
    for part, hand in PARTS.items()
}
COLOURS = {"body": (240, 228, 66), "left hand": (86, 180, 233), "right hand": (204, 121, 167)}
SHIFT = 4  # binary digits of a pixel that a line's ends are given in


def draw_skeleton(
    image: np.ndarray, points: np.ndarray, box: tuple[int, int, int, int] | None = None
) -> np.ndarray:
    """``image`` (H, W, 3) uint8 RGB, in which the bones between the ``points`` (POINTS, 3) that were found
    are drawn; itself. ``box`` is where in it their picture lies (x, y, width, height); None: all of it."""
    x, y, width, height = box or (0, 0, image.shape[1], image.shape[0])
    places = (np.array([x, y]) + points[:, :2] * [width, height] - 0.5) * 2**SHIFT
    places = places.round().astype(int)
    for part, bones in BONES.items():
        for bone in bones:
            if (points[list(bone), 2] > 0).all():
                start, end = (tuple(places[k].tolist()) for k in bone)
                thickness = max(1, round(height / (200 if part == "body" else 300)))
                cv2.line(image, start, end, COLOURS[part], thickness, cv2.LINE_AA, SHIFT)
    return image


def found(points: np.ndarray) -> dict[str, float]:
    """In what share of the frames, (V, POINTS, 3), each part was found: a body by its shoulders."""
    seen = points[..., 2] > 0
    wanted = {part: list(SHOULDERS) if part == "body" else where for part, where in PARTS.items()}
    return {part: float(seen[:, where].all(1).mean()) for part, where in wanted.items()}
