"""What Spotify's basic-pitch (Bittner et al. 2022) hears: an ear that nobody here tuned.

Its ICASSP 2022 network, 230 kB of ONNX inside the wheel, run over the windows that the package cuts. None
of it needs TensorFlow, which the package declares. Notes come from it (``transcribers.basic_pitch``), and a
pitch beside the tracker's (the metric ``pitch_heard``).
"""

import logging
from typing import NamedTuple

import librosa
import numpy as np

from vimusic.evaluation.pitch import GATE, SILENT

OVERLAP = 30  # frames between windows, the package's
LOWEST, BINS = 27.5, 36  # Hz of the first contour bin; bins an octave
NEAR = 2  # contour bins on each side of the highest over which f0 is averaged
STEP = 0.01  # s


class Activations(NamedTuple):
    """Each in [0, 1], n frames."""

    times: np.ndarray  # (n,) s, not quite evenly spaced
    notes: np.ndarray  # (n, 88) of the keys of a piano
    onsets: np.ndarray  # (n, 88)
    contours: np.ndarray  # (n, 264) of thirds of a semitone


def listen(signal: np.ndarray, sample_rate: int) -> Activations:
    """Activations of ``signal`` (N,): no frame in a silent one."""
    logging.disable(logging.WARNING)  # of TensorFlow and others, which are not wanted
    import onnxruntime
    from basic_pitch import FilenameSuffix, build_icassp_2022_model_path, constants
    from basic_pitch.inference import unwrap_output, window_audio_file
    from basic_pitch.note_creation import model_frames_to_time

    logging.disable(logging.NOTSET)
    if not len(signal) or np.abs(signal).max() < SILENT:
        return Activations(np.empty(0), np.empty((0, 88)), np.empty((0, 88)), np.empty((0, 264)))
    signal = librosa.resample(
        signal, orig_sr=sample_rate, target_sr=constants.AUDIO_SAMPLE_RATE, res_type="soxr_hq"
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnxruntime.InferenceSession(build_icassp_2022_model_path(FilenameSuffix.onnx), options)
    overlap = OVERLAP * constants.FFT_HOP
    padded = np.concatenate([np.zeros(overlap // 2), signal]).astype(np.float32)
    windows = window_audio_file(padded, constants.AUDIO_N_SAMPLES - overlap)
    names = [f"StatefulPartitionedCall:{k}" for k in (1, 2, 0)]
    outputs = [model.run(names, {"serving_default_input_2:0": window[None]}) for window, _ in windows]
    joined = [
        unwrap_output(np.concatenate(parts), len(signal), OVERLAP) for parts in zip(*outputs, strict=True)
    ]
    return Activations(model_frames_to_time(len(joined[0])), *joined)


def contour(activations: Activations, signal: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """f0 of the highest contour: times (m,) s, ``STEP`` apart, and hertz (m,), 0 where ``signal`` (N,) is
    silent (``pitch.GATE``)."""
    times = np.arange(0, len(signal) / sample_rate, STEP)
    if not len(activations.times):
        return times, np.zeros(len(times))
    salience = activations.contours
    bins = salience.argmax(axis=1)[:, None] + np.arange(-NEAR, NEAR + 1)
    bins = np.clip(bins, 0, salience.shape[1] - 1)
    weights = np.take_along_axis(salience, bins, axis=1)
    hertz = LOWEST * 2 ** ((bins * weights).sum(axis=1) / weights.sum(axis=1) / BINS)
    nearest = np.searchsorted((activations.times[1:] + activations.times[:-1]) / 2, times)
    level = librosa.feature.rms(y=signal, frame_length=1024, hop_length=256)[0]
    level = np.interp(times, np.arange(len(level)) * 256 / sample_rate, level)
    return times, np.where(level < GATE * level.max(), 0.0, hertz[nearest])
