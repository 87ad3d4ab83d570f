"""Gestures of a player, from the performance: what a camera would see move."""

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from vimusic.data.fingering import LIPS_SPREAD, OPEN_STRINGS, SPAN_HIGH, SPAN_LOW, hold
from vimusic.data.miniurmp.music import FLOOR_DB, RATE, Performance

AHEAD = 0.03  # s: a hand moves just before the note that needs it
FIRST = 2  # semitones from the nut to the first finger, in first position


def gestures(
    performance: Performance, instrument: str, times: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Gestures at ``times`` (n,) (s; before 0 the player waits), of shape (n,) but where it is said.

    level: loudness of the gesture 0..1; sound: loudness heard now 0..1; active: 0 resting to 1
    playing; breath: air in the lungs 0..1; bow: contact point from frog 0 to tip 1;
    string: 0 low to 1 high; reach: the stop along the fingerboard, place: the hand's first finger there, both
    fractions of the string; stops: (n, 4), which finger stops it, 0..1; slide: 0..1; keys: (n,
    len(fingering.KEYS)) pressed 0..1; lips: 0 loose to 1 tight;
    wobble: vibrato -1..1; sway and nod: body movement, about -1..1 and 0..1.
    """
    moves = _hands(performance, instrument, rng)
    moves["level"] = _smooth(1 - performance.dynamic / FLOOR_DB, 0.05).clip(0, 1)
    heard = 20 * np.log10(np.maximum(performance.amplitude, 1e-3))
    moves["sound"] = _smooth((1 - heard / FLOOR_DB).clip(0, 1), 0.015)
    moves["active"], moves["breath"] = _readiness(performance)
    moves["bow"] = _bow(performance, moves["level"])
    moves["wobble"] = performance.vibrato
    clock = np.arange(len(performance.f0)) / RATE
    periods, phases = rng.uniform(2.5, 6, 2), rng.uniform(0, 2 * np.pi, 2)
    moves["sway"] = np.sin(2 * np.pi * clock[:, None] / periods + phases).sum(axis=1) / 2
    moves["nod"] = _nod(performance)
    index = np.clip(np.round(times * RATE).astype(int), 0, len(clock) - 1)
    return {name: track[index] for name, track in moves.items()}


def moment(moves: Mapping[str, np.ndarray], frame: int) -> SimpleNamespace:
    """The gestures of one frame as attributes."""
    return SimpleNamespace(**{name: track[frame] for name, track in moves.items()})


def _smooth(track: np.ndarray, seconds: float) -> np.ndarray:
    return gaussian_filter1d(np.asarray(track, float), seconds * RATE, axis=0, mode="nearest")


def _hands(performance: Performance, instrument: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """What hands and lips do for each pitch (``fingering``); lips vary from note to note."""
    holds = [hold(instrument, pitch) for pitch in performance.pitches]
    notes = {name: np.array([getattr(each, name) for each in holds]) for name in holds[0]._fields}
    notes["lips"] = notes["lips"] + rng.normal(0, LIPS_SPREAD, len(holds))
    notes["place"], notes["stops"] = _position(performance.pitches, instrument)
    grid = np.arange(len(performance.f0)) / RATE
    current = np.searchsorted(performance.onsets - AHEAD, grid, side="right") - 1
    current = np.maximum(current, 0)
    return {name: _smooth(track[current], 0.015) for name, track in notes.items()}


def _position(pitches: np.ndarray, instrument: str) -> tuple[np.ndarray, np.ndarray]:
    """Place of the left hand on the string, and the finger that stops it: (n,) and (n, 4)."""
    place, stops = np.zeros(len(pitches)), np.zeros((len(pitches), 4))
    if instrument not in OPEN_STRINGS:
        return place, stops
    span = SPAN_LOW if instrument in ("vc", "db") else SPAN_HIGH
    for n, pitch in enumerate(pitches):
        above = pitch - max(tuned for tuned in OPEN_STRINGS[instrument] if tuned <= pitch)
        lowest = max(min(above, FIRST), above - span[-1]) if above else FIRST
        place[n] = 1 - 2 ** (-lowest / 12)
        if above:
            stops[n, np.abs(np.array(span) - (above - lowest)).argmin()] = 1
    return place, stops


def _readiness(performance: Performance) -> tuple[np.ndarray, np.ndarray]:
    """(active, breath): instruments go up before each phrase and down after it."""
    grid = np.arange(len(performance.f0)) / RATE
    inside = performance.progress >= 0
    playing, breath = inside.astype(float), np.where(inside, 1 - 0.8 * performance.progress, 0.0)
    starts = np.flatnonzero(np.diff(performance.phrases, prepend=-1))
    for first in performance.onsets[starts]:
        inhaling = (grid >= first - 0.45) & (grid < first) & ~inside
        breath[inhaling] = (grid[inhaling] - first + 0.45) / 0.45
        playing[(grid >= first - 0.22) & (grid < first)] = 1
    return _smooth(playing, 0.07), _smooth(breath, 0.03)


def _bow(performance: Performance, level: np.ndarray) -> np.ndarray:
    """Contact point along the bow: a stroke per note, alternating, the longer the louder."""
    knots, values = [0.0], [0.1]
    direction, place, phrase = 1, 0.1, -1
    for n, onset in enumerate(performance.onsets):
        if performance.phrases[n] != phrase:
            phrase = performance.phrases[n]
            direction, place = 1, 0.1  # a phrase starts near the frog, down-bow
        loud = level[performance.note == n].mean()
        stroke = direction * performance.durations[n] * (0.1 + 1.3 * loud)
        knots += [onset, onset + performance.durations[n]]
        values += [place, float(np.clip(place + stroke, 0.03, 0.97))]
        direction, place = -direction, values[-1]
    grid = np.arange(len(performance.f0)) / RATE
    return _smooth(np.interp(grid, knots, values), 0.012)


def _nod(performance: Performance) -> np.ndarray:
    """A small movement of the head with each attack, larger for louder notes: 0..1."""
    grid = np.arange(len(performance.f0)) / RATE
    loud = 1 - performance.dynamic / FLOOR_DB
    nod = np.zeros(len(grid))
    for onset in performance.onsets:
        age = grid - onset
        nod = np.maximum(nod, np.exp(-0.5 * ((age - 0.05) / 0.07) ** 2))
    return nod * loud.clip(0.1, 1)
