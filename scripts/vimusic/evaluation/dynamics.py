"""How loud each note is played."""

import numpy as np

from vimusic.data.urmp import Notes
from vimusic.evaluation.pitch import SILENT

RANGE = 60.0  # dB below the loudest note, where softer ones are taken to lie: a note left out costs no more


def note_levels(notes: Notes, signal: np.ndarray, sample_rate: int) -> np.ndarray:
    """Level of ``signal`` (N,) over each of ``notes``, (n,) in dB re full scale: its mean power, at least
    ``RANGE`` below the loudest note's.

    NaN for a note that starts after the signal's end, and throughout where the signal is silent.
    """
    energy = np.concatenate([[0.0], np.cumsum(signal.astype(np.float64) ** 2)])
    ends = np.round(np.array([notes.onset, notes.onset + notes.duration]) * sample_rate).astype(int)
    first, last = np.minimum(ends, len(signal))
    power = np.where(last > first, energy[last] - energy[first], np.nan) / np.maximum(last - first, 1)
    if not len(signal) or np.abs(signal).max() < SILENT or np.isnan(power).all():
        return np.full(len(power), np.nan)
    loudest = np.nanmax(power)
    if loudest < SILENT**2:  # sounds in rests only
        return np.full(len(power), np.nan)
    return 10 * np.log10(np.maximum(power, loudest * 10 ** (-RANGE / 10)))


def level_error(levels: np.ndarray, reference: np.ndarray) -> float:
    """RMS difference in dB of two sounds' ``note_levels``, (n,), after their mean difference is removed, so
    that an overall gain does not count. NaN under two notes."""
    difference = levels - reference
    difference = difference[~np.isnan(difference)]
    return float(difference.std()) if len(difference) > 1 else float("nan")
