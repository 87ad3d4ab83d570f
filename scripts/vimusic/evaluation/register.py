"""Error against register: how far the spectrum is off while each annotated note sounds (paper 4.2)."""

import numpy as np
import pandas as pd

from vimusic.data.urmp import Notes
from vimusic.timebase import TimeBase


def note_errors(predicted: np.ndarray, true: np.ndarray, notes: Notes, timebase: TimeBase) -> pd.DataFrame:
    """Log-mel MSE over the mel frames of each note: columns ``midi`` (note number), ``mse`` (ln-power
    units squared), ``frames``.

    A note that lies between two mel frames, or after the shorter mel's end, is left out.

    Parameters
    ----------
    predicted, true : (T, n_mels) log-mels.
    """
    length = min(len(predicted), len(true))
    errors = ((predicted[:length].astype(np.float64) - true[:length]) ** 2).mean(axis=1)
    times = timebase.mel_times(length)
    rows = []
    for onset, duration, midi in zip(notes.onset, notes.duration, notes.midi, strict=True):
        sounding = errors[(times >= onset) & (times < onset + duration)]
        if len(sounding):
            rows.append((int(midi), float(sounding.mean()), len(sounding)))
    return pd.DataFrame(rows, columns=["midi", "mse", "frames"])


def by_pitch(errors: pd.DataFrame) -> pd.DataFrame:
    """Mean over the notes of each pitch: row, midi, mse, notes.

    Parameters
    ----------
    errors : notes with columns row, midi, mse.
    """
    groups = errors.groupby(["row", "midi"], sort=False).mse
    return groups.agg(mse="mean", notes="size").reset_index().sort_values(["row", "midi"], kind="stable")
