"""Notes of one player: the f0 track cut where the pitch changes and where an onset is heard."""

import numpy as np
from scipy.ndimage import median_filter

# Chosen on the recordings named in vimusic.evaluation.onsets, where their neighbours score within 1 %.
SMOOTH = 5  # frames of f0 over which glitches are taken out
CHANGE = 0.8  # semitones from a note's mean so far at which another note begins
SHORTEST = 0.06  # s


def transcribe(heard) -> tuple[np.ndarray, np.ndarray]:
    """See ``vimusic.evaluation.transcribers``."""
    return segment(*heard.estimate, heard.struck)


def segment(times, hertz, onsets):
    """Notes of an f0 track (times s, hertz, <= 0 where unvoiced) with onset times (s).

    A note is a run of voiced frames. It ends where voicing ends, where an onset falls, or where the
    median-filtered pitch leaves the note's mean so far by more than ``CHANGE`` semitones. Runs
    shorter than ``SHORTEST`` are transitions, no notes.

    Returns intervals (n, 2) in s and the median f0 of each, (n,) Hz.
    """
    voiced = np.flatnonzero(hertz > 0)
    if not len(voiced):
        return np.empty((0, 2)), np.empty(0)
    hop = np.median(np.diff(times)) if len(times) > 1 else SHORTEST
    when = times[voiced]
    pitch = median_filter(12 * np.log2(hertz[voiced]), SMOOTH)
    struck = np.diff(np.searchsorted(onsets, when, side="right"), prepend=0) > 0
    broken = struck | (np.diff(when, prepend=-np.inf) > 1.5 * hop)
    starts, total, count = [], 0.0, 0
    for k, semitone in enumerate(pitch):
        if broken[k] or abs(semitone - total / count) > CHANGE:
            starts.append(k)
            total, count = 0.0, 0
        total, count = total + semitone, count + 1
    ends = [*starts[1:], len(when)]
    notes = [
        (when[first], when[last - 1] + hop, np.median(hertz[voiced[first:last]]))
        for first, last in zip(starts, ends, strict=True)
        if when[last - 1] + hop - when[first] >= SHORTEST
    ]
    notes = np.array(notes).reshape(-1, 3)
    return notes[:, :2], notes[:, 2]
