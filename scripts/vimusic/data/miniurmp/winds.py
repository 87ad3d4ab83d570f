"""How woodwind and brass are drawn and held. Lengths are in player units, see ``player``.

Each instrument pivots at the mouth: its bell rises as the player gets louder and sinks at rest.
"""

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace

import numpy as np
from numpy.typing import ArrayLike

from vimusic.data.fingering import KEYS
from vimusic.data.miniurmp.hand import fist, grasp
from vimusic.data.miniurmp.pen import Colour, Pen, Tint, ray, turn

SILVER, BLACK, BRASS, MAPLE = (205, 210, 218), (42, 40, 44), (222, 176, 70), (125, 50, 38)


def _angle(m: SimpleNamespace, resting: float, soft: float, loud: float) -> float:
    """Angle in degrees between rest, pianissimo and fortissimo."""
    return resting * (1 - m.active) + (soft + (loud - soft) * m.level + 1.5 * m.sway) * m.active


def _pivot(body: SimpleNamespace, m: SimpleNamespace, drop: float = 0.12) -> np.ndarray:
    """The mouth while playing, below it at rest."""
    return body.mouth + np.array([0.0, drop]) * (1 - m.active)


def _keyed(
    pen: Pen, holes: np.ndarray, wrists: ArrayLike, lift: np.ndarray, m: SimpleNamespace, look: Tint
) -> SimpleNamespace:
    """Both hands on a woodwind: six ``holes`` (6, 2) from the mouth down, keys for little fingers and thumbs.

    A finger that presses nothing stands off by ``lift``; a little finger goes to the key it presses; a key of
    the left thumb or the side tips over. ``wrists``: of the left and right hand.
    """
    down = dict(zip(KEYS, m.keys, strict=True))
    step = (holes[5] - holes[0]) / 5
    along = step / np.hypot(*step)
    hands = []
    for wrist, row, letters, keys in (
        (wrists[0], holes[:3], "123", "lk"), (wrists[1], holes[3:], "456", "ecb")
    ):  # fmt: skip
        pressed = np.array([down[letter] for letter in letters])
        tips = row + np.outer(1 - pressed, lift)
        places = row[2] + np.outer(0.03 + 0.018 * np.arange(len(keys)), along)
        weights = np.array([down[key] for key in keys])
        for place, weight in zip(places, weights, strict=True):
            pen.dot(place, 0.008, look.tint(SILVER, 1 - 0.4 * weight))
        rest = row[2] + along * 0.022 + lift
        little = rest + sum(w * (place - rest) for w, place in zip(weights, places, strict=True))
        hands.append((wrist, [*tips, little], row[1] - lift * 0.4))
    # Levers beside the upper hole: side key, thumb's register key, its other keys.
    for n, key in enumerate("RSad"):
        foot = holes[0] - along * (0.05 - 0.022 * n) - lift * 0.35
        arm = along * 0.016 * down[key] - lift * (0.6 - 0.45 * down[key])
        pen.line([foot, foot + arm], 0.01, look.tint(SILVER, 1 - 0.3 * down[key]))
    (left, tips, thumb), right = hands
    thumb = thumb - lift * 0.7 * (1 - down["T"])
    return SimpleNamespace(left=grasp(left, tips, thumb), right=grasp(*right))


def _pipe(
    pen: Pen,
    body: SimpleNamespace,
    m: SimpleNamespace,
    look: Tint,
    length: float,
    width: float,
    colour: Colour,
    bell: float,
    angles: tuple[float, float, float],
) -> SimpleNamespace:
    """Flute, oboe, clarinet: a straight tube with six finger holes."""
    sideways = bell == 0
    start = _pivot(body, m) - body.up * (0.016 if sideways else 0.0)  # a flute lies below the lip
    along = ray(_angle(m, *angles))
    across = np.array([-along[1], along[0]])
    colour = look.tint(colour)
    head = start - along * (0.05 if sideways else 0.0)
    end = start + along * length
    pen.line([head, end], width, colour)
    rod = across * width * 0.25
    pen.line([head + rod, end + rod], width * 0.2, look.tint(SILVER))
    if not sideways:
        pen.poly([end - along * 0.07 - across * width / 2, end - along * 0.07 + across * width / 2,
                  end + across * bell, end - across * bell], colour)  # fmt: skip
        pen.ellipse(end, (bell * 0.45, bell), look.tint(SILVER, 0.7), _degrees(along))
    places = np.array([0.32, 0.4, 0.48, 0.64, 0.72, 0.8])
    holes = start + along * (places[:, None] * length)
    for hole in holes:
        pen.dot(hole, width * 0.45, look.tint(SILVER))
    lift = np.array([0.0, -0.045]) if sideways else across * -0.045
    away = np.array([0.0, 0.085]) if sideways else across * 0.085
    wrists = [start + along * length * place + away for place in (0.36, 0.7)]
    return _keyed(pen, holes, wrists, lift, m, look)


def _degrees(along: np.ndarray) -> float:
    return np.degrees(np.arctan2(-along[1], along[0]))


def _tube(
    pen: Pen,
    body: SimpleNamespace,
    m: SimpleNamespace,
    look: Tint,
    shape: ArrayLike,
    widths: Sequence[float],
    colour: Colour,
    angles: tuple[float, float, float],
    grips: ArrayLike,
    keys: ArrayLike,
    rim: float = 0.0,
) -> SimpleNamespace:
    """Bent tubes (saxophone, bassoon): ``shape`` relative to the mouth, turned about it.

    ``grips`` are the right and left hand, ``keys`` the ends of the row of keys, same frame.
    """
    start = _pivot(body, m)
    angle = _angle(m, *angles)

    def place(points: ArrayLike) -> np.ndarray:
        return start + turn(np.asarray(points, float), angle)

    points = place(shape)
    pen.taper(points, [w * 1.25 for w in widths], look.tint(colour, 0.5))
    pen.taper(points, widths, look.tint(colour))
    if rim:
        end, axes, degrees = points[-1], (rim * 0.4, rim), _degrees(points[-1] - points[-2])
        pen.ellipse(end, axes, look.tint(colour, 0.6), degrees)
        pen.ellipse(end, axes, look.tint(colour, 1.15), degrees, width=0.01)
    row = place(np.linspace(*np.asarray(keys, float), 6))
    for key in row:
        pen.dot(key, 0.014, look.tint(SILVER))
    right, left = place(grips)
    return _keyed(pen, row, (left, right), turn(np.array([-0.045, -0.008]), angle), m, look)


def _valves(
    pen: Pen,
    place: Callable[[ArrayLike], np.ndarray],
    points: Sequence[tuple[float, float]],
    m: SimpleNamespace,
    look: Tint,
) -> list[np.ndarray]:
    """Three pistons at ``points``; a pressed one is down. Returns their tops."""
    tops = []
    for point, down in zip(points, m.keys[:3], strict=True):
        x, y = point
        base, top, foot = place([(x, y), (x, y - 0.06 + 0.045 * down), (x, y + 0.096)])
        pen.line([base, foot], 0.034, look.tint(BRASS, 0.8))
        pen.line([base, top], 0.014, look.tint(SILVER))
        pen.dot(top, 0.013, look.tint(SILVER, 1.1))
        tops.append(top)
    return tops


def _on_valves(tops: Sequence[np.ndarray], wrist: np.ndarray, down: np.ndarray) -> SimpleNamespace:
    """A hand whose first three fingers lie on the valves; ``down`` is where these go."""
    spread = tops[2] - tops[1]
    return grasp(wrist, [*tops, tops[2] + spread + down * 0.02], tops[0] - spread * 0.5 + down * 0.06)


def _bell(pen: Pen, end: np.ndarray, along: np.ndarray, radius: float, depth: float, look: Tint) -> None:
    """Flared bell that opens towards ``along``."""
    across = np.array([-along[1], along[0]])
    back = end - along * depth
    throat = end - along * depth * 0.35
    rim, waist, pipe = across * radius, across * radius * 0.45, across * 0.014
    outline = [back - pipe, back + pipe, throat + waist, end + rim, end - rim, throat - waist]
    pen.poly(outline, look.tint(BRASS))
    pen.ellipse(end, (radius * 0.35, radius), look.tint(BRASS, 0.55), _degrees(along))
    pen.ellipse(end, (radius * 0.35, radius), look.tint(BRASS, 1.15), _degrees(along), width=0.01)


def _trumpet(pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Tint) -> SimpleNamespace:
    """Points to the viewer's left; both hands at the valves."""
    start = _pivot(body, m)
    angle = _angle(m, 48, 24, -12)

    def place(points: ArrayLike) -> np.ndarray:
        return start + turn(np.asarray(points, float), angle)

    brass = look.tint(BRASS)
    pen.line(place([(0, 0), (-0.3, 0)]), 0.018, brass)
    pen.line(place([(-0.09, 0.07), (-0.26, 0.07)]), 0.018, look.tint(BRASS, 0.8))
    pen.ellipse(place([(-0.1, 0.035)])[0], (0.025, 0.035), brass, angle, 90, 270, 0.016)
    along = ray(180 + angle)
    _bell(pen, start + along * 0.4, along, 0.075, 0.13, look)
    tops = _valves(pen, place, ((-0.14, 0.0), (-0.175, 0.0), (-0.21, 0.0)), m, look)
    down = place([(0, 1)])[0] - start
    right = _on_valves(tops, place([(-0.13, 0.05)])[0], down)
    return SimpleNamespace(
        right=right, left=fist(*place([(-0.19, 0.05)]), down, -(place([(1, 0)])[0] - start))
    )


def _trombone(pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Tint) -> SimpleNamespace:
    """The right hand carries the slide; the left hand holds the instrument near the mouth."""
    start = _pivot(body, m)
    angle = _angle(m, 45, 24, -10)

    def place(points: ArrayLike) -> np.ndarray:
        return start + turn(np.asarray(points, float), angle)

    slide = 0.14 * m.slide
    silver, brass = look.tint(SILVER), look.tint(BRASS)
    pen.line(place([(0.13, 0.1), (-0.1, 0.1)]), 0.02, brass)
    pen.ellipse(place([(0.13, 0.06)])[0], (0.03, 0.04), brass, angle, -90, 90, 0.02)
    along = ray(180 + angle)
    _bell(pen, place([(-0.24, 0.11)])[0], along, 0.095, 0.14, look)
    pen.line(place([(0.0, 0), (-0.28, 0)]), 0.014, silver)
    pen.line(place([(-0.06, 0.08), (-0.28, 0.08)]), 0.014, silver)
    pen.line(place([(-0.06, 0), (-0.06, 0.08)]), 0.014, silver)
    outer = np.array([(-0.13, 0), (-0.34, 0), (-0.36, 0.04), (-0.34, 0.08), (-0.13, 0.08)])
    pen.line(place(outer - (slide, 0)), 0.024, brass)
    pen.line(place([(-0.13 - slide, 0), (-0.13 - slide, 0.08)]), 0.018, silver)
    down = place([(0, 1)])[0] - start
    right, left = place([(-0.13 - slide, 0.04), (-0.05, 0.07)])
    towards = np.array([-0.7, -0.7])
    return SimpleNamespace(right=fist(right, down, towards), left=fist(left, down, towards * (-1, 1)))


def _horn(pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Tint) -> SimpleNamespace:
    """Coil in front of the chest; the right hand in the bell, the left at the levers."""
    start = _pivot(body, m, 0.08)
    angle = _angle(m, 22, 6, -26)

    def place(points: ArrayLike) -> np.ndarray:
        return start + turn(np.asarray(points, float), angle)

    brass = look.tint(BRASS)
    centre, bell = place([(-0.03, 0.22), (-0.23, 0.34)])
    pen.line(place([(0, 0), (0.06, 0.12)]), 0.014, brass)
    for radius, factor in ((0.135, 0.9), (0.105, 0.7), (0.075, 0.95)):
        pen.ellipse(centre, (radius, radius), look.tint(BRASS, factor), width=0.022)
    along = (bell - centre) / np.hypot(*(bell - centre))
    _bell(pen, bell, along, 0.12, 0.16, look)
    levers = place([(0.05, 0.17), (0.06, 0.2), (0.07, 0.23)])
    idle = turn(np.array([-0.01, -0.035]), angle)
    tips = levers + np.outer(1 - m.keys[:3], idle)
    tips = [*tips, tips[2] + turn(np.array([0.01, 0.03]), angle)]
    left, bow = place([(0.14, 0.22), (-0.2, 0.32)])
    right = fist(bow, np.array([-along[1], along[0]]), -along)
    return SimpleNamespace(right=right, left=grasp(left, tips, levers[0] + idle))


def _tuba(pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Tint) -> SimpleNamespace:
    """Upright in the lap; the bell beside the head swings out with loudness."""
    base = body.hips + np.array([0.06, -0.02]) + np.array([0, 0.04]) * (1 - m.active)
    angle = _angle(m, 8, 4, -20)

    def place(points: ArrayLike) -> np.ndarray:
        return base + turn(np.asarray(points, float), angle)

    coil = place([(0.0, -0.16)])[0]
    for axes, width, factor in (((0.15, 0.2), 0.06, 0.8), ((0.09, 0.13), 0.04, 1.0)):
        pen.ellipse(coil, axes, look.tint(BRASS, factor), angle, width=width)
    along = ray(90 + angle)
    branch = place([(0.13, -0.1), (0.14, -0.3), (0.14, -0.5)])
    pen.taper(branch, [0.06, 0.075, 0.08], look.tint(BRASS))
    _bell(pen, place([(0.14, -0.66)])[0], along, 0.13, 0.18, look)
    pen.line([body.mouth, *place([(0.05, -0.36)])], 0.016, look.tint(BRASS))
    tops = _valves(pen, place, ((-0.05, -0.2), (-0.01, -0.2), (0.03, -0.2)), m, look)
    right = _on_valves(tops, place([(-0.1, -0.2)])[0], -along)
    return SimpleNamespace(right=right, left=fist(*place([(0.14, -0.22)]), along, np.array([-1.0, 0.0])))


SAX = ((0, 0), (-0.05, -0.02), (-0.08, 0.03), (-0.1, 0.2), (-0.11, 0.36), (-0.15, 0.43),
       (-0.21, 0.41), (-0.23, 0.34), (-0.24, 0.26))  # fmt: skip
BASSOON = ((0, 0), (0.05, 0.0), (0.07, 0.04), (-0.09, 0.46), (-0.1, 0.48), (-0.05, 0.42),
           (0.2, -0.24))  # fmt: skip
SAX_WIDTHS = (0.016, 0.02, 0.03, 0.04, 0.055, 0.06, 0.07, 0.08, 0.1)

# instrument: (how to draw and hold it, sideways shift of the player, lean in degrees when loud);
# the three angles are at rest, soft and loud.
WINDS = {
    "fl": (partial(_pipe, length=0.42, width=0.024, colour=SILVER, bell=0,
                   angles=(222, 200, 166)), 0.08, 8),
    "ob": (partial(_pipe, length=0.38, width=0.028, colour=BLACK, bell=0.032,
                   angles=(262, 276, 312)), -0.04, -8),
    "cl": (partial(_pipe, length=0.44, width=0.036, colour=BLACK, bell=0.05,
                   angles=(262, 274, 308)), -0.04, -8),
    "sax": (partial(_tube, shape=SAX, widths=SAX_WIDTHS,
                    colour=BRASS, angles=(14, 2, -32), grips=((-0.15, 0.3), (-0.06, 0.14)),
                    keys=((-0.095, 0.1), (-0.11, 0.32)), rim=0.075), 0.06, 8),
    "bn": (partial(_tube, shape=BASSOON, widths=(0.01, 0.01, 0.012, 0.055, 0.06, 0.06, 0.045),
                   colour=MAPLE, angles=(14, 8, -18), grips=((-0.09, 0.36), (0.09, 0.12)),
                   keys=((0.06, 0.09), (-0.06, 0.38)), rim=0.028), 0.0, -7),
    "tpt": (_trumpet, 0.1, 8),
    "tbn": (_trombone, 0.16, 8),
    "hn": (_horn, 0.05, 8),
    "tba": (_tuba, -0.08, -8),
}  # fmt: skip
