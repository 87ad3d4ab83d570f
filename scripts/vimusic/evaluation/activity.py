"""When a stem sounds and when it rests."""

import librosa
import numpy as np

from vimusic.data.urmp import Notes
from vimusic.evaluation.pitch import SILENT

N_FFT, HOP = 1024, 256  # samples
# Level, relative to the loudest frame, above which a stem sounds: of 25 to 50 dB below it, 30 fits the
# annotated notes of the recordings named in vimusic.evaluation.onsets best.
LOUD = 10 ** (-30 / 20)


def sounding(signal: np.ndarray) -> np.ndarray:
    """Whether each frame of ``signal`` (N,) is within 30 dB of its loudest: (1 + N // HOP,) bool.

    Nowhere in a silent signal.
    """
    level = librosa.feature.rms(y=signal, frame_length=N_FFT, hop_length=HOP)[0]
    return (level > LOUD * level.max()) & (level.max() > SILENT)


def inside(notes: Notes, times: np.ndarray) -> np.ndarray:
    """Whether each of ``times`` (s), (n,), lies inside one of ``notes``: (n,) bool."""
    started = np.searchsorted(np.sort(notes.onset), times, side="right")
    ended = np.searchsorted(np.sort(notes.onset + notes.duration), times, side="right")
    return started > ended


def activity_f1(notes: Notes, active: np.ndarray, sample_rate: int) -> float:
    """F-measure in [0, 1] of the frames ``active`` (n,) bool against those inside annotated ``notes``.

    NaN where no frame lies inside a note, 0 where none is active.
    """
    played = inside(notes, np.arange(len(active)) * HOP / sample_rate)
    if not played.any():
        return float("nan")
    return float(2 * np.sum(active & played) / (active.sum() + played.sum()))
