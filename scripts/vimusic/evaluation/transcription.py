"""Notes heard in a sound, against the annotated ones (MIREX note tracking)."""

import mir_eval
import numpy as np

from vimusic.data.urmp import Notes

TOLERANCE, CENTS = 0.05, 50.0  # s of the onset; of the pitch (MIREX)


def note_f1(notes: Notes, intervals: np.ndarray, hertz: np.ndarray) -> float:
    """F-measure in [0, 1] of the notes heard, ``intervals`` (n, 2) in s and ``hertz`` (n,), against the
    annotated ``notes``: onset within 50 ms and pitch within 50 cents, whatever the end (mir_eval).

    NaN without an annotated note, 0 without a heard one.
    """
    if not len(notes.onset):
        return float("nan")
    if not len(hertz):
        return 0.0
    reference = np.c_[notes.onset, notes.onset + notes.duration]
    *_, f1, _ = mir_eval.transcription.precision_recall_f1_overlap(
        reference,
        notes.hertz,
        intervals,
        hertz,
        onset_tolerance=TOLERANCE,
        pitch_tolerance=CENTS,
        offset_ratio=None,
    )
    return float(f1)
