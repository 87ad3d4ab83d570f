"""The pitch of a signal, by a tracker of choice."""

import librosa
import numpy as np

from vimusic.evaluation.trackers import HOP, RATE, TRACKERS

VOICED = 0.5  # confidence from which a frame counts as voiced
SILENT = 1e-4  # a signal that nowhere exceeds -80 dBFS has no pitch at all
GATE = 1e-3  # frames 60 dB below the loudest have no pitch: trackers invent one in silence


def track(signal: np.ndarray, sample_rate: int, tracker: str) -> tuple[np.ndarray, np.ndarray]:
    """f0 of ``signal`` (N,) by the ``tracker`` named in ``TRACKERS``.

    Returns
    -------
    times : (n,) s
    hertz : (n,) Hz in mir_eval's convention: positive voiced, negative a guess in a frame held
        unvoiced, 0 in silence (``GATE``).
    """
    signal = librosa.resample(signal, orig_sr=sample_rate, target_sr=RATE, res_type="soxr_hq")
    signal = signal.astype(np.float32)
    rms = librosa.feature.rms(y=signal, frame_length=1024, hop_length=HOP)[0]
    if rms.max() < SILENT:
        times = np.arange(len(rms)) * HOP / RATE
        return times, np.zeros(len(times))
    times, hertz, confidence = TRACKERS[tracker](signal)
    level = np.interp(times, np.arange(len(rms)) * HOP / RATE, rms)
    hertz = np.where(confidence >= VOICED, hertz, -np.abs(hertz))
    return times, np.where(level < GATE * rms.max(), 0.0, hertz)
