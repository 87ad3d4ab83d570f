"""Onsets on sounds whose onsets are known, and scores against mir_eval."""

import math

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import plucks

from vimusic.evaluation.onsets import FARTHEST, HOP, TOLERANCE, detect, lag, onset_f1, strength

RATE = 22050
STEP = 1000 * HOP / RATE  # ms
TIMES = np.array([0.5, 1.0, 1.3, 2.0, 2.75])


def flux_of(times, seconds=4):
    return strength(plucks(times, [330] * len(times), seconds, RATE), RATE)


def test_strength_has_a_value_every_hop():
    assert flux_of(TIMES).shape == (1 + 4 * RATE // HOP,)


def test_struck_notes_are_found_within_20_ms():
    np.testing.assert_allclose(detect(flux_of(TIMES), RATE), TIMES, atol=0.02)


def test_one_note_has_one_onset():
    assert detect(flux_of([1.0]), RATE) == pytest.approx([1.0], abs=0.02)


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(RATE, np.float32),
        np.full(100, 0.5, np.float32),  # shorter than a window
        1e-5 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32),  # a 16-bit file's dust
    ],
)
def test_silent_or_too_short_signal_has_no_onset_and_no_lag(signal):
    flux = strength(signal, RATE)
    assert not flux.any()
    assert len(detect(flux, RATE)) == 0
    assert math.isnan(lag(flux, flux_of(TIMES), RATE))


def test_f1_is_1_for_the_truth_and_0_without_an_estimate():
    assert onset_f1(TIMES, TIMES) == 1
    assert onset_f1(TIMES, np.array([])) == 0
    assert math.isnan(onset_f1(np.array([]), TIMES))


@pytest.mark.parametrize(("shift", "score"), [(0.049, 1), (-0.049, 1), (0.051, 0), (-0.051, 0)])
def test_shifted_onsets_count_up_to_50_ms(shift, score):
    assert onset_f1(TIMES, TIMES + shift) == score


def test_half_of_the_onsets_found():
    # Precision 1, recall 1/2.
    assert onset_f1(np.arange(10.0), np.arange(5.0)) == pytest.approx(2 / 3)


seconds = st.lists(st.floats(0, 20), min_size=1, max_size=30).map(lambda times: np.array(sorted(times)))


@settings(deadline=None, max_examples=50)
@given(seconds, seconds)
def test_f1_is_mir_evals(reference, estimate):
    expected, _, _ = mir_eval.onset.f_measure(reference, estimate, window=TOLERANCE)
    assert onset_f1(reference, estimate) == pytest.approx(expected)


@pytest.mark.parametrize("late", [-0.15, -0.03, 0.0, 0.04, 0.12])
def test_lag_is_the_delay_of_the_onsets(late):
    assert lag(flux_of(TIMES + late), flux_of(TIMES), RATE) == pytest.approx(1000 * late, abs=STEP)


def test_lag_does_not_depend_on_level_or_length():
    flux = flux_of(TIMES + 0.04)
    expected = lag(flux, flux_of(TIMES), RATE)
    assert lag(3 * flux, flux_of(TIMES), RATE) == expected
    assert lag(flux[: 3 * RATE // HOP], flux_of(TIMES), RATE) == pytest.approx(expected, abs=STEP)


def test_nothing_to_align_has_no_lag():
    rng = np.random.default_rng(0)
    assert math.isnan(lag(rng.random(4000), rng.random(4000), RATE))
    assert math.isnan(lag(np.ones(4000), rng.random(4000), RATE))
    short = rng.random(int(FARTHEST * RATE / HOP))
    assert math.isnan(lag(short, short, RATE))
