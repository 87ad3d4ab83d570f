"""What is played, frame by frame: that a note sounds, that one begins, its pitch, its loudness, how far it is
out of tune. It is trained on the annotated notes and makes no sound: another variant is its ``voice``.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import log_softmax
from torch import nn

from vimusic.data.fingering import SIGNS, chart
from vimusic.data.urmp import INSTRUMENTS
from vimusic.features import note_features, performance
from vimusic.models.recipe import Recipe
from vimusic.settings import SCORE
from vimusic.timebase import TimeBase

PLAYS = True
NOTES = True
TRUTH = ("played",)
SKIPS = True  # a finger says which note by itself; through two LSTMs that is not learnt in a thousand steps
OWN = {
    "model.fusion": 128,
    "model.decoder": 128,
    "model.lookahead": True,
    "training.epochs": 16,  # of many small steps: for the first hundreds onsets are not seen at all
    "training.batch_size": 16,  # short clips of many players: of few, their looks are learnt by heart
    "training.window": 16,
    "training.step": 16,
    "training.learning_rate": 2e-3,
    "training.schedule": "one_cycle",
    "training.clip_norm": 1.0,
    "training.offsets": "random",
}
SIZES = {"activity": 1, "onset": 1, "loudness": 1, "intonation": 1, "pitch": 128}  # of what is given
TRUE = note_features.COLUMNS + performance.COLUMNS  # columns of what was played
MIDDLE, SPAN = -15.0, 20.0  # dB: loudness where training begins, which is about its mean, and one unit of it
OUTSIDE = -5.0  # log-odds of a note beyond an instrument's range
BLUR = 0.03  # s: how far from an onset a frame is still half right
STEP = (
    3.0  # semitones by which a step of a melody is e times less likely: most are of one or two (Huron 2006)
)
OCTAVE = 12
APART = 0.05  # s between two onsets, at least


class Output(nn.Module):
    """Hidden states to ``SIZES``: logits of activity, onset and pitch, this by the fingering chart and the
    range of the instrument, if that is told; loudness and intonation as they are in
    ``vimusic.features.performance``."""

    LOSS = "cross-entropies + squared errors of what is played"

    def __init__(self, width: int, recipe: Recipe) -> None:
        super().__init__()
        self.told = "instrument" in recipe.inputs
        self.reads_pitch = not SCORE & set(recipe.inputs)  # what the score says need not be learnt
        # What hands, keys and lips show is common to many pitches. A logit of each pitch beside it would
        # learn by heart what the training players play.
        self.layer = nn.Linear(width, 4 + (SIGNS if self.told else SIZES["pitch"]))
        charts = torch.from_numpy(np.stack([chart(code) for code in INSTRUMENTS]))
        outside = OUTSIDE * ~charts.any(2)  # all alike where an instrument has no chart
        self.register_buffer("charts", charts, persistent=False)
        self.register_buffer("outside", outside, persistent=False)

    def forward(
        self,
        hidden: torch.Tensor,
        clips: dict[str, torch.Tensor],
        scale: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> torch.Tensor:
        given = self.layer(hidden)
        (activity, onset, loudness, intonation), pitch = given[..., :4].split(1, -1), given[..., 4:]
        if self.told:
            code = clips["instrument"]
            pitch = torch.einsum("bts,bps->btp", pitch, self.charts[code]) + self.outside[code].unsqueeze(1)
        return torch.cat([activity, onset, MIDDLE + SPAN * loudness, intonation.tanh() / 2, pitch], -1)

    def loss(self, given: torch.Tensor, truth: dict[str, torch.Tensor]) -> torch.Tensor:
        """Cross-entropies of activity, onset and pitch, squared errors of loudness, in units of 10 dB, and of
        intonation, in semitones: (B,). Pitch and intonation count where a note sounds; pitch only if no score
        is read.

        Parameters
        ----------
        given : (B, T, sum of SIZES).
        truth : ``played`` (B, T, len(TRUE)).
        """
        activity, onset, loudness, intonation, pitch = given.split(list(SIZES.values()), -1)
        true = {name: truth["played"][..., k] for k, name in enumerate(TRUE)}
        sounding = true["sounding"]
        each = (
            F.binary_cross_entropy_with_logits(activity.squeeze(-1), sounding, reduction="none")
            + 4 * F.binary_cross_entropy_with_logits(onset.squeeze(-1), near_onset(true), reduction="none")
            + ((loudness.squeeze(-1) - true["loudness"]) / 10).square()
            + sounding * (intonation.squeeze(-1) - true["intonation"]).square()
            + self.reads_pitch
            * sounding
            * F.cross_entropy(pitch.transpose(1, 2), true["pitch"].round().long(), reduction="none")
        )
        return each.mean(1)


def near_onset(true: dict[str, torch.Tensor]) -> torch.Tensor:
    """1 at the onset of a note, a half ``BLUR`` away from it, from columns (B, T) of ``note_features``."""
    nearest = torch.maximum(true["since_onset_50ms"], true["to_next_50ms"]).clamp(min=1e-30)
    seconds = -note_features.DECAYS["50ms"] * nearest.log()
    return torch.exp2(-((seconds / BLUR) ** 2))


def notes_of(given: np.ndarray, clock: TimeBase, decoder: str = "path") -> list[tuple[float, float, int]]:
    """Notes (onset s, end s, MIDI pitch) in what the output gave for a whole stem, (T, sum of SIZES).

    One begins at each peak of the onsets, and where activity does without one; it lasts to the next or to
    where activity ends. Its pitch is what the ``decoder`` (``DECODERS``) makes of its frames together.
    """
    activity, onset, _, _, pitch = np.split(given, np.cumsum(list(SIZES.values()))[:-1], axis=1)
    sounding, onset = activity[:, 0] > 0, onset[:, 0]
    rate = clock.sample_rate / clock.hop_length
    reach = round(APART * rate)
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(onset, reach, constant_values=-np.inf), 2 * reach + 1
    )
    peaks = np.flatnonzero((onset > 0) & (onset == around.max(1)))
    rises = np.flatnonzero(np.diff(sounding.astype(int), prepend=0) == 1)
    alone = [rise for rise in rises if not (abs(peaks - rise) <= reach).any()]
    begins = sorted([*peaks, *alone])
    spans = []
    for begin, limit in pairwise([*begins, len(onset)]):
        rests = np.flatnonzero(~sounding[begin + reach : limit])
        end = begin + reach + rests[0] if len(rests) else limit
        if sounding[begin:end].mean() >= 0.5:
            spans.append((begin, end))
    if not spans:
        return []
    likely = log_softmax(pitch, axis=1)
    # Neighbouring frames see the same hand: a note's frames together are one look, not as many as they are.
    looks = np.stack([log_softmax(likely[begin:end].mean(0)) for begin, end in spans])
    pitches = DECODERS[decoder](looks)
    return [(b / rate, e / rate, int(p)) for (b, e), p in zip(spans, pitches, strict=True)]


def likeliest(looks: np.ndarray) -> np.ndarray:
    """The likeliest pitch of each note from log-probabilities ``looks`` (n, 128): (n,)."""
    return looks.argmax(1)


def expectation(looks: np.ndarray) -> np.ndarray:
    """The mean pitch of each note, to the nearest semitone; of two likely ones, what lies between."""
    return np.round(np.exp(looks) @ np.arange(looks.shape[1])).astype(int)


def sample(looks: np.ndarray) -> np.ndarray:
    """A pitch of each note drawn with its probability, from seed 0."""
    draws = np.random.default_rng(0).gumbel(size=looks.shape)
    return (looks + draws).argmax(1)


def path(looks: np.ndarray) -> np.ndarray:
    """The likeliest melody (Viterbi 1967): the smaller a step is (``STEP``), the likelier, up to an octave.

    What is seen clearly is believed however far it leaps."""
    pitches = np.arange(looks.shape[1])
    steps = -np.minimum(np.abs(pitches[:, None] - pitches), OCTAVE) / STEP
    steps = log_softmax(steps, axis=1)
    best, back = looks[0], []
    for look in looks[1:]:
        ways = best[:, None] + steps
        back.append(ways.argmax(0))
        best = ways.max(0) + look
    found = [int(best.argmax())]
    for came_from in reversed(back):
        found.append(int(came_from[found[-1]]))
    return np.array(found[::-1])


DECODERS = {"likeliest": likeliest, "path": path, "expectation": expectation, "sample": sample}


def performance_of(given: np.ndarray) -> np.ndarray:
    """Loudness and intonation (T, 2) in what the output gave: columns as ``performance.COLUMNS``."""
    return given[:, 2:4].astype(np.float32)
