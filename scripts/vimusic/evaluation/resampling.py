"""Intervals and p-values by resampling whole pieces (paper 4.2).

Stems of a piece share a room, a tempo and a take, frames of a stem even more: only pieces are
independent, so only pieces are drawn or flipped.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import permutation_test

DRAWS = 2000
LEVEL = 95
FLIPS = 2**14  # sign patterns: all there are of 14 pieces, as many drawn of more


def bootstrap(
    values: np.ndarray, pieces: ArrayLike, over: np.ndarray | None = None, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of sum(values) / sum(over) over stems, resampling whole pieces.

    With one piece there is no interval: (NaN, NaN). ``scipy.stats.bootstrap`` draws the same pieces from
    the same seed and agrees to 12 digits (tested), at two to four times the time and in no fewer lines.

    Parameters
    ----------
    values : (n,) per stem.
    pieces : (n,) piece of each stem.
    over : (n,) per stem; ones, which makes it the mean, if not given.
    """
    names, piece = np.unique(pieces, return_inverse=True)
    if len(names) < 2:
        return float("nan"), float("nan")
    over = np.ones(len(values)) if over is None else over
    drawn = np.random.default_rng(seed).integers(len(names), size=(DRAWS, len(names)))
    above, below = (np.bincount(piece, column)[drawn].sum(axis=1) for column in (values, over))
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(above / below, [tail, 100 - tail])
    return float(low), float(high)


def sign_flip(sums: np.ndarray, seed: int = 0) -> np.ndarray:
    """Two-sided p of sums of differences by randomisation: if neither side were better, each piece's
    differences could as well have the other sign. Exact up to 14 pieces.

    Parameters
    ----------
    sums : (pieces, comparisons) of each piece's differences; 0, whose sign does not matter, where a
        comparison lacks the piece.

    Returns
    -------
    (comparisons,)
    """
    if len(sums) < 2:  # SciPy refuses one, which is as far from 0 with either sign
        return np.ones(sums.shape[1])
    # In batches, because the patterns of all comparisons together take gigabytes.
    found = permutation_test(
        (sums,), np.sum, permutation_type="samples", vectorized=True, n_resamples=FLIPS, batch=256, rng=seed
    )
    return found.pvalue
