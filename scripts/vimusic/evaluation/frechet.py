"""Fréchet distance between what basic-pitch hears in a row's stems and in their recordings.

Two sets of embeddings are taken for Gaussians, and compared by their means and covariances (Dowson and
Landau 1982; for sound, Kilgour et al. 2019). A frame's embedding is basic-pitch's contours around the
highest of them: how clear a pitch is and what sounds beside it, not which one it is. Covariances need many
frames, so that the distance is of all stems of a row at once. Few frames make it larger: each row is
therefore heard in every other block of time and compared with the recordings in the blocks between, and the
row ``recording`` has the distance that is left between what is the same.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vimusic.data.urmp import Notes
from vimusic.evaluation import activity
from vimusic.evaluation.activations import BINS, Activations
from vimusic.rows import Row

BELOW, ABOVE = BINS, 3 * BINS  # bins around the highest: from an octave below it to its eighth partial
SIZE = BELOW + 1 + ABOVE
BLOCK = 2.0  # s
STEP = 0.01  # s between the frames of silence, in which nothing is heard


class Sums(NamedTuple):
    """Of the embeddings in the even and in the odd blocks; those of several stems are added."""

    count: np.ndarray  # (2,)
    first: np.ndarray  # (2, SIZE)
    second: np.ndarray  # (2, SIZE, SIZE) of their outer products

    @classmethod
    def none(cls) -> "Sums":
        return cls(np.zeros(2), np.zeros((2, SIZE)), np.zeros((2, SIZE, SIZE)))

    def plus(self, other: "Sums") -> "Sums":
        return Sums(*(one + two for one, two in zip(self, other, strict=True)))


def embedded(heard: Activations) -> np.ndarray:
    """Contours of each frame around its highest, (n, SIZE); 0 beyond the ends of the scale."""
    highest = heard.contours.argmax(axis=1)
    padded = np.pad(heard.contours.astype(np.float64), ((0, 0), (BELOW, ABOVE)))
    return np.take_along_axis(padded, highest[:, None] + np.arange(SIZE), axis=1)


def sums(heard: Activations, notes: Notes, seconds: float) -> Sums:
    """``Sums`` over the frames inside annotated ``notes`` of a stem of so many ``seconds``."""
    times, embeddings = heard.times, embedded(heard)
    if not len(times):  # a silent stem
        times = np.arange(0, seconds, STEP)
        embeddings = np.zeros((len(times), SIZE))
    inside, odd = activity.inside(notes, times), np.floor(times / BLOCK) % 2 == 1
    halves = [embeddings[inside & half] for half in (~odd, odd)]
    parts = [(len(half), half.sum(axis=0), half.T @ half) for half in halves]
    return Sums(*map(np.array, zip(*parts, strict=True)))


def distance(row: Sums, recordings: Sums) -> float:
    """Between the one in each half of the blocks and the other in the other half, on average; NaN where a
    half has under two frames."""
    if min(row.count.min(), recordings.count.min()) < 2:
        return float("nan")
    ours, theirs = ([moments(each, half) for half in (0, 1)] for each in (row, recordings))
    return float(np.mean([between(ours[0], theirs[1]), between(ours[1], theirs[0])]))


def moments(given: Sums, half: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean (SIZE,) and covariance (SIZE, SIZE) of a half."""
    count, mean = given.count[half], given.first[half] / given.count[half]
    return mean, (given.second[half] - count * np.outer(mean, mean)) / (count - 1)


def between(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    """|m - n|^2 + tr(S + T - 2 (S T)^(1/2)) of means m, n (d,) and covariances S, T (d, d).

    The trace of the root is that of the root of S^(1/2) T S^(1/2), which is symmetric.
    """
    (m, s), (n, t) = one, other
    values, vectors = np.linalg.eigh(s)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ t @ root), 0)).sum()
    return float(np.sum((m - n) ** 2) + np.trace(s) + np.trace(t) - 2 * shared)


def by_row(rows: Iterable[Row]) -> dict[str, float]:
    """Name -> ``distance`` of every row from the row ``recording``, over all folds, averaged over seeds; none
    without that row."""
    rows, pooled = list(rows), {}
    if all(row.name != "recording" for row in rows):
        return {}
    for row in rows:
        seeds = pooled.setdefault(row.name, {})
        seeds[row.seed] = seeds.get(row.seed, Sums.none()).plus(read(row.embeddings))
    [recordings] = pooled["recording"].values()
    return {
        name: float(np.mean([distance(each, recordings) for each in seeds.values()]))
        for name, seeds in pooled.items()
    }


def read(path: str | Path) -> Sums:
    """What ``evaluate`` wrote of a row."""
    with np.load(path) as file:
        return Sums(*(file[name] for name in Sums._fields))
