"""The extent of vibrato, of f0 tracks and sounds where it is known."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from vimusic.data.urmp import Notes
from vimusic.evaluation.metrics import vibrato_error
from vimusic.evaluation.vibrato import extents

RATE = 22050
TIMES = np.arange(300) * 0.01
NOTE = Notes(np.array([0.5]), np.array([440.0]), np.array([1.5]))


def wavering(cents, rate=5.5, drift=0.0):
    """f0 of 440 Hz at ``TIMES`` with vibrato, which rises by ``drift`` cents a second."""
    return 440 * 2 ** ((cents * np.sin(2 * np.pi * rate * TIMES) + drift * TIMES) / 1200)


@pytest.mark.parametrize("cents", [0, 10, 30, 50])
@pytest.mark.parametrize(("rate", "drift"), [(4.5, 0), (5.5, 20), (7.5, 0)])
def test_extent_is_found_at_any_rate_and_under_a_drift(cents, rate, drift):
    assert extents(NOTE, TIMES, wavering(cents, rate, drift)) == pytest.approx([cents], abs=0.5, rel=0.05)


def test_slow_bends_and_jitter_are_no_vibrato():
    assert extents(NOTE, TIMES, wavering(30, rate=1.0))[0] < 5
    assert extents(NOTE, TIMES, wavering(30, rate=20))[0] < 1


def test_a_glitch_changes_little_and_a_note_not_held_has_none():
    glitch = np.where(np.abs(TIMES - 1.2) < 0.03, 880, wavering(30))
    assert extents(NOTE, TIMES, glitch) == pytest.approx([30], abs=3)
    for other in (np.where(TIMES < 1, 440.0, 660.0), np.where(TIMES < 1, 440.0, 0.0), np.zeros(300)):
        assert np.isnan(extents(NOTE, TIMES, other)).all()
    short = Notes(np.array([0.5]), np.array([440.0]), np.array([0.4]))
    assert np.isnan(extents(short, TIMES, wavering(30))).all()


def sound(cents, rate=5.5, seconds=3):
    """A tone of three partials with vibrato."""
    times = np.arange(seconds * RATE) / RATE
    cycles = np.cumsum(440 * 2 ** (cents * np.sin(2 * np.pi * rate * times) / 1200)) / RATE
    return sum(0.2 / k * np.sin(2 * np.pi * k * cycles) for k in (1, 2, 3)).astype(np.float32)


@pytest.mark.parametrize("rate", [4.5, 5.5, 7])
def test_error_is_the_difference_of_extents(rate):
    flat, deep = sound(0), sound(30, rate)
    heard = SimpleNamespace(signal=flat, recording=deep, sample_rate=RATE, notes=NOTE)
    assert 24 < vibrato_error(heard) < 31  # YIN's window takes up to a fifth of a fast one
    heard.signal = deep
    assert vibrato_error(heard) == 0
    heard.signal = 0 * flat
    assert math.isnan(vibrato_error(heard))
