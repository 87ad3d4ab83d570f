"""What an eye reads of a player, frame by frame and note by note, against what was played: no sound between.

Only variants whose output is ``vimusic.models.outputs.transcription`` read notes.
"""

from dataclasses import dataclass

import mir_eval
import numpy as np

from vimusic.data import fingering
from vimusic.evaluation.metrics import Metric
from vimusic.evaluation.onsets import TOLERANCE
from vimusic.models.outputs.transcription import DECODERS, SIZES, TRUE, notes_of
from vimusic.timebase import TimeBase

Note = tuple[float, float, float]  # onset s, end s, MIDI pitch


@dataclass(frozen=True)
class Read:
    """One stem: what the output gave, ``given`` (T, sum of SIZES); what was ``played`` (T, len(TRUE)), and
    its ``notes``; both on ``clock``."""

    given: np.ndarray
    played: np.ndarray
    notes: list[Note]
    clock: TimeBase

    def part(self, name: str) -> np.ndarray:
        """One of ``SIZES`` in what was given: (T,), or (T, 128) of pitch."""
        parts = np.split(self.given, np.cumsum(list(SIZES.values()))[:-1], axis=1)
        return dict(zip(SIZES, parts, strict=True))[name].squeeze()

    def true(self, name: str) -> np.ndarray:
        """A column of what was played: (T,)."""
        return self.played[:, TRUE.index(name)]

    @property
    def sounding(self) -> np.ndarray:
        """(T,) bool: frames in which a note is played."""
        return self.true("sounding") > 0


def activity_f1(read: Read) -> float:
    """Frames read as sounding against those inside a note."""
    active, played = read.part("activity") > 0, read.sounding
    return float(2 * (active & played).sum() / max(active.sum() + played.sum(), 1))


def _onsets(read: Read) -> tuple[float, float, float]:
    """(F-measure, precision, recall) of the onsets of the notes read, within 50 ms."""
    played = np.array(sorted(onset for onset, *_ in read.notes))
    found = np.array([onset for onset, *_ in notes_of(read.given, read.clock)])
    return mir_eval.onset.f_measure(played, found, window=TOLERANCE) if len(found) else (0.0, 0.0, 0.0)


def onset_f1(read: Read) -> float:
    """Onsets of the notes read within 50 ms of the played ones, matched once each (mir_eval.onset)."""
    return float(_onsets(read)[0])


def onset_precision(read: Read) -> float:
    """Share of the onsets read that are played."""
    return float(_onsets(read)[1])


def onset_recall(read: Read) -> float:
    """Share of the onsets played that are read."""
    return float(_onsets(read)[2])


def loudness_correlation(read: Read) -> float:
    """Correlation of loudness in dB, read and played, over the frames inside a note."""
    ours, theirs = read.part("loudness")[read.sounding], read.true("loudness")[read.sounding]
    return (
        float(np.corrcoef(ours, theirs)[0, 1])
        if len(ours) > 1 and ours.std() and theirs.std()
        else float("nan")
    )


def _semitones(read: Read) -> np.ndarray:
    """The likeliest pitch less the played one in the frames inside a note."""
    return (read.part("pitch").argmax(1) - np.round(read.true("pitch")))[read.sounding]


def pitch(read: Read) -> float:
    """Share of the frames inside a note whose likeliest pitch is the played one."""
    return float((_semitones(read) == 0).mean())


def chroma(read: Read) -> float:
    """The same, octaves apart counted as right."""
    return float((_semitones(read) % 12 == 0).mean())


def note_pitch(read: Read, decoder: str) -> float:
    """Share of the frames inside a note in which the note read has the played pitch."""
    rate = read.clock.sample_rate / read.clock.hop_length
    line = np.full(len(read.given), -1.0)
    for onset, end, midi in notes_of(read.given, read.clock, decoder):
        line[round(onset * rate) : round(end * rate)] = midi
    return float((line == np.round(read.true("pitch")))[read.sounding].mean())


def _metric(name: str, title: str, measure: object, unit: str = "%", decimals: int = 1) -> Metric:
    definition = (measure.__doc__ or "").partition("\n")[0].rstrip(".")
    return Metric(name=name, title=title, better="higher", unit=unit, decimals=decimals,
                  definition=definition, measure=measure)  # fmt: skip


def _decoded(decoder: str) -> object:
    def measure(read: Read) -> float:
        return note_pitch(read, decoder)

    measure.__doc__ = (
        f"Share of the frames inside a note in which the note read, by {decoder}, has the played pitch."
    )
    return measure


MEASURED = (
    _metric("activity_f1", "activity F1", activity_f1),
    _metric("onset_f1", "onset F1", onset_f1),
    _metric("onset_precision", "precision", onset_precision),
    _metric("onset_recall", "recall", onset_recall),
    _metric("loudness_correlation", "loudness corr.", loudness_correlation, unit="", decimals=2),
    _metric("pitch", "pitch", pitch),
    _metric("chroma", "chroma", chroma),
    *(_metric(f"note_pitch_{name}", f"notes, {name}", _decoded(name)) for name in DECODERS),
)


def measure(read: Read, told: bool = False) -> dict[str, float]:
    """Name -> value of every metric of a stem; of the loudness alone, if the reader is ``told`` the notes."""
    chosen = [metric for metric in MEASURED if not told or metric.name == "loudness_correlation"]
    return {metric.name: metric.measure(read) for metric in chosen}


def ceilings(instruments: list[str]) -> dict[str, float]:
    """What an eye that sees all of mini-URMP's hands, keys and lips names: ``pitch`` and ``chroma``, means
    over the ``instruments`` of stems."""
    found = np.array([fingering.ceiling(instrument) for instrument in instruments])
    return dict(zip(("chroma", "pitch"), found.mean(0).tolist(), strict=True))
