"""Notes of one player: runs of one pitch, cut again where the same pitch is struck anew.

The thresholds were chosen on the recordings of five real URMP titles (21 stems, f0 by SwiftF0), to which
they give a note F1 of 0.905; the rule before them, 0.864. Chosen on four titles and heard on the fifth, each
in turn, they give 0.896 (the best of 300 random draws: ``tune_transcriber.py``) or 0.885 (one threshold moved
after the other): the difference is fit. What may be drawn, and the shape of the rule, were found with all
five in view. ``rise`` is lower than what fits best (18, by 0.0004), because a plucked note struck again rises
by no more. No model's output was used.
"""

from typing import Any, NamedTuple

import librosa
import numpy as np
from scipy.ndimage import median_filter

from vimusic.evaluation import onsets


class Thresholds(NamedTuple):
    """What the ear goes by."""

    smooth: int = 3  # frames of f0 over which glitches are taken out
    change: float = 0.55  # semitones from a note's mean so far at which another pitch begins
    sure: float = 0.5  # share of a run's frames in which the tracker holds its guess for a pitch
    shortest: float = 0.07  # s; shorter runs of one pitch are transitions
    gap: float = 0.15  # s of other guesses, but no silence, between runs of one pitch that are one
    before: float = 0.02  # s by which an onset may come before the pitch that it begins
    after: float = 0.03  # s by which it may come after it
    rise: float = 12.0  # dB by which the level rises where a note of the same pitch begins


CHOSEN = Thresholds()
WEAK = 0.05  # strength above the local mean of an onset that is only looked at where a pitch begins
AROUND = 0.06  # s before and after an onset over which its rise is taken
N_FFT = 512  # samples of a level: long enough for a tuba's period, short enough for a tongued note


def transcribe(heard: Any) -> tuple[np.ndarray, np.ndarray]:
    """See ``vimusic.evaluation.transcribers``."""
    return segment(*heard.estimate, *attacks(heard.signal, heard.strength, heard.sample_rate))


def attacks(signal: np.ndarray, strength: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Onsets of ``signal`` (N,), weak ones too: times (s) and rises of the level around them (dB), each (n,).

    Parameters
    ----------
    strength : its onset strength (``onsets.strength``), (1 + N // onsets.HOP,).
    """
    times = onsets.detect(strength, sample_rate, WEAK)
    level = librosa.feature.rms(y=signal, frame_length=N_FFT, hop_length=onsets.HOP)[0]
    level = 20 * np.log10(np.maximum(level, onsets.SILENT))
    frames = np.round(times * sample_rate / onsets.HOP).astype(int)
    around = round(AROUND * sample_rate / onsets.HOP)
    rises = [level[k : k + around].max() - level[max(k - around, 0) : k + 1].min() for k in frames]
    return times, np.array(rises)


def segment(
    times: np.ndarray,
    hertz: np.ndarray,
    struck: np.ndarray,
    rises: np.ndarray,
    limits: Thresholds = CHOSEN,
) -> tuple[np.ndarray, np.ndarray]:
    """Notes of an f0 track (``pitch.track``), (n,), with ``attacks``, (k,).

    A note is a run of frames with a pitch, enough of them voiced, that ends where the median-filtered pitch
    leaves the run's mean so far; runs of one pitch with nothing but a glitch between them are one. It begins
    at the nearest onset, where one is near. Where the level rises inside it, the same note is struck anew.

    Returns intervals (n, 2) in s and the median f0 of each, (n,) Hz.
    """
    strikes = struck[rises >= limits.rise]
    notes = []
    for start, end, pitch in _runs(times, hertz, limits):
        near = struck[(struck >= start - limits.before) & (struck <= start + limits.after)]
        cuts = [near[np.argmin(np.abs(near - start))] if len(near) else start]
        for strike in strikes[(strikes > start) & (strikes < end - limits.before)]:
            if strike - cuts[-1] >= limits.shortest:
                cuts.append(strike)
        notes += [(*ends, pitch) for ends in zip(cuts, [*cuts[1:], end], strict=True)]
    notes = np.array(notes).reshape(-1, 3)
    return notes[:, :2], notes[:, 2]


def _runs(times: np.ndarray, hertz: np.ndarray, limits: Thresholds) -> list[list[float]]:
    """[start s, end s, median f0 Hz] of the runs of one pitch."""
    voiced = np.flatnonzero(hertz)
    if not len(voiced):
        return []
    hop = np.median(np.diff(times)) if len(times) > 1 else limits.shortest
    when = times[voiced]
    sure, hertz = hertz[voiced] > 0, np.abs(hertz[voiced])
    pitch = median_filter(12 * np.log2(hertz), limits.smooth)
    broken = np.diff(when, prepend=-np.inf) > 1.5 * hop
    starts, total, count = [], 0.0, 0
    for k, semitone in enumerate(pitch):
        if broken[k] or abs(semitone - total / count) > limits.change:
            starts.append(k)
            total, count = 0.0, 0
        total, count = total + semitone, count + 1
    runs, until = [], 0
    for first, last in zip(starts, [*starts[1:], len(when)], strict=True):
        start, end, f0 = when[first], when[last - 1] + hop, np.median(hertz[first:last])
        if end - start < limits.shortest or sure[first:last].mean() < limits.sure:
            continue
        close = runs and start - runs[-1][1] <= limits.gap and not broken[until : first + 1].any()
        if close and abs(12 * np.log2(f0 / runs[-1][2])) < limits.change:
            runs[-1][1] = end
        else:
            runs.append([start, end, f0])
        until = last
    return runs
