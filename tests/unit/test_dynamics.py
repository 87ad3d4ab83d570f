"""Levels of notes, on tones whose levels are known."""

import math

import numpy as np
import pytest
from signals import tone

from vimusic.data.urmp import Notes
from vimusic.evaluation.dynamics import level_error, note_levels

RATE = 22050
NOTES = Notes(np.arange(4) * 0.5, np.full(4, 440.0), np.full(4, 0.4))


def played(levels, noise=0.0):
    """A note of 0.5 s at each of ``levels`` (dB re a tone)."""
    sound = np.concatenate([10 ** (db / 20) * tone(440, 0.5, RATE) for db in levels])
    return sound + noise * np.random.default_rng(0).standard_normal(len(sound))


def error(levels, reference=(0, 0, 0, 0)):
    return level_error(*(note_levels(NOTES, played(each), RATE) for each in (levels, reference)))


def test_levels_are_those_played():
    levels = note_levels(NOTES, played([0, -6, -12, -20]), RATE)
    np.testing.assert_allclose(levels - levels[0], [0, -6, -12, -20], atol=0.01)
    # Partial k at amplitude 0.3 / k, a sine's power half its square.
    expected = 10 * np.log10(sum((0.3 / k) ** 2 / 2 for k in range(1, 9)))
    assert levels[0] == pytest.approx(expected, abs=0.05)


def test_overall_gain_does_not_count_and_the_rest_is_the_rms():
    assert error([-9, -9, -9, -9]) == pytest.approx(0, abs=1e-6)
    assert error([3, -3, 3, -3]) == pytest.approx(3, abs=0.02)
    assert error([0, -6, 3, -2], [-10, -16, -7, -12]) == pytest.approx(0, abs=0.02)


def test_a_note_left_out_costs_60_db_at_most():
    levels = note_levels(NOTES, played([0, 0, 0, -np.inf]), RATE)
    assert levels[0] - levels[3] == pytest.approx(60)


def test_silence_and_a_note_after_the_end_have_no_level():
    assert np.isnan(note_levels(NOTES, np.zeros(RATE), RATE)).all()
    levels = note_levels(NOTES, played([0, 0]), RATE)  # the last two come after it
    np.testing.assert_array_equal(np.isnan(levels), [False, False, True, True])
    assert math.isnan(level_error(levels, np.full(4, np.nan)))
