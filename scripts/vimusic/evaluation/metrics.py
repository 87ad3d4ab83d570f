"""Every metric, each defined once: what it measures, its name in tables, which side is better (paper 4.2).

To add one, write a function of a ``Heard`` under ``@metric`` below. Scores, tables, intervals, verdicts and
docs/metrics.md (``python -m vimusic.evaluation.metrics`` prints its list) follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import mir_eval
import numpy as np
import pandas as pd

from vimusic.data.urmp import Notes
from vimusic.evaluation import activations, activity, dynamics, onsets, pitch, spectra, transcription, vibrato
from vimusic.evaluation.markup import to_markdown
from vimusic.evaluation.transcribers import TRANSCRIBERS

Track = tuple[np.ndarray, np.ndarray]  # times (n,) s, hertz (n,), <= 0 where unvoiced
Measure = Callable[["Heard"], float]
SIGNS = {"lower": -1, "higher": 1, "neither": 0}
ARROWS = {"lower": " ↓", "higher": " ↑", "neither": ""}
FLOOR = 6 * np.log(10)  # 60 dB in ln-power units
SEMITONE = 100 + 1e-6  # cents; mir_eval compares with <; the semitone is included, rounding errors too


class Paper(NamedTuple):
    """A metric that the paper reports."""

    name: str  # in a sentence
    column: str  # heading of the paper's own values
    tolerance: float  # how near to the paper's value is reproduced
    unstated: str = ""  # what the paper leaves open, said with every verdict
    tracker: str | None = None  # what heard it


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What is known of a metric besides its values, which are plain numbers per stem.

    Raises
    ------
    ValueError
        ``better`` is no side, or it is not said how the values come about.
    """

    name: str  # in files
    title: str  # in tables
    better: Literal["lower", "higher", "neither"]
    definition: str  # one line
    unit: str = ""  # "%": a share, shown times 100
    decimals: int = 2
    shown: bool = False  # in Table 1 as people read it; table1.csv has every metric
    paper: Paper | None = None
    measure: Measure | None = None  # NaN where a stem has no value
    skill_of: str | None = None  # or, of that metric, 1 - its sum / its sum for the mean spectrum
    pooled: bool = False  # or over all stems of a row at once, by a module of its own

    def __post_init__(self) -> None:
        if self.better not in SIGNS:
            raise ValueError(f"metric {self.name}: better is one of {', '.join(SIGNS)}, not {self.better!r}")
        if [self.measure is None, self.skill_of is None, not self.pooled].count(False) != 1:
            raise ValueError(f"metric {self.name}: give one of measure, skill_of and pooled")

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is, 0 where neither is."""
        return SIGNS[self.better]

    @property
    def factor(self) -> int:
        """What a value is multiplied by to be shown."""
        return 100 if self.unit == "%" else 1

    @property
    def heading(self) -> str:
        """Of its column: title, unit and the side that is better."""
        return f"{self.title}{self.unit and f' {self.unit}'}{ARROWS[self.better]}"

    @property
    def label(self) -> str:
        """Of its line in a table: name and unit."""
        return f"{self.name.replace('_', ' ')}{self.unit and f', {self.unit}'}"


METRICS: dict[str, Metric] = {}  # name -> metric, in the order of Table 1's columns


def add(metric: Metric) -> None:
    """Put ``metric`` into ``METRICS``.

    Raises
    ------
    ValueError
        There is one of its name.
    """
    if metric.name in METRICS:
        raise ValueError(f"metric {metric.name} is defined twice")
    METRICS[metric.name] = metric


def metric(
    title: str, *, better: Literal["lower", "higher", "neither"], **known: Any
) -> Callable[[Measure], Measure]:
    """Decorator of the function (``Heard`` -> float) that measures a metric: its name is the metric's, the
    first line of its docstring the definition, ``known`` the other fields of ``Metric``."""

    def register(measure: Measure) -> Measure:
        definition = measure.__doc__.partition("\n")[0].rstrip(".")
        name = measure.__name__
        add(Metric(name=name, title=title, better=better, definition=definition, measure=measure, **known))
        return measure

    return register


def reported() -> list[Metric]:
    """The metrics that the paper reports."""
    return [metric for metric in METRICS.values() if metric.paper]


def measure(heard: "Heard") -> dict[str, float]:
    """Name -> value of every metric that is measured on a stem."""
    return {metric.name: metric.measure(heard) for metric in METRICS.values() if metric.measure}


def listed() -> str:
    """The metrics as docs/metrics.md lists them (Markdown)."""
    lines = [
        {
            "metric": f"`{m.name}`",
            "heading": m.heading,
            "in Table 1": "yes" if m.shown else "",
            "is": m.definition,
        }
        for m in METRICS.values()
    ]
    return to_markdown(pd.DataFrame(lines))


@dataclass(frozen=True, eq=False, kw_only=True)
class Sound:
    """What a row makes of a stem, or of a whole piece, beside the truth. What several metrics need is worked
    out once, when the first asks for it.

    Parameters
    ----------
    signal, recording : (N,) at ``sample_rate``.
    notes : annotated notes.
    """

    signal: np.ndarray
    recording: np.ndarray
    sample_rate: int
    notes: Notes

    @cached_property
    def activations(self) -> activations.Activations:
        """What basic-pitch hears."""
        return activations.listen(self.signal, self.sample_rate)


@dataclass(frozen=True, eq=False, kw_only=True)
class Heard(Sound):
    """A held-out stem as a row of Table 1 makes it sound, beside the truth.

    Parameters
    ----------
    predicted, true : log-mels (T, n_mels), a frame every ``hop_length`` samples; a stitch may end before the
        truth.
    reference : annotated f0.
    tracker : that hears ``signal``, of ``pitch.TRACKERS``.
    """

    predicted: np.ndarray
    true: np.ndarray
    hop_length: int
    reference: Track
    tracker: str

    @cached_property
    def mels(self) -> tuple[np.ndarray, np.ndarray]:
        """Predicted and true log-mel, (T, n_mels), over the frames that both have."""
        length = min(len(self.predicted), len(self.true))
        return self.predicted[:length], self.true[:length]

    @cached_property
    def errors(self) -> np.ndarray:
        """Mean squared error of each frame of ``mels``, (T,)."""
        predicted, true = self.mels
        return np.mean((predicted.astype(np.float64) - true) ** 2, axis=1)

    @cached_property
    def played(self) -> np.ndarray:
        """Whether each frame of ``mels`` lies inside an annotated note, (T,)."""
        return activity.inside(self.notes, np.arange(len(self.mels[0])) * self.hop_length / self.sample_rate)

    @cached_property
    def estimate(self) -> Track:
        """f0 that the tracker hears."""
        return pitch.track(self.signal, self.sample_rate, self.tracker)

    @cached_property
    def melody(self) -> tuple[np.ndarray, ...] | None:
        """``aligned`` annotated and heard f0."""
        return aligned(self.reference, self.estimate)

    @cached_property
    def strength(self) -> np.ndarray:
        """Onset strength of the signal, (1 + N // onsets.HOP,)."""
        return onsets.strength(self.signal, self.sample_rate)

    @cached_property
    def struck(self) -> np.ndarray:
        """Onset times heard in the signal, (k,) s."""
        return onsets.detect(self.strength, self.sample_rate)


def aligned(reference: Track, estimate: Track) -> tuple[np.ndarray, ...] | None:
    """Two f0 tracks at the times of ``reference``: its voicing and cents, those of ``estimate``, each (n,)
    (mir_eval). None where ``reference`` has no voiced frame."""
    if not np.any(reference[1] > 0):
        return None
    return mir_eval.melody.to_cent_voicing(*reference, *estimate)


def within(melody: tuple[np.ndarray, ...] | None, cents: float) -> float:
    """Share of the reference's voiced frames in which ``aligned`` tracks lie nearer than ``cents``; NaN
    without one."""
    return _score(mir_eval.melody.raw_pitch_accuracy, melody, cent_tolerance=cents)


def _score(score: Callable[..., float], melody: tuple[np.ndarray, ...] | None, **options: float) -> float:
    return float("nan") if melody is None else float(score(*melody, **options))


def pitch_agreement(one: Track, other: Track) -> float:
    """Share of the frames voiced in both f0 tracks that lie within 50 cents.

    Compared at the times of ``one``, the other interpolated (mir_eval). NaN where no frame is voiced
    in both.
    """
    voiced, cents, also, others = mir_eval.melody.to_cent_voicing(*one, *other)
    both = (voiced > 0) & (also > 0)
    if not both.any():
        return float("nan")
    return float(np.mean(np.abs(cents - others)[both] <= 50))


@metric(
    "MSE",
    better="lower",
    shown=True,
    paper=Paper("MSE", "MSE", 0.5, unstated="the paper's log scale is unstated"),
)
def mse(heard: Heard) -> float:
    """Mean squared error of the log-mel, in ln-power units squared (paper Table 1)."""
    return float(np.mean(heard.errors))


add(
    Metric(
        name="skill",
        title="skill",
        better="higher",
        definition="1 − MSE / MSE of the mean spectrum",
        shown=True,
        skill_of="mse",
    )
)


@metric("MSE of notes", better="lower")
def mse_sounding(heard: Heard) -> float:
    """MSE over the frames inside annotated notes: without the noise floor of rests."""
    return float(np.mean(heard.errors[heard.played])) if heard.played.any() else float("nan")


@metric("MSE above floor", better="lower")
def mse_floored(heard: Heard) -> float:
    """MSE with both log-mels floored 60 dB below the recording's loudest cell."""
    predicted, true = (np.maximum(mel.astype(np.float64), heard.true.max() - FLOOR) for mel in heard.mels)
    return float(np.mean((predicted - true) ** 2))


@metric("MSE in rests", better="neither", unit="%", decimals=1)
def mse_rest_share(heard: Heard) -> float:
    """Share of the squared error that is made outside annotated notes."""
    total = heard.errors.sum()
    return float(heard.errors[~heard.played].sum() / total) if total else float("nan")


@metric(
    "pitch acc.",
    better="higher",
    unit="%",
    decimals=1,
    shown=True,
    paper=Paper("pitch accuracy", "pitch %", 0.05, tracker="crepe"),
)
def pitch_accuracy(heard: Heard) -> float:
    """Annotated-voiced frames within a semitone, inclusive, as in the paper (Table 1)."""
    return within(heard.melody, SEMITONE)


@metric("RPA 50 c", better="higher", unit="%", decimals=1, shown=True)
def rpa(heard: Heard) -> float:
    """Annotated-voiced frames within 50 cents (raw pitch accuracy, mir_eval)."""
    return within(heard.melody, 50)


@metric("RCA 50 c", better="higher", unit="%", decimals=1)
def rca(heard: Heard) -> float:
    """Annotated-voiced frames within 50 cents, octaves aside (raw chroma accuracy, mir_eval)."""
    return _score(mir_eval.melody.raw_chroma_accuracy, heard.melody, cent_tolerance=50)


@metric("pitch heard", better="higher", unit="%", decimals=1, shown=True)
def pitch_heard(heard: Heard) -> float:
    """Annotated-voiced frames within 50 cents by the tracker or by basic-pitch's contours.

    What one ear misses is not held against the sound: trackers fall by octaves on real instruments, each on
    others. Two guesses hit by chance more often than one: read it beside ``mean_spectrum`` and the recording.
    """
    if heard.melody is None:
        return float("nan")
    contour = activations.contour(heard.activations, heard.signal, heard.sample_rate)
    other = aligned(heard.reference, contour)
    voiced, cents = heard.melody[:2]
    near = [(np.abs(ear - cents) < 50) & (ear > 0) for *_, ear in (heard.melody, other)]
    return float(np.any(near, axis=0)[voiced > 0].mean())


@metric("octave errors", better="lower", unit="%", decimals=1)
def octave_errors(heard: Heard) -> float:
    """Annotated-voiced frames off by whole octaves, within 50 cents of them (RCA − RPA)."""
    return rca(heard) - rpa(heard)


@metric("voicing recall", better="higher", unit="%", decimals=1)
def voicing_recall(heard: Heard) -> float:
    """Annotated-voiced frames in which a pitch is heard (mir_eval)."""
    return _score(mir_eval.melody.voicing_recall, heard.melody and heard.melody[::2])


@metric("voicing false alarm", better="lower", unit="%", decimals=1)
def voicing_false_alarm(heard: Heard) -> float:
    """Annotated-unvoiced frames in which a pitch is heard (mir_eval)."""
    return _score(mir_eval.melody.voicing_false_alarm, heard.melody and heard.melody[::2])


@metric("overall acc. 50 c", better="higher", unit="%", decimals=1)
def overall_accuracy(heard: Heard) -> float:
    """Frames rightly unvoiced, or voiced and within 50 cents (mir_eval)."""
    return _score(mir_eval.melody.overall_accuracy, heard.melody, cent_tolerance=50)


@metric("onset F1", better="higher", unit="%", decimals=1, shown=True)
def onset_f1(heard: Heard) -> float:
    """Onsets heard within 50 ms of the annotated ones."""
    return onsets.onset_f1(heard.notes.onset, heard.struck)


def _notes_by(transcriber: str) -> Metric:
    """Note F1 as the ``transcriber`` hears it; ``ours`` comes without its name."""
    named = "" if transcriber == "ours" else transcriber
    return Metric(
        name="_".join(filter(None, ["note_f1", named])),
        title=f"note F1 {named.replace('_', '-')}".strip(),
        better="higher",
        definition=f"Notes heard within 50 ms and 50 cents, ends ignored, by transcribers/{transcriber}.py",
        unit="%",
        decimals=1,
        shown=True,
        measure=lambda heard: transcription.note_f1(heard.notes, *TRANSCRIBERS[transcriber](heard)),
    )


for _name in sorted(TRANSCRIBERS, key="ours".__ne__):
    add(_notes_by(_name))


@metric("activity F1", better="higher", unit="%", decimals=1)
def activity_f1(heard: Heard) -> float:
    """Frames above −30 dB of the loudest against annotated notes."""
    return activity.activity_f1(heard.notes, activity.sounding(heard.signal), heard.sample_rate)


@metric("chroma", better="higher", shown=True)
def chroma(heard: Sound) -> float:
    """Cosine of chroma frames where the recording sounds."""
    return spectra.chroma_similarity(heard.signal, heard.recording, heard.sample_rate)


@metric("MR-STFT", better="lower", shown=True)
def mr_stft(heard: Sound) -> float:
    """Multi-resolution STFT distance from the recording."""
    return spectra.mr_stft(heard.signal, heard.recording)


add(
    Metric(
        name="frechet",
        title="Fréchet dist.",
        better="lower",
        decimals=3,
        definition="Fréchet distance from the recordings of what basic-pitch hears, all stems at once",
        shown=True,
        pooled=True,
    )
)


@metric("loudness corr.", better="higher", shown=True)
def loudness_corr(heard: Heard) -> float:
    """Correlation of the loudness curves.

    Loudness is the power of a frame over all bands in dB. NaN where one of the curves is constant.
    """
    levels = [10 * np.log10(np.exp(mel.astype(np.float64)).sum(axis=1)) for mel in heard.mels]
    if min(level.std() for level in levels) < 1e-6:
        return float("nan")
    return float(np.corrcoef(*levels)[0, 1])


@metric("note loudness error", better="lower", unit="dB", decimals=1)
def note_loudness_error(heard: Heard) -> float:
    """RMS difference from the recording of the annotated notes' levels, the mean difference aside."""
    sounds = (heard.signal, heard.recording)
    return dynamics.level_error(*(dynamics.note_levels(heard.notes, x, heard.sample_rate) for x in sounds))


@metric("vibrato error", better="lower", unit="cents", decimals=1)
def vibrato_error(heard: Heard) -> float:
    """Mean difference from the recording of the vibrato's extents, of notes from 0.45 s that both hold."""
    sounds = (vibrato.track(sound, heard.sample_rate) for sound in (heard.signal, heard.recording))
    ours, theirs = (vibrato.extents(heard.notes, *sound) for sound in sounds)
    difference = np.abs(ours - theirs)[~np.isnan(ours - theirs)]
    return float(difference.mean()) if len(difference) else float("nan")


@metric("lag", better="neither", unit="ms", decimals=1)
def av_lag(heard: Heard) -> float:
    """Time by which onsets come later than the recording's."""
    recording = onsets.strength(heard.recording, heard.sample_rate)
    return onsets.lag(heard.strength, recording, heard.sample_rate)


if __name__ == "__main__":
    print(listed(), end="")
