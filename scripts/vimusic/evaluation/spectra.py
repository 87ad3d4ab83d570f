"""How alike two sounds are: chroma, and the STFT at several resolutions."""

import librosa
import numpy as np

from vimusic.evaluation import activity
from vimusic.evaluation.pitch import SILENT

CHROMA_FFT, CHROMA_HOP = 4096, 4 * activity.HOP  # samples; long, because low notes lie close
RESOLUTIONS = (512, 1024, 2048)  # n_fft; the hop is a quarter
FLOOR = 1e-3  # STFT magnitude above the rounding noise of 16-bit wavs, 110 dB below a full-scale sine


def chroma_similarity(signal: np.ndarray, reference: np.ndarray, sample_rate: int) -> float:
    """Mean cosine in [0, 1] between the chroma frames of two signals (N,), over the frames where
    ``reference`` sounds. A silent ``signal`` scores 0; NaN where ``reference`` is silent.

    Energy spread evenly over the twelve pitch classes, as in noise, does not score 0: read it beside
    the ``mean_spectrum`` row.
    """
    length = min(len(signal), len(reference))
    frames = activity.sounding(reference[:length])[:: CHROMA_HOP // activity.HOP]
    if not frames.any():
        return float("nan")
    if np.abs(signal[:length]).max() < SILENT:
        return 0.0
    ours, theirs = (
        librosa.feature.chroma_stft(
            y=x[:length], sr=sample_rate, n_fft=CHROMA_FFT, hop_length=CHROMA_HOP, norm=None, tuning=0.0
        )[:, frames]
        for x in (signal, reference)
    )
    size = np.linalg.norm(ours, axis=0) * np.linalg.norm(theirs, axis=0)
    return float(np.mean(np.sum(ours * theirs, axis=0) / np.maximum(size, 1e-10)))


def mr_stft(signal: np.ndarray, reference: np.ndarray) -> float:
    """Multi-resolution STFT distance of two signals (N,) (Yamamoto et al. 2020).

    With magnitudes S of ``signal`` and R of ``reference``: spectral convergence
    ||R - S|| / ||R|| (Frobenius) plus the mean of |ln R - ln S|, each magnitude floored at 1e-3; the mean
    over n_fft 512, 1024 and 2048 with a hop of a quarter. 0 for equal signals; not symmetric; depends
    on the level. NaN where ``reference`` lies below the floor.
    """
    length = min(len(signal), len(reference))
    distances = []
    for n_fft in RESOLUTIONS:
        ours, theirs = (
            np.maximum(np.abs(librosa.stft(x[:length], n_fft=n_fft, hop_length=n_fft // 4)), FLOOR)
            for x in (signal, reference)
        )
        if theirs.max() == theirs.min():
            return float("nan")
        convergence = np.linalg.norm(theirs - ours) / np.linalg.norm(theirs)
        distances.append(convergence + np.mean(np.abs(np.log(theirs / ours))))
    return float(np.mean(distances))
