"""basic-pitch's own note creation at its own thresholds: polyphonic, in whole semitones, untouched."""

from typing import Any

import numpy as np

ONSET, FRAME, SHORTEST = 0.5, 0.3, 11  # activations; frames


def transcribe(heard: Any) -> tuple[np.ndarray, np.ndarray]:
    """See ``vimusic.evaluation.transcribers``."""
    times, frames, onsets, _ = heard.activations
    # Only now: what listens has imported the package without its warnings.
    from basic_pitch.note_creation import output_to_notes_polyphonic

    if len(times) <= SHORTEST:
        return np.empty((0, 2)), np.empty(0)
    notes = output_to_notes_polyphonic(
        frames, onsets, ONSET, FRAME, SHORTEST, infer_onsets=True, max_freq=None, min_freq=None
    )
    first, last, midi = np.array([note[:3] for note in notes], int).reshape(-1, 3).T
    return np.c_[times[first], times[last]], 440 * 2 ** ((midi - 69) / 12)
