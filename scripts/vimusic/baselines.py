"""Anchor rows: predictors that see neither video nor notes, and the ceiling of the inversion.

What a learned row is worth shows only beside these.
"""

import numpy as np

from vimusic.audio import FLOOR


def silence(mel, instrument, train):
    """Digital silence."""
    return np.full_like(mel, np.log(FLOOR))


def mean_spectrum(mel, instrument, train):
    """The mean log-mel frame of the training set, held throughout."""
    return np.broadcast_to(_mean(train), mel.shape)


def instrument_mean(mel, instrument, train):
    """The mean frame of the training stems of the same instrument (of all, if it has none)."""
    same = [(code, frames) for code, frames in train if code == instrument]
    return np.broadcast_to(_mean(same or train), mel.shape)


def copy_synthesis(mel, instrument, train):
    """The true log-mel: what the mel inversion alone costs."""
    return mel


def _mean(train):
    """Mean frame (n_mels,) of (instrument, mel) pairs, every frame counting the same."""
    total = sum(mel.sum(axis=0, dtype=np.float64) for _, mel in train)
    return (total / sum(len(mel) for _, mel in train)).astype(np.float32)


BASELINES = {
    "silence": silence,
    "mean_spectrum": mean_spectrum,
    "instrument_mean": instrument_mean,
    "copy_synthesis": copy_synthesis,
}
