"""Splitting by clip instead of by title: neighbouring clips of one recording fall on both sides.

The paper does not say what its 80/10/10 split divides (3.2). This reading leaks, and is here to show
how much: a stem is in all three parts, each with the clips that the column ``clips`` of split.tsv lists.

Whichever way a run is split: ``held_out`` gives its test stems and of each the part that is held out,
``whole_stems`` all stems, once.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from vimusic.data.split import SHARES
from vimusic.data.urmp import Notes


def split_clips(seconds: pd.Series, window: float, seed: int) -> dict[tuple[str, str], list[int]]:
    """Random 80/10/10 division of each stem's clips.

    Parameters
    ----------
    seconds : length per stem, Series.
    window : length of a clip, s. Clip k covers [k * window, (k + 1) * window).

    Returns
    -------
    dict (stem, split) -> clip numbers; a part that gets none of a short stem's clips is not in it
    """
    parts = {}
    for stem, length in seconds.items():
        rng = np.random.default_rng([seed, *stem.encode()])
        clips = rng.permutation(int(length / window))
        held = [max(1, round(share * len(clips))) for share in SHARES.values()]
        val, test, train = np.split(clips, np.cumsum(held))
        for name, numbers in (("train", train), ("val", val), ("test", test)):
            if len(numbers):
                parts[stem, name] = sorted(numbers.tolist())
    return parts


def part_of(split: pd.DataFrame, name: str) -> pd.DataFrame:
    """The stems of one part (``train``, ``val``, ``test``) of ``read_split``'s table, each once.

    The column ``cut`` holds a ``Cut`` that keeps of anything along a stem what belongs to the part.
    """
    part = split[split.split == name]
    return part.assign(cut=[Cut(*row) for row in zip(part.clips, part.window, strict=True)])


def held_out(split: pd.DataFrame) -> pd.DataFrame:
    """The test stems, as ``part_of`` gives them: whatever is scored, shown or heard goes through ``cut``."""
    return part_of(split, "test")


def whole_stems(split: pd.DataFrame) -> pd.DataFrame:
    """All stems of ``read_split``'s table, each once and whole (their ``cut`` keeps everything)."""
    stems = split[~split.index.duplicated()]
    return stems.assign(cut=[Cut(None, None)] * len(stems))


class Cut:
    """Keeps the given clips of anything that runs along a stem, put end to end; None keeps all.

    Parameters
    ----------
    clips : clip numbers or None.
    window : length of a clip, s; not used where ``clips`` is None.
    """

    def __init__(self, clips: list[int] | None, window: float | None) -> None:
        self.spans = None if clips is None else [(k * window, (k + 1) * window) for k in clips]
        self.window = window

    def seconds(self, total: float) -> float:
        """How much (s) is kept of a stem that lasts ``total`` s."""
        return total if self.spans is None else len(self.spans) * self.window

    def array(self, values: np.ndarray, rate: float) -> np.ndarray:
        """``values`` (n, ...) at ``rate`` per second."""
        if self.spans is None:
            return values
        parts = [values[round(start * rate) : round(stop * rate)] for start, stop in self.spans]
        return np.concatenate(parts)

    def track(self, times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(times s, values), each (n,)."""
        if self.spans is None:
            return times, values
        inside = [(times >= start) & (times < stop) for start, stop in self.spans]
        moved = [times[mask] - start + k * self.window for k, (mask, (start, _)) in self._numbered(inside)]
        return np.concatenate(moved), np.concatenate([values[mask] for mask in inside])

    def notes(self, notes: Notes) -> Notes:
        """``Notes`` whose onset lies inside, cut off at the end of their clip."""
        if self.spans is None:
            return notes
        parts = []
        inside = [(notes.onset >= start) & (notes.onset < stop) for start, stop in self.spans]
        for k, (mask, (start, stop)) in self._numbered(inside):
            onset = notes.onset[mask]
            duration = np.minimum(notes.duration[mask], stop - onset)
            parts.append((onset - start + k * self.window, notes.hertz[mask], duration))
        return Notes(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _numbered(
        self, masks: list[np.ndarray]
    ) -> Iterator[tuple[int, tuple[np.ndarray, tuple[float, float]]]]:
        return enumerate(zip(masks, self.spans, strict=True))
