"""Error of each note by its pitch, on mels whose error is known frame by frame."""

import numpy as np
import pandas as pd
import pytest

from vimusic.evaluation.register import by_pitch, note_errors
from vimusic.timebase import TimeBase
from vimusic.data.urmp import Notes

CLOCK = TimeBase(sample_rate=100, hop_length=10)  # a mel frame each 0.1 s


def notes(*rows):
    return Notes(*np.array(rows, dtype=float).T)


def test_error_is_that_of_the_frames_in_which_the_note_sounds():
    true = np.zeros((10, 4))
    predicted = true.copy()
    predicted[2:5] = 3  # squared: 9, from 0.2 s to before 0.5 s
    found = note_errors(predicted, true, notes((0.2, 440, 0.25), (0.5, 880, 0.15), (0.4, 220, 0.15)), CLOCK)
    assert list(found.midi) == [69, 81, 57]
    assert list(found.mse) == pytest.approx([9, 0, 4.5])
    assert list(found.frames) == [3, 2, 2]


def test_note_without_a_frame_is_left_out():
    mel = np.zeros((10, 4))
    found = note_errors(mel, mel, notes((0.21, 440, 0.05), (7, 440, 1)), CLOCK)
    assert found.empty


def test_shorter_prediction_is_compared_over_its_frames():
    found = note_errors(np.ones((3, 4)), np.zeros((10, 4)), notes((0.1, 440, 0.9)), CLOCK)
    assert (found.mse.item(), found.frames.item()) == (1, 2)


def test_pitches_are_means_over_notes():
    errors = pd.DataFrame({"row": ["a", "a", "a", "b"], "midi": [62, 60, 60, 60], "mse": [5, 1, 3, 7]})
    found = by_pitch(errors)
    assert found.to_dict("list") == {
        "row": ["a", "a", "b"],
        "midi": [60, 62, 60],
        "mse": [2, 5, 7],
        "notes": [2, 1, 1],
    }
