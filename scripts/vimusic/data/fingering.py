"""How a pitch is held: the fingering charts of the instruments, and how much of the pitch they show.

The charts are those of common tutors, on the keys that can be told apart on a drawn player. Overblown notes
share their keys with the note they are overblown from; only the lips tell them apart.
"""

from typing import NamedTuple

import numpy as np

# Lowest and highest MIDI note of the charts, and of mini-URMP.
RANGES = {
    "vn": (55, 86), "va": (48, 76), "vc": (36, 67), "db": (28, 53), "fl": (60, 89),
    "ob": (58, 82), "cl": (50, 80), "sax": (49, 75), "bn": (34, 64), "tpt": (54, 79),
    "hn": (41, 69), "tbn": (40, 66), "tba": (29, 53),
}  # fmt: skip
OPEN_STRINGS = {
    "vn": (55, 62, 69, 76), "va": (48, 55, 62, 69), "vc": (36, 43, 50, 57), "db": (28, 33, 38, 43),
}  # fmt: skip
# Semitones of the four fingers above the first: a fourth on short strings, a minor third on long ones.
SPAN_HIGH, SPAN_LOW = (0, 2, 3, 5), (0, 1, 2, 3)
FUNDAMENTALS = {"tpt": 46, "hn": 29, "tbn": 34, "tba": 22}  # MIDI note of the open tube
PARTIALS = (2, 3, 4, 5, 6, 8, 9, 10, 12, 16)  # that brass players use: the others are out of tune
# Valves 1, 2, 3 that lower the open tube by 0 to 6 semitones.
VALVES = ((0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1))

# Left hand: thumb, three fingers, little finger and thumb keys; right hand: three fingers, little finger;
# register or octave key, side key.
KEYS = "T123lkad456ecbRS"
SOUNDS = {"cl": -2, "sax": -9}  # semitones from the written to the sounding pitch
# Per instrument: MIDI note (written) of the first fingering, then one per semitone; h: half of hole 1.
CHARTS = {
    "fl": (60, "T123456b T123456c T123456 T123456e T12345e T1234e T1236e T123e T123le T12e T14e T1e 1e e "
               "T23456 T23456e T12345e T1234e T1236e T123e T123le T12e T14e T1e 1e e T23e T123l456e T1245e "
               "T134e"),
    "ob": (58, "123kl456b 123k456b 123456b 123456c 123456 123456e 12345 12346 1234 123 123l 12 124 1 14 "
               "h23456c h23456 h23456e R12345 R12346 R1234 R123 R123l S12 S124"),
    "cl": (52, "T123456l T123456b T123456c T123456 T123456e T12345 T1234 T1235 T123 T123k T12 T12S T1 T 1 - "
               "S a aR RT123456l RT123456b RT123456c RT123456 RT123456e RT12345 RT1234 RT1235 RT123 RT123k "
               "RT12 RT12S"),
    "sax": (58, "123kl456b 123k456b 123456b 123c456b 123456 123456e 12345 1234 1235 123 123l 12 12S 1 2 - "
                "R123456 R123456e R12345 R1234 R1235 R123 R123l R12 R12S R1 R2"),
    "bn": (34, "Skad123456b kad123456b kd123456b dl123456b d123456b Tl123456b Tc123456b T123456b TR123456 "
               "T123456 T123456e T12345 TR12345 T1234 T123 Tk123 T12 T13 T1 T hR23456 h23456 h23456e k12345 "
               "kR12345 k1234 k123 a12456 a12 a134 1345b"),
}  # fmt: skip
OVERBLOWN = {
    "fl": (74, 86),
    "ob": (73,),
    "cl": (69,),
    "sax": (65,),
    "bn": (54,),
}  # first note of each register
SHOWN = (len(KEYS), 3, 4, 13, 7, len(PARTIALS))  # keys, valves, strings, stops, slide, partials: of ``chart``
SIGNS = sum(SHOWN)
LIPS_SPREAD = 0.08  # standard deviation of ``lips`` from note to note


class Hold(NamedTuple):
    """What a player does for one pitch.

    ``keys`` (len(KEYS),) pressed 0..1, of brass the three valves first; ``string`` 0 low to 1 high and
    ``reach``, the part of it that is cut off; ``slide`` 0..1; ``lips`` 0 loose to 1 tight, on average.
    """

    keys: tuple[float, ...] = (0.0,) * len(KEYS)
    string: float = 0.0
    reach: float = 0.0
    slide: float = 0.0
    lips: float = 0.0


def hold(instrument: str, pitch: int) -> Hold:
    """How ``instrument`` plays the MIDI note ``pitch``; ValueError outside its range."""
    low, high = RANGES[instrument]
    if not low <= pitch <= high:
        raise ValueError(f"{instrument} does not play {pitch}: {low} to {high}")
    if instrument in OPEN_STRINGS:
        strings = OPEN_STRINGS[instrument]
        place = max(n for n, tuned in enumerate(strings) if tuned <= pitch)
        return Hold(string=place / 3, reach=1 - 2 ** (-(pitch - strings[place]) / 12))
    if instrument in FUNDAMENTALS:
        tube = FUNDAMENTALS[instrument]
        lowered, partial = min(
            (above - pitch, partial)
            for partial in PARTIALS
            if (above := tube + round(12 * np.log2(partial))) >= pitch
        )
        keys = (*map(float, VALVES[lowered]), *Hold().keys[3:])
        return Hold(keys=keys, slide=lowered / 6, lips=np.log2(partial / 2) / 3)
    first, chart = CHARTS[instrument]
    pressed = chart.split()[pitch - SOUNDS.get(instrument, 0) - first]
    keys = [float(key in pressed) for key in KEYS]
    if "h" in pressed:
        keys[KEYS.index("1")] = 0.5
    registers = OVERBLOWN[instrument]
    return Hold(keys=tuple(keys), lips=sum(pitch >= start for start in registers) / len(registers))


def chart(instrument: str) -> np.ndarray:
    """What a player of each MIDI note shows, (128, SIGNS) float32: keys and valves 1 down, -1 up; string,
    stop in semitones, slide and partial, or register, each 1 in its place. 0 of notes that no chart has.
    """
    table = np.zeros((128, SIGNS), np.float32)
    if instrument not in RANGES:
        return table
    low, high = RANGES[instrument]
    for pitch in range(low, high + 1):
        each = hold(instrument, pitch)
        keys, valves, strings, stops, slides, partials = np.split(table[pitch], np.cumsum(SHOWN)[:-1])
        if instrument in OPEN_STRINGS:
            string = round(3 * each.string)
            strings[string] = 1
            stops[pitch - OPEN_STRINGS[instrument][string]] = 1
        elif instrument in FUNDAMENTALS:
            if instrument == "tbn":
                slides[round(6 * each.slide)] = 1
            else:
                valves[:] = 2 * np.array(each.keys[: len(valves)]) - 1
            partials[PARTIALS.index(round(2 * 8**each.lips))] = 1
        else:
            keys[:] = 2 * np.array(each.keys) - 1
            partials[round(2 * each.lips)] = 1
    return table


def ceiling(instrument: str) -> tuple[float, float]:
    """(chroma, pitch): the share of notes, uniform over the range, that an eye would name which sees hands,
    keys and lips without error. It knows the instrument and how much lips vary, and names the likeliest.
    """
    low, high = RANGES[instrument]
    pitches = np.arange(low, high + 1)
    holds = [hold(instrument, pitch) for pitch in pitches]
    fingers = {each._replace(lips=0.0) for each in holds}
    lips = np.linspace(-0.5, 1.5, 2001)
    step = lips[1] - lips[0]
    chroma, exact = 0.0, 0.0
    for finger in fingers:
        alike = [n for n, each in enumerate(holds) if each._replace(lips=0.0) == finger]
        away = (lips - np.array([[holds[n].lips] for n in alike])) / LIPS_SPREAD
        density = np.exp(-(away**2) / 2) / (LIPS_SPREAD * np.sqrt(2 * np.pi))
        classes = np.zeros((12, len(lips)))
        np.add.at(classes, pitches[alike] % 12, density)
        exact += density.max(0).sum() * step
        chroma += classes.max(0).sum() * step
    return chroma / len(pitches), exact / len(pitches)
