"""Sounding and resting, on signals where they are known."""

import math

import numpy as np
import pytest
from signals import tone

from vimusic.data.urmp import Notes
from vimusic.evaluation.activity import HOP, activity_f1, sounding

RATE = 22050
GAP = np.zeros(RATE, np.float32)
NOTES = Notes(np.array([1.0, 3.0]), np.array([440.0, 440.0]), np.array([1.0, 1.0]))
SIGNAL = np.concatenate([GAP, tone(440, 1, RATE), GAP, tone(440, 1, RATE), GAP])


def test_tones_sound_and_rests_do_not():
    active = sounding(SIGNAL)
    times = np.arange(len(active)) * HOP / RATE
    assert len(active) == 1 + len(SIGNAL) // HOP
    np.testing.assert_array_equal(active[(times > 1.05) & (times < 1.95)], True)
    np.testing.assert_array_equal(active[(times > 2.05) & (times < 2.95)], False)


def test_level_does_not_matter_but_silence_does():
    np.testing.assert_array_equal(sounding(0.01 * SIGNAL), sounding(SIGNAL))
    assert not sounding(1e-5 * SIGNAL).any()


@pytest.mark.parametrize(("db", "heard"), [(-29, True), (-31, False)])
def test_a_tone_counts_down_to_30_db_below_the_loudest(db, heard):
    signal = np.concatenate([SIGNAL, 10 ** (db / 20) * tone(440, 1, RATE)])
    assert sounding(signal)[-40] == heard


def test_truth_scores_near_1():
    # The frames that reach over an end of a note are the difference.
    assert activity_f1(NOTES, sounding(SIGNAL), RATE) == pytest.approx(1, abs=0.03)


def test_known_scores():
    active = sounding(SIGNAL)
    assert activity_f1(NOTES, np.zeros_like(active), RATE) == 0
    # Always sounding: recall 1, precision 2/5.
    assert activity_f1(NOTES, np.ones_like(active), RATE) == pytest.approx(2 * 0.4 / 1.4, abs=0.01)


def test_overlapping_notes_are_one_stretch():
    doubled = Notes(np.array([1.0, 1.5]), np.array([440.0, 550.0]), np.array([1.0, 0.2]))
    times = np.arange(400) * HOP / RATE
    assert activity_f1(doubled, (times >= 1) & (times < 2), RATE) == 1


def test_no_annotated_frame_has_no_score():
    beyond = Notes(np.array([99.0]), np.array([440.0]), np.array([1.0]))
    assert math.isnan(activity_f1(beyond, sounding(SIGNAL), RATE))
