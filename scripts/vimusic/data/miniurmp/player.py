"""One drawn player: looks, body and arms; the instruments are in ``strings`` and ``winds``."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from vimusic.data.miniurmp.hand import draw_hand
from vimusic.data.miniurmp.pen import Colour, Pen, ray
from vimusic.data.miniurmp.strings import STRINGS
from vimusic.data.miniurmp.winds import WINDS

SKINS = ((255, 219, 190), (241, 194, 155), (224, 172, 125), (176, 122, 82), (118, 78, 52))
HAIRS = ((30, 24, 22), (70, 45, 28), (120, 80, 40), (190, 150, 90), (130, 130, 135), (110, 40, 25))
CLOTHES = ((35, 38, 48), (120, 30, 40), (30, 60, 110), (40, 90, 70), (230, 230, 225), (95, 60, 110))
ARM = 0.21  # length of the upper arm, and of the forearm


@dataclass(frozen=True)
class Look:
    """How a player looks; colours are RGB, ``shade`` multiplies the instrument's colour."""

    skin: Colour
    hair: Colour
    shirt: Colour
    style: str
    glasses: bool
    shade: float
    size: float
    offset: float

    def tint(self, colour: Colour, factor: float = 1.0) -> Colour:
        """``colour`` of an instrument part in this player's shade."""
        return tuple(int(min(255, part * self.shade * factor)) for part in colour)


def draw_look(rng: np.random.Generator) -> Look:
    """A random ``Look``."""

    def jitter(colour: Colour) -> Colour:
        return tuple(int(c) for c in np.clip(np.array(colour) + rng.integers(-14, 15, 3), 0, 255))

    return Look(
        skin=jitter(SKINS[rng.integers(len(SKINS))]),
        hair=jitter(HAIRS[rng.integers(len(HAIRS))]),
        shirt=jitter(CLOTHES[rng.integers(len(CLOTHES))]),
        style=("short", "long", "bun", "bald")[rng.integers(4)],
        glasses=bool(rng.random() < 0.3),
        shade=rng.uniform(0.8, 1.2),
        size=rng.uniform(0.92, 1.0),
        offset=rng.uniform(-0.02, 0.02),
    )


def draw_player(pen: Pen, instrument: str, m: SimpleNamespace, look: Look) -> None:
    """Draw one player of ``instrument`` with gestures ``m`` (see ``motion``)."""
    hold, shift, lean = {**STRINGS, **WINDS}[instrument]
    wind = instrument in WINDS
    body = _body(m, shift, lean, wind)
    _torso(pen, body, look)
    _head(pen, body, m, look, wind)
    grip = hold(pen, body, m, look)
    if wind:
        _lips(pen, body, m, look)
    sleeve = tuple(int(part * 0.82) for part in look.shirt)
    ends = []
    for shoulder, hand in ((body.left, grip.left), (body.right, grip.right)):
        elbow, wrist = _reach(shoulder, hand.wrist, shoulder - body.neck)
        pen.line([shoulder, elbow], 0.085, sleeve)
        pen.line([elbow, wrist + 0.1 * (elbow - wrist)], 0.066, sleeve)
        pen.line([wrist + 0.1 * (elbow - wrist), wrist], 0.036, look.skin)
        ends.append((hand, wrist))
    for hand, wrist in ends:  # after both arms, which would hide them
        draw_hand(pen, hand, wrist, look.skin)


def _body(m: SimpleNamespace, shift: float, lean: float, wind: bool) -> SimpleNamespace:
    """Joints of the body in player units. Right is the player's right: the viewer's left.

    Loud playing leans the body by ``lean`` degrees; full lungs lift a wind player's shoulders.
    """
    air = m.breath * (1.0 if wind else 0.4)
    up = ray(90 + 2.5 * m.sway + lean * (m.level - 0.4) * m.active)
    side = np.array([-up[1], up[0]])
    hips = np.array([shift, 0.88])
    neck = hips + up * (0.46 + 0.025 * air)
    drop = up * (0.035 - 0.03 * air)
    head = neck + up * 0.115 + np.array([0, 0.05]) * m.nod
    return SimpleNamespace(
        hips=hips, neck=neck, up=up, side=side, air=air, head=head,
        right=neck - side * (0.145 + 0.015 * air) - drop,
        left=neck + side * (0.145 + 0.015 * air) - drop,
        mouth=head - up * 0.05,
    )  # fmt: skip


def _torso(pen: Pen, body: SimpleNamespace, look: Look) -> None:
    """Legs, chest and neck."""
    trousers = tuple(int(part * 0.45) for part in look.shirt)
    for sign in (-1, 1):
        knee = body.hips + np.array([sign * 0.15, 0.2])
        foot = knee + np.array([sign * 0.02, 0.45])
        pen.line([body.hips + np.array([sign * 0.07, 0.0]), knee, foot], 0.13, trousers)
    waist, chest = body.side * 0.115, body.side * (0.15 + 0.03 * body.air)
    middle = (body.hips + body.neck) / 2 + body.up * 0.06
    outline = [
        body.right + body.up * 0.02, body.left + body.up * 0.02, middle + chest,
        body.hips + waist, body.hips - waist, middle - chest,
    ]  # fmt: skip
    pen.poly(outline, look.shirt)
    pen.line([body.right, body.left], 0.07, look.shirt)
    pen.line([body.neck - body.up * 0.01, body.head], 0.07, look.skin)


def _head(pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Look, wind: bool) -> None:
    """Face, hair, eyes and, for winds, cheeks that fill with the sound."""
    tilt = np.degrees(np.arctan2(body.up[0], -body.up[1]))
    head, up, side = body.head, body.up, body.side
    if look.style == "long":
        pen.ellipse(head - up * 0.03, (0.098, 0.13), look.hair, -tilt)
    if look.style == "bun":
        pen.dot(head + up * 0.115, 0.045, look.hair)
    dark, light = (tuple(int(min(255, part * f)) for part in look.skin) for f in (0.55, 1.06))
    shadow = tuple(int(part * 0.8) for part in look.skin)
    for sign in (-1, 1):
        pen.ellipse(head + side * (sign * 0.078) - up * 0.008, (0.014, 0.024), shadow, -tilt)
    pen.ellipse(head, (0.078, 0.098), shadow, -tilt)
    pen.ellipse(head + up * 0.004, (0.07, 0.088), look.skin, -tilt)
    pen.ellipse(head + up * 0.035, (0.05, 0.04), light, -tilt)
    if look.style != "bald":
        pen.ellipse(head + up * 0.036, (0.084, 0.078), look.hair, -tilt, 180, 360)
    brow = 0.012 * m.level * m.active
    for sign in (-1, 1):
        eye = head + side * (sign * 0.032) + up * 0.002
        pen.ellipse(eye - up * 0.004, (0.02, 0.014), shadow, -tilt)
        pen.ellipse(eye, (0.016, 0.009), (235, 235, 230), -tilt)
        pen.dot(eye, 0.0085, (45, 30, 25))
        above = eye + up * (0.018 + brow)
        pen.line([above - side * 0.016, above + side * 0.016], 0.007, dark)
        if look.glasses:
            pen.ellipse(eye, (0.022, 0.02), (40, 40, 45), width=0.005)
        if wind:
            flushed = (min(255, look.skin[0] + 12), look.skin[1] - 12, look.skin[2] - 10)
            cheek = body.mouth + side * (sign * 0.045) + up * 0.012
            pen.dot(cheek, 0.016 + 0.022 * m.sound, flushed)
    nose = head - up * 0.026
    pen.line([head + up * 0.004 + side * 0.006, nose + side * 0.013, nose - side * 0.006], 0.006, shadow)
    pen.line([nose - side * 0.012, nose + side * 0.012], 0.007, dark)
    pen.ellipse(
        body.mouth,
        (0.026, 0.008),
        tuple(int(p * f) for p, f in zip(look.skin, (0.85, 0.6, 0.6), strict=True)),
        -tilt,
    )
    pen.line([body.mouth - side * 0.024, body.mouth + side * 0.024], 0.004, dark)


def _lips(pen: Pen, body: SimpleNamespace, m: SimpleNamespace, look: Look) -> None:
    """Lips around the mouthpiece: the higher the register, the narrower and the fuller."""
    tight = float(np.clip(m.lips, -0.2, 1.2)) * m.active
    red = (min(255, look.skin[0] + 5), int(look.skin[1] * 0.6), int(look.skin[2] * 0.6))
    tilt = np.degrees(np.arctan2(body.up[0], -body.up[1]))
    pen.ellipse(body.mouth, (0.028 - 0.015 * tight, 0.007 + 0.007 * tight), red, -tilt, width=0.006)


def _reach(shoulder: np.ndarray, hand: np.ndarray, outward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(elbow, hand) of a two-bone arm; a hand out of reach stops at arm's length.

    Of the two possible elbows the lower one is taken, mildly preferring the ``outward`` side.
    """
    away = hand - shoulder
    distance = np.hypot(*away)
    if distance > 1.98 * ARM:
        away *= 1.98 * ARM / distance
        distance = 1.98 * ARM
    height = np.sqrt(ARM**2 - (distance / 2) ** 2)
    across = np.array([-away[1], away[0]]) / max(distance, 1e-6)
    if across @ (np.array([0.0, 1.0]) + 0.4 * np.sign(outward[0]) * np.array([1.0, 0.0])) < 0:
        across = -across
    return shoulder + away / 2 + height * across, shoulder + away
