"""Splitting by clip instead of by title: neighbouring clips of one recording fall on both sides.

The paper does not say what its 80/10/10 split divides (3.2). This reading leaks, and is here to show
how much: a stem is in all three parts, each with the clips that the column ``clips`` of split.tsv lists.
"""

import numpy as np

from vimusic.data.split import SHARES
from vimusic.data.urmp import Notes


def split_clips(seconds, window, seed):
    """Random 80/10/10 division of each stem's clips.

    Parameters
    ----------
    seconds : length per stem, Series.
    window : length of a clip, s. Clip k covers [k * window, (k + 1) * window).

    Returns
    -------
    dict (stem, split) -> clip numbers as text, ``"0 3 4"``
    """
    parts = {}
    for stem, length in seconds.items():
        rng = np.random.default_rng([seed, *stem.encode()])
        clips = rng.permutation(int(length / window))
        held = [max(1, round(share * len(clips))) for share in SHARES.values()]
        val, test, train = np.split(clips, np.cumsum(held))
        for name, numbers in (("train", train), ("val", val), ("test", test)):
            parts[stem, name] = " ".join(map(str, np.sort(numbers)))
    return parts


def numbers(clips):
    """Clip numbers of a split.tsv cell, None where the whole stem is meant."""
    return [int(word) for word in clips.split()] if isinstance(clips, str) else None


class Cut:
    """Keeps the given clips of anything that runs along a stem, put end to end; None keeps all.

    Parameters
    ----------
    clips : clip numbers or None.
    window : length of a clip, s.
    """

    def __init__(self, clips, window):
        self.spans = None if clips is None else [(k * window, (k + 1) * window) for k in clips]
        self.window = window

    def array(self, values, rate):
        """``values`` (n, ...) at ``rate`` per second."""
        if self.spans is None:
            return values
        parts = [values[round(start * rate) : round(stop * rate)] for start, stop in self.spans]
        return np.concatenate(parts)

    def track(self, times, values):
        """(times s, values), each (n,)."""
        if self.spans is None:
            return times, values
        inside = [(times >= start) & (times < stop) for start, stop in self.spans]
        moved = [times[mask] - start + k * self.window for k, (mask, (start, _)) in self._numbered(inside)]
        return np.concatenate(moved), np.concatenate([values[mask] for mask in inside])

    def notes(self, notes):
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

    def _numbered(self, masks):
        return enumerate(zip(masks, self.spans, strict=True))
