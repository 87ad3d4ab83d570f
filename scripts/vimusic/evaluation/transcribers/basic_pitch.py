"""Spotify's basic-pitch (Bittner et al. 2022) at its own thresholds: an ear that nobody here tuned.

Its ICASSP 2022 network, 230 kB of ONNX inside the wheel, and its own note creation, neither of which needs
TensorFlow, which the package declares. It hears polyphony and whole semitones.
"""

import logging

import librosa
import numpy as np

from vimusic.evaluation.pitch import SILENT

ONSET, FRAME, SHORTEST = 0.5, 0.3, 11  # the package's defaults: activations; frames
OVERLAP = 30  # frames, between its windows


def transcribe(heard) -> tuple[np.ndarray, np.ndarray]:
    """See ``vimusic.evaluation.transcribers``."""
    logging.disable(logging.WARNING)  # of TensorFlow and others, which are not wanted
    import onnxruntime
    from basic_pitch import FilenameSuffix, build_icassp_2022_model_path, constants
    from basic_pitch.inference import unwrap_output, window_audio_file
    from basic_pitch.note_creation import model_frames_to_time, output_to_notes_polyphonic

    logging.disable(logging.NOTSET)
    signal = librosa.resample(
        heard.signal, orig_sr=heard.sample_rate, target_sr=constants.AUDIO_SAMPLE_RATE, res_type="soxr_hq"
    ).astype(np.float32)
    if len(signal) < SHORTEST * constants.FFT_HOP or np.abs(signal).max() < SILENT:
        return np.empty((0, 2)), np.empty(0)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnxruntime.InferenceSession(build_icassp_2022_model_path(FilenameSuffix.onnx), options)
    overlap = OVERLAP * constants.FFT_HOP
    padded = np.concatenate([np.zeros(overlap // 2, np.float32), signal])
    windows = [window for window, _ in window_audio_file(padded, constants.AUDIO_N_SAMPLES - overlap)]
    outputs = model.run(
        ["StatefulPartitionedCall:1", "StatefulPartitionedCall:2"],
        {"serving_default_input_2:0": np.stack(windows)},
    )
    frames, onsets = (unwrap_output(output, len(signal), OVERLAP) for output in outputs)
    notes = output_to_notes_polyphonic(
        frames, onsets, ONSET, FRAME, SHORTEST, infer_onsets=True, max_freq=None, min_freq=None
    )
    times = model_frames_to_time(len(frames))
    first, last, midi = np.array([note[:3] for note in notes], int).reshape(-1, 3).T
    return np.c_[times[first], times[last]], 440 * 2 ** ((midi - 69) / 12)
