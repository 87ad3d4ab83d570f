"""How the bowed strings are drawn and held. Lengths are in player units, see ``player``."""

from functools import partial
from types import SimpleNamespace

import numpy as np

from vimusic.data.fingering import SPAN_HIGH, SPAN_LOW
from vimusic.data.miniurmp.hand import fist, grasp
from vimusic.data.miniurmp.pen import Pen, Tint, ray

WOOD, EBONY, HAIR = (168, 88, 38), (38, 28, 26), (235, 228, 205)
REAL = 1.25  # the drawn string is so much shorter than one beside a real body; stops lie as on the real one
ARC = 48  # degrees through which a bow turns from the lowest string to the highest
LIFT = 0.02  # of a finger that stops nothing


def _mix(resting: float, playing: float, active: float) -> float:
    """Between the resting and the playing position."""
    return np.asarray(resting) * (1 - active) + np.asarray(playing) * active


def _bow(
    pen: Pen, contact: np.ndarray, direction: np.ndarray, m: SimpleNamespace, length: float, look: Tint
) -> SimpleNamespace:
    """Draw the bow through ``contact`` (frog towards -direction); returns the hand that holds it.

    When the player rests, the bow hangs off the string.
    """
    frog = contact - direction * (0.03 + m.bow * (length - 0.06))
    lifted = np.array([-0.05, 0.07]) * (1 - m.active)
    frog = frog + lifted
    tip = frog + direction * length
    normal = np.array([direction[1], -direction[0]])
    pen.line([frog, tip], 0.008, HAIR)
    pen.line([frog - normal * 0.022, tip - normal * 0.01], 0.013, look.tint((120, 60, 30)))
    pen.line([frog, frog - normal * 0.022], 0.024, EBONY)
    return fist(frog - normal * 0.02 + direction * 0.02, direction, normal)


def _left_hand(
    nut: np.ndarray,
    bridge: np.ndarray,
    normal: np.ndarray,
    m: SimpleNamespace,
    size: float,
    fingers: tuple[int, ...],
) -> SimpleNamespace:
    """The hand at the neck: one finger stops the string, the others stand off it.

    ``fingers``: semitones above the first finger.
    """
    string = (bridge - nut) * REAL
    rolled = string * 0.016 * m.wobble * m.active
    first = nut + string * (0.03 + m.place)
    tips = first + np.outer(1 - 2 ** (-np.array(fingers) / 12), string * (1 - m.place)) + rolled
    stop = nut + string * (0.03 + m.reach) + rolled
    pressed = m.stops[:, None]
    tips = tips * (1 - pressed) + stop * pressed + normal * LIFT * size * (1 - pressed)
    wrist = tips.mean(0) + normal * 0.09 - string / np.hypot(*string) * 0.035
    return grasp(wrist, tips, tips[1] - normal * 0.03 * size)


def _corpus(
    pen: Pen, bottom: np.ndarray, along: np.ndarray, length: float, width: float, look: Tint, shade: float
) -> None:
    """Body with two bouts and a waist, f-holes and bridge; ``along`` points to the scroll."""
    across = np.array([along[1], -along[0]])
    degrees = np.degrees(np.arctan2(-along[1], along[0]))
    edge, top = look.tint(WOOD, 0.55 * shade), look.tint(WOOD, shade)
    for grow, colour in ((0.008, edge), (0.0, top)):
        for place, tall, wide in ((0.28, 0.28, 0.5), (0.76, 0.24, 0.41)):
            axes = (length * tall + grow, width * wide + grow)
            pen.ellipse(bottom + along * length * place, axes, colour, degrees)
        waist = bottom + np.outer((0.4, 0.62), along * length)
        pen.line(waist, width * 0.62 + grow, colour)
    for sign in (-1, 1):
        hole = bottom + along * length * 0.5 + across * sign * width * 0.2
        pen.line([hole - along * length * 0.09, hole + along * length * 0.09], width * 0.035, EBONY)


def _neck(
    pen: Pen, start: np.ndarray, bridge: np.ndarray, scroll: np.ndarray, width: float, look: Tint
) -> None:
    """Fingerboard from inside the body to the scroll, strings and bridge."""
    along = (scroll - start) / np.hypot(*(scroll - start))
    across = np.array([along[1], -along[0]])
    pen.line([start, scroll], width, EBONY)
    pen.line([scroll - along * width * 2, scroll], width * 1.1, look.tint(WOOD, 0.7))
    pen.dot(scroll, width * 0.8, look.tint(WOOD, 0.7))
    pen.line([bridge, scroll - along * width * 2], width * 0.3, (190, 185, 175))
    pen.line([bridge - across * width, bridge + across * width], width * 0.4, (225, 190, 130))


def _shoulder(
    pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Tint, size: float, shade: float
) -> SimpleNamespace:
    """Violin and viola: under the chin, the scroll rises with loudness; lowered at rest."""
    chin = body.mouth + np.array([0.03, 0.06]) + np.array([0.03, 0.16]) * (1 - m.active)
    along = ray(_mix(-48, -14 + 34 * m.level + 2 * m.sway, m.active))
    length = 0.22 * size
    _corpus(pen, chin, along, length, 0.13 * size, look, shade)
    bridge, scroll = chin + along * length * 0.42, chin + along * length * 1.75
    nut = scroll - along * 0.045
    _neck(pen, chin + along * length * 0.62, bridge, scroll, 0.026 * size, look)
    contact = bridge + along * length * (0.3 - 0.2 * m.level)  # nearer to the bridge when loud
    direction = ray(_mix(75, 14 + ARC * m.string, m.active))
    right = _bow(pen, contact, direction, m, 0.44, look)
    normal = np.array([-along[1], along[0]])
    return SimpleNamespace(left=_left_hand(nut, bridge, normal, m, size, SPAN_HIGH), right=right)


def _floor(
    pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Tint, size: float, shade: float
) -> SimpleNamespace:
    """Cello and double bass: upright before the body, leaning with the player."""
    lean = 90 - 7 + 16 * (m.level - 0.4) * m.active + 2 * m.sway
    along = ray(lean)
    bottom = body.hips + np.array([0.01, 0.24 + 0.05 * (size - 1)]) - along * 0.02
    length = 0.46 * size
    pen.line([bottom, bottom - along * 0.2], 0.012, (120, 120, 125))
    _corpus(pen, bottom, along, length, 0.28 * size, look, shade)
    bridge, scroll = bottom + along * length * 0.42, bottom + along * length * 1.86
    _neck(pen, bottom + along * length * 0.64, bridge, scroll, 0.036 * size, look)
    contact = bridge + along * length * (0.2 - 0.08 * m.level)
    tilt = _mix(235, 178 + 0.7 * ARC * (m.string - 0.5) + lean - 90, m.active)
    direction = -ray(tilt)
    right = _bow(pen, contact, direction, m, 0.4, look)
    normal = np.array([-along[1], along[0]])
    return SimpleNamespace(
        left=_left_hand(scroll - along * 0.07, bridge, normal, m, 1.0, SPAN_LOW), right=right
    )


# instrument: (how to draw and hold it, sideways shift of the player, lean in degrees when loud)
STRINGS = {
    "vn": (partial(_shoulder, size=1.0, shade=1.05), -0.04, 9),
    "va": (partial(_shoulder, size=1.2, shade=0.8), -0.06, 9),
    "vc": (partial(_floor, size=1.0, shade=0.95), -0.02, 12),
    "db": (partial(_floor, size=1.22, shade=0.7), -0.06, 12),
}
