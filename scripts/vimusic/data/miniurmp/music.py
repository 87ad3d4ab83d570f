"""Tonal melodies and their performance: timing, dynamics, intonation on a 1 ms grid."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from vimusic.data.fingering import RANGES
from vimusic.data.miniurmp.seeds import generator

RATE = 1000  # grid points per second of a Performance
FLOOR_DB = -24.0  # pianissimo, relative to fortissimo at 0 dB
WAIT = (2.0, 4.0)  # seconds of silence before the music in a piece of at least FULL seconds
FULL = 24.0
TAIL = 0.6  # seconds left silent after the last note

VIBRATO_CENTS = {
    "vn": 22, "va": 22, "vc": 20, "db": 12, "fl": 18, "ob": 12, "cl": 0, "sax": 15, "bn": 10,
    "tpt": 6, "hn": 0, "tbn": 7, "tba": 4,
}  # fmt: skip
ATTACK = {"vn": 0.04, "va": 0.05, "vc": 0.05, "db": 0.06, "fl": 0.04, "hn": 0.035, "tba": 0.04}
RHYTHMS = ((1, 1), (2,), (0.5, 0.5, 1), (1.5, 0.5), (1, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5))
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


class ScoreNote(NamedTuple):
    """One note on the score's clock: ``onset`` and ``duration`` in seconds at strict tempo."""

    onset: float
    duration: float
    pitch: int
    phrase: int


@dataclass(frozen=True)
class Performance:
    """What one player does.

    ``onsets``, ``durations`` (s), ``pitches`` (MIDI), ``phrases`` (index): shape (notes,).
    Arrays on a grid of ``RATE`` points per second, shape (seconds * RATE,):
    ``f0`` Hz, 0 between notes; ``amplitude`` linear 0..1 with attacks and releases;
    ``dynamic`` dB, the intended loudness, defined between notes too; ``note`` index, -1 between
    notes; ``vibrato`` in -1..1; ``progress`` through the phrase 0..1, -1 between phrases.
    """

    onsets: np.ndarray
    durations: np.ndarray
    pitches: np.ndarray
    phrases: np.ndarray
    f0: np.ndarray
    amplitude: np.ndarray
    dynamic: np.ndarray
    note: np.ndarray
    vibrato: np.ndarray
    progress: np.ndarray

    def hertz(self) -> np.ndarray:
        """Mean f0 of each note in Hz, shape (notes,)."""
        return np.array([self.f0[self.note == n].mean() for n in range(len(self.onsets))])


def tempo(title: str, seed: int) -> float:
    """Seconds of one beat: every part of every piece of that title shares it."""
    return 60 / generator(seed, "tempo", title).integers(68, 104)


def compose(title: str, part: int, instrument: str, seconds: float, seed: int) -> list[ScoreNote]:
    """Melody of one part as ``list[ScoreNote]``, to fill a piece of ``seconds``.

    Key, scale, tempo and the motif that opens phrases belong to the title; the rest to the part.
    """
    shared = generator(seed, "title", title)
    key, scale = shared.integers(12), (MAJOR, MINOR)[shared.integers(2)]
    motif = shared.choice([-2, -1, 0, 1, 1, 2], size=3)
    beat = tempo(title, seed)
    rng = generator(seed, "part", title, part)
    low, high = RANGES[instrument]
    ladder = [pitch for pitch in range(low, high + 1) if (pitch - key) % 12 in scale]
    step = len(ladder) // 2 + rng.integers(-2, 3)
    limit = seconds - WAIT[1] * min(1, seconds / FULL) - TAIL
    clock, notes, phrase = 0.0, [], 0
    while clock + 2 * beat <= limit:
        beats = _rhythm(rng, rng.integers(5, 10), (limit - clock) / beat)
        for place, length in enumerate(beats):
            move = motif[place] if place < len(motif) else _move(rng, step, len(ladder))
            step = int(np.clip(step + move, 0, len(ladder) - 1))
            notes.append(ScoreNote(float(clock), float(length * beat), ladder[step], phrase))
            clock += length * beat
        rest = np.ceil(rng.uniform(0.55, 1.5) / (beat / 2)) * beat / 2
        clock, phrase = clock + rest, phrase + 1
    return notes


def _rhythm(rng: np.random.Generator, beats: int, room: float) -> list[float]:
    """Note lengths in beats of one phrase; it ends on a longer note and within ``room`` beats."""
    lengths = []
    while sum(lengths) < beats:
        lengths += RHYTHMS[rng.integers(len(RHYTHMS))]
    lengths[-1] = max(lengths[-1], 1.5)
    while sum(lengths) > room:
        lengths.pop()
    return lengths


def _move(rng: np.random.Generator, step: int, size: int) -> int:
    """Scale steps to the next note: repeats, steps and leaps, drawn back to the middle."""
    size_of_move = rng.choice([0, 1, 2, 3, 4, 5], p=[0.15, 0.5, 0.13, 0.11, 0.07, 0.04])
    upward = 0.5 - 0.9 * (step - size / 2) / size
    return size_of_move if rng.random() < upward else -size_of_move


def perform(
    score: Sequence[ScoreNote], instrument: str, seconds: float, take: str, part: int, seed: int
) -> Performance:
    """Play ``score`` in ``seconds``; returns a ``Performance``.

    The waiting silence and the rubato belong to the take, because players keep together;
    jitter, dynamics, articulation and intonation belong to the player.
    """
    rng = generator(seed, "performance", take, part)
    starts, lengths = (np.array([note[i] for note in score]) for i in (0, 1))
    pitches = np.array([note.pitch for note in score])
    phrases = np.array([note.phrase for note in score])
    warp = _tempo_map((starts + lengths).max(), seconds, generator(seed, "ensemble", take))
    onsets = warp(starts) + np.clip(rng.normal(0, 0.012, len(score)), -0.03, 0.03)
    ends = warp(starts + lengths)
    ends[:-1] = np.minimum(ends[:-1], onsets[1:])
    held = rng.uniform(0.84, 0.98, len(score))
    held[:-1][np.diff(pitches) == 0] -= 0.06  # a repeated note needs an audible gap
    durations = (ends - onsets) * held

    time = np.arange(round(seconds * RATE)) / RATE
    dynamic = _dynamics(time, onsets, durations, phrases, rng)
    note = np.full(len(time), -1)
    envelope, vibrato, cents = (np.zeros(len(time)) for _ in range(3))
    speed, tuning = rng.uniform(4.8, 6.2), rng.uniform(-8, 8)
    attack = ATTACK.get(instrument, 0.028)
    for n, (onset, duration) in enumerate(zip(onsets, durations, strict=True)):
        span = (time >= onset) & (time < onset + duration)
        age = time[span] - onset
        note[span] = n
        rise = np.minimum(1, age / min(attack, duration / 3))
        fall = np.minimum(1, (duration - age) / min(0.06, duration / 3))
        envelope[span] = np.sin(np.pi / 2 * np.minimum(rise, fall)) ** 2
        wave = np.sin(2 * np.pi * speed * age + rng.uniform(0, 6.28))
        vibrato[span] = wave * np.clip((age - 0.1) / 0.25, 0, 1)
        cents[span] = tuning + rng.normal(0, 4)
    cents += 3 * _drift(rng, len(time)) + VIBRATO_CENTS[instrument] * vibrato
    sounding = note >= 0
    f0 = np.where(sounding, 440 * 2 ** ((pitches[note] - 69 + cents / 100) / 12), 0.0)
    amplitude = 10 ** (dynamic / 20) * envelope
    progress = np.full(len(time), -1.0)
    for first, last in _phrase_spans(onsets, durations, phrases):
        span = (time >= first) & (time < last)
        progress[span] = (time[span] - first) / (last - first)
    return Performance(onsets, durations, pitches, phrases, f0, amplitude, dynamic, note, vibrato, progress)


def _phrase_spans(
    onsets: np.ndarray, durations: np.ndarray, phrases: np.ndarray
) -> Iterator[tuple[float, float]]:
    """(start, end) in seconds of each phrase."""
    for phrase in np.unique(phrases):
        inside = phrases == phrase
        yield onsets[inside][0], (onsets + durations)[inside][-1]


def _tempo_map(length: float, seconds: float, rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Function from score seconds to performed seconds: waiting, then smooth rubato.

    The deviation vanishes at both ends, so the music always ends in time.
    """
    wait = rng.uniform(*WAIT) * min(1, seconds / FULL)
    periods, phases = rng.uniform(5, 14, 3), rng.uniform(0, 2 * np.pi, 3)

    def warp(clock: np.ndarray) -> np.ndarray:
        waves = np.sin(2 * np.pi * clock[:, None] / periods + phases).sum(axis=1)
        edge = np.clip(np.minimum(clock, length - clock) / 2, 0, 1)
        return wait + clock + 0.09 * waves * edge

    return warp


def _dynamics(
    time: np.ndarray, onsets: np.ndarray, durations: np.ndarray, phrases: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Intended loudness in dB at each grid time, shape (grid,).

    Phrase levels are a shuffled ladder from soft to loud, so each piece has its full range at
    places that pitch, rhythm and position do not tell; swells and single notes vary on top.
    """
    spans = list(_phrase_spans(onsets, durations, phrases))
    count = len(spans)
    levels = FLOOR_DB * (rng.permutation(count) + rng.random(count)) / count
    knots, values = [], []
    for (first, last), level in zip(spans, levels, strict=True):
        knots += [first, first + rng.uniform(0.3, 0.7) * (last - first), last]
        values += list(level + rng.uniform(-9, 9, 3))
    curve = gaussian_filter1d(np.interp(time, knots, values), 0.15 * RATE, mode="nearest")
    sung = curve[(time >= spans[0][0]) & (time < spans[-1][1])]
    # Stretched, so that every piece reaches from pianissimo to fortissimo.
    curve = FLOOR_DB + 1 + (abs(FLOOR_DB) - 2) * (curve - sung.min()) / np.ptp(sung)
    accents = np.interp(time, onsets + 0.02, rng.normal(0, 2.5, len(onsets)))
    return np.clip(curve + accents, FLOOR_DB - 1, 0)


def _drift(rng: np.random.Generator, size: int) -> np.ndarray:
    """Slow unit-variance wandering, shape (size,)."""
    walk = gaussian_filter1d(rng.normal(size=size), 0.3 * RATE)
    return walk / walk.std()
