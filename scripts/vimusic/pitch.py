"""f0 trackers behind one call: CREPE as in the paper, a fast network, pYIN.

Every tracker returns (times s, f0 Hz, confidence 0..1), each (n,); f0 is its best guess in every
frame, so accuracy does not hang on a voicing threshold.
"""

import librosa
import numpy as np

RATE = 16000  # CREPE and SwiftF0 were trained at 16 kHz
LOWEST, HIGHEST = 32.7, 2093.0  # C1, CREPE's lowest bin, to C7
HOP = 160  # 10 ms at 16 kHz: frames centred on exact multiples, URMP's annotation hop
VOICED = 0.5  # confidence from which a frame counts as voiced
SILENT = 1e-4  # a signal that nowhere exceeds -80 dBFS has no pitch at all
GATE = 1e-3  # frames 60 dB below the loudest have no pitch: trackers invent one in silence


def crepe(signal, model="full"):
    """CREPE (Kim et al. 2018) through torchcrepe with CREPE's own decoder."""
    import torch
    import torchcrepe

    hertz, confidence = torchcrepe.predict(
        torch.from_numpy(signal)[None],
        RATE,
        hop_length=HOP,
        fmin=LOWEST,
        fmax=HIGHEST,
        model=model,
        decoder=torchcrepe.decode.weighted_argmax,
        batch_size=512,
        device="cuda" if torch.cuda.is_available() else "cpu",
        return_periodicity=True,
    )
    hertz = hertz[0].cpu().numpy()
    return np.arange(len(hertz)) * HOP / RATE, hertz, confidence[0].cpu().numpy()


def crepe_tiny(signal):
    """CREPE's smallest network, about 15 times faster than the full one."""
    return crepe(signal, model="tiny")


def swift_f0(signal):
    """SwiftF0, a small ONNX network, about 90 times faster than CREPE on a CPU."""
    from swift_f0 import SwiftF0

    result = SwiftF0(threads=1).detect(signal, RATE)
    return result.timestamps, result.pitch_hz, result.confidence


def pyin(signal):
    """pYIN (Mauch and Dixon 2014), no network at all."""
    hertz, _, confidence = librosa.pyin(
        signal, fmin=LOWEST, fmax=HIGHEST, sr=RATE, hop_length=HOP, fill_na=None
    )
    return np.arange(len(hertz)) * HOP / RATE, hertz, confidence


TRACKERS = {"crepe": crepe, "crepe_tiny": crepe_tiny, "swift_f0": swift_f0, "pyin": pyin}


def track(signal, sample_rate, tracker):
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
