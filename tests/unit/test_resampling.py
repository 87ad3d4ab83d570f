"""Intervals and p-values over pieces: by hand, by enumeration, and by another implementation."""

import math
from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.evaluation.resampling import DRAWS, bootstrap, sign_flip


def test_one_piece_has_no_interval():
    low, high = bootstrap(np.array([1.0, 2.0, 3.0]), np.array(["A", "A", "A"]))
    assert math.isnan(low)
    assert math.isnan(high)


def test_whole_pieces_are_drawn():
    # Both pieces have the mean 5: drawing stems or frames would spread, drawing pieces does not.
    values, pieces = np.array([0.0, 10.0, 0.0, 10.0]), np.array(["A", "A", "B", "B"])
    assert bootstrap(values, pieces) == (5, 5)


@settings(deadline=None, max_examples=10)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=6))
def test_interval_lies_within_the_pieces(values):
    low, high = bootstrap(np.array(values), np.arange(len(values)))
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


def test_interval_of_a_ratio_draws_both_sums_together():
    # Each piece has the ratio 2: whatever is drawn, the ratio of sums is 2, not the mean of ratios.
    values, over = np.array([2.0, 4.0, 20.0]), np.array([1.0, 2.0, 10.0])
    assert bootstrap(values, np.array(["A", "B", "C"]), over) == (2, 2)


@pytest.mark.parametrize("pieces", [2, 6, 44])
@pytest.mark.parametrize("ratio", [False, True])
def test_interval_is_scipys(pieces, ratio):
    rng = np.random.default_rng(pieces)
    piece = np.repeat(np.arange(pieces), rng.integers(1, 6, pieces))
    values, over = rng.gamma(3, 2, (2, len(piece)))
    over = over if ratio else np.ones(len(piece))
    theirs = scipy.stats.bootstrap(
        [np.bincount(piece, column) for column in (values, over)],
        lambda above, below, axis: above.sum(axis) / below.sum(axis),
        paired=True, vectorized=True, method="percentile", n_resamples=DRAWS, rng=0,
    ).confidence_interval  # fmt: skip
    assert bootstrap(values, piece, over) == pytest.approx(tuple(theirs), rel=1e-12)


@pytest.mark.parametrize("pieces", [2, 6, 9])
def test_p_is_the_share_of_all_sign_patterns_as_far_from_0(pieces):
    sums = np.random.default_rng(pieces).normal(0.4, 1, (pieces, 3))
    patterns = np.array(list(product((1, -1), repeat=pieces)))
    farther = np.abs(patterns @ sums) >= np.abs(sums.sum(axis=0)) - 1e-9
    assert sign_flip(sums) == pytest.approx(farther.mean(axis=0), abs=1e-15)


def test_a_piece_that_a_comparison_lacks_changes_nothing():
    sums = np.array([[1.0, 2.0, 3.0, 0.0], [1.0, 2.0, 3.0, -4.0]]).T
    assert sign_flip(sums)[0] == sign_flip(sums[:3])[0] == 2 / 2**3


def test_one_piece_is_no_evidence():
    assert sign_flip(np.array([[3.0, -2.0]])).tolist() == [1, 1]


def test_many_pieces_draw_their_flips_from_the_seed():
    sums = np.stack([np.ones(40), np.tile([1.0, -1.0], 20), np.repeat([1.0, -0.5], 20)], axis=1)
    one, none, some = sign_flip(sums)
    assert one < 1e-3
    assert none == 1
    assert some == pytest.approx(0.046, abs=0.01)
    assert (sign_flip(sums) == [one, none, some]).all()


def test_no_difference_is_no_evidence():
    assert sign_flip(np.zeros((6, 1))).tolist() == [1]
