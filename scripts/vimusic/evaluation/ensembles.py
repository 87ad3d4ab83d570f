"""Ensembles: all players of a held-out piece together, against the sum of their recordings."""

from collections.abc import Sequence

import librosa
import mir_eval
import numpy as np
import pandas as pd

from vimusic.data.urmp import Notes
from vimusic.evaluation import activity
from vimusic.evaluation.metrics import METRICS, Metric, Sound
from vimusic.evaluation.pitch import SILENT
from vimusic.evaluation.transcribers import basic_pitch

STEP = 0.01  # s
NOBODY = "no piece of two or more players is held out whole"


def whole_pieces(split: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Piece -> its stems, of the pieces of ``read_split``'s table that have two players or more, all of whom
    are held out from beginning to end."""
    pieces = split.groupby("piece", sort=False)
    return {piece: stems for piece, stems in pieces if len(stems) > 1 and stems.split.eq("test").all()}


def summed(signals: Sequence[np.ndarray]) -> np.ndarray:
    """Sum of signals, each (n,): (N,) float32, as long as the longest; a shorter one ends in silence."""
    total = np.zeros(max(map(len, signals)), np.float32)
    for signal in signals:
        total[: len(signal)] += signal
    return total


def gain(signal: np.ndarray, reference: np.ndarray) -> float:
    """Factor with which the levels (RMS) of the frames of ``signal`` (N,) are nearest to those of
    ``reference`` (N,), in least squares; 1 for a silent signal, which has no level to bring anywhere.

    One for a mix: how loud a model plays is a matter of a knob, but not how loud one player is beside
    another. Of levels, not of samples, because a model's phase is its own.
    """
    length = min(len(signal), len(reference))
    if np.abs(signal[:length]).max() < SILENT:
        return 1.0
    ours, theirs = (
        librosa.feature.rms(y=x[:length], frame_length=activity.N_FFT, hop_length=activity.HOP)[0]
        for x in (signal, reference)
    )
    return float(ours @ theirs / (ours @ ours))


def together(parts: Sequence[Notes]) -> Notes:
    """The notes of several players as those of one."""
    return Notes(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("onset", "hertz", "duration"))
    )


def pitches(intervals: np.ndarray, hertz: np.ndarray, times: np.ndarray) -> list[np.ndarray]:
    """The f0s (Hz) that sound at each of ``times`` (m,) s, of notes with ``intervals`` (n, 2) s and ``hertz``
    (n,); those that mir_eval takes for pitches, 20 Hz to 5 kHz."""
    taken = (hertz >= mir_eval.multipitch.MIN_FREQ) & (hertz <= mir_eval.multipitch.MAX_FREQ)
    intervals, hertz = intervals[taken], hertz[taken]
    sounding = (intervals[:, :1] <= times) & (times < intervals[:, 1:])
    return [hertz[now] for now in sounding.T]


def multipitch_f1(heard: Sound) -> float:
    """Pitches heard every 10 ms within half a semitone of the annotated ones, by transcribers/basic_pitch.py.

    F-measure over all instants together (mir_eval.multipitch). The ear hears one note where two players are
    in unison: the row ``recording`` says what it can tell.
    """
    notes = heard.notes
    times = np.arange(0, len(heard.recording) / heard.sample_rate, STEP)
    annotated = pitches(np.c_[notes.onset, notes.onset + notes.duration], notes.hertz, times)
    estimated = pitches(*basic_pitch.transcribe(heard), times)
    precision, recall, *_ = mir_eval.multipitch.metrics(times, annotated, times, estimated)
    return float(mir_eval.util.f_measure(precision, recall))


MEASURED = (
    METRICS["mr_stft"],
    METRICS["chroma"],
    Metric(
        name="multipitch_f1",
        title="multipitch F1",
        better="higher",
        unit="%",
        decimals=1,
        definition=multipitch_f1.__doc__.partition("\n")[0].rstrip("."),
        measure=multipitch_f1,
    ),
)


def measure(mix: Sound) -> dict[str, float]:
    """Name -> value of every metric of a mix."""
    return {metric.name: metric.measure(mix) for metric in MEASURED}
