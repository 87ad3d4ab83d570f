"""Hands: palm, four fingers with a knuckle each, and a thumb. Lengths are in player units, see ``player``."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
from numpy.typing import ArrayLike

from vimusic.data.miniurmp.pen import Colour, Pen

FINGER = 0.017  # width of a finger
PALM = 0.5  # of the way from the wrist to the finger tips


def grasp(wrist: np.ndarray, tips: ArrayLike, thumb: np.ndarray) -> SimpleNamespace:
    """A hand: ``wrist`` (2,), ``tips`` (4, 2) of index to little finger, tip of the ``thumb`` (2,)."""
    return SimpleNamespace(wrist=np.asarray(wrist), tips=np.asarray(tips, float), thumb=np.asarray(thumb))


def fist(place: np.ndarray, along: np.ndarray, towards: np.ndarray) -> SimpleNamespace:
    """A hand closed around something at ``place``: fingers ``along`` it, the wrist off ``towards``."""
    tips = place + np.outer((-0.024, -0.008, 0.008, 0.024), along)
    return grasp(place - towards * 0.075, tips, place - along * 0.03 + towards * 0.004)


def draw_hand(pen: Pen, hand: SimpleNamespace, wrist: np.ndarray, skin: Colour) -> None:
    """Draw ``hand``; ``wrist`` is where the arm really ends, at arm's length at most."""
    dark = tuple(int(part * 0.62) for part in skin)
    centre = hand.tips.mean(0)
    reach = centre - wrist
    reach = reach / max(np.hypot(*reach), 1e-6)
    across = np.array([-reach[1], reach[0]])
    if across @ (hand.tips[3] - hand.tips[0]) < 0:
        across = -across
    middle = wrist + (centre - wrist) * PALM
    knuckles = middle + np.outer((-0.024, -0.008, 0.008, 0.024), across)
    palm: Sequence[np.ndarray] = [wrist - across * 0.017, knuckles[0], knuckles[3], wrist + across * 0.017]
    for colour, grow in ((dark, 0.006), (skin, 0.0)):
        pen.poly(palm, colour)
        pen.line([*palm, palm[0]], 0.018 + grow, colour)
        pen.line(
            [wrist + reach * 0.015, (wrist + knuckles[0]) / 2 - across * 0.008, hand.thumb],
            FINGER + grow,
            colour,
        )
    for knuckle, tip in zip(knuckles, hand.tips, strict=True):
        joint = (knuckle + tip) / 2 + reach * 0.006
        pen.line([knuckle, joint, tip], FINGER + 0.006, dark)
        pen.line([knuckle, joint, tip], FINGER, skin)
