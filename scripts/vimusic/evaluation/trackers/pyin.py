"""pYIN (Mauch and Dixon 2014), no network at all."""

import librosa
import numpy as np

from vimusic.evaluation.trackers import HIGHEST, HOP, LOWEST, RATE


def track(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """See ``vimusic.evaluation.trackers``."""
    hertz, _, confidence = librosa.pyin(
        signal, fmin=LOWEST, fmax=HIGHEST, sr=RATE, hop_length=HOP, fill_na=None
    )
    return np.arange(len(hertz)) * HOP / RATE, hertz, confidence
