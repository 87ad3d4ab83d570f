"""Onsets of a sound: where they are, whether they are the annotated ones, how late they come."""

import librosa
import mir_eval
import numpy as np

from vimusic.evaluation.pitch import SILENT

N_FFT, HOP = 1024, 128  # samples
# Height above the local mean from which a peak of the strength (its maximum is 1) is an onset. With it
# librosa's detector finds the annotated onsets of the recordings of 15 real URMP stems (Rejouissance,
# Slavonic, Jerusalem; the training stems of configs/urmp_real.yaml) best. No model's output was used.
DELTA = 0.14
TOLERANCE = 0.05  # s (MIREX onset detection)
FARTHEST = 0.2  # s, the longest lag looked for
ALIKE = 0.1  # correlation from which two onset strengths have anything to align


def strength(signal: np.ndarray, sample_rate: int) -> np.ndarray:
    """Onset strength of ``signal`` (N,), librosa's mel spectral flux, every ``HOP`` samples: (1 + N // HOP,).

    Zero throughout for a silent signal and for one shorter than ``N_FFT``.
    """
    if len(signal) < N_FFT or np.abs(signal).max() < SILENT:
        return np.zeros(1 + len(signal) // HOP)
    return librosa.onset.onset_strength(y=signal, sr=sample_rate, n_fft=N_FFT, hop_length=HOP)


def detect(flux: np.ndarray, sample_rate: int, delta: float = DELTA) -> np.ndarray:
    """Times (k,) in s of the onsets in an onset strength (n,), sorted; none in silence. ``delta`` is the
    height above the local mean from which a peak is one."""
    return librosa.onset.onset_detect(
        onset_envelope=flux, sr=sample_rate, hop_length=HOP, units="time", delta=delta
    )


def onset_f1(reference: np.ndarray, estimate: np.ndarray) -> float:
    """F-measure in [0, 1] of onset times ``estimate`` (k,) s against ``reference`` (n,), each matched at
    most once within 50 ms (mir_eval). NaN without a reference onset, 0 without an estimated one."""
    if not len(reference):
        return float("nan")
    if not len(estimate):
        return 0.0
    return float(mir_eval.onset.f_measure(reference, estimate, window=TOLERANCE)[0])


def lag(flux: np.ndarray, reference: np.ndarray, sample_rate: int) -> float:
    """How late the onsets of a sound come, in ms: the shift within 200 ms at which its onset strength
    (n,) correlates best with the recording's. Negative is early; the step is ``HOP`` (5.8 ms).

    NaN where nothing can be aligned: one of them is constant, or no shift correlates above ``ALIKE``,
    or they are not longer than the longest shift.
    """
    farthest = round(FARTHEST * sample_rate / HOP)
    length = min(len(flux), len(reference))
    flux, reference = flux[:length] - flux[:length].mean(), reference[:length] - reference[:length].mean()
    power = np.linalg.norm(flux) * np.linalg.norm(reference)
    if length <= farthest or power == 0:
        return float("nan")
    shifts = np.arange(-farthest, farthest + 1)
    late = [flux[max(k, 0) : length + min(k, 0)] @ reference[max(-k, 0) : length - max(k, 0)] for k in shifts]
    best = int(np.argmax(late))
    if late[best] < ALIKE * power:
        return float("nan")
    return float(1000 * shifts[best] * HOP / sample_rate)
