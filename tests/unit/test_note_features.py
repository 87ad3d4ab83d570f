"""Note features of notes whose every frame is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.features.note_features import COLUMNS, note_features
from vimusic.features.roll import piano_roll
from vimusic.timebase import TimeBase

CLOCK = TimeBase(sample_rate=25600, hop_length=256)  # 100 frames a second
NOTES = [(0.5, 1.0, 60), (1.0, 1.5, 64), (2.0, 2.25, 57)]


def columns(notes, frames=300):
    table = note_features(notes, frames, CLOCK)
    assert table.shape == (frames, len(COLUMNS)) and table.dtype == np.float32
    return dict(zip(COLUMNS, table.T, strict=True))


def test_names_are_each_a_column():
    assert len(set(COLUMNS)) == len(COLUMNS) == 11


def test_a_note_sounds_and_its_pitch_lasts_through_the_rest():
    found = columns(NOTES)
    sounding = np.zeros(300)
    sounding[50:150] = sounding[200:225] = 1
    np.testing.assert_array_equal(found["sounding"], sounding)
    np.testing.assert_array_equal(found["pitch"], np.repeat([60, 64, 57], [100, 100, 100]))
    length = np.log(np.repeat([0.5, 0.5, 0.25], [100, 100, 100]))
    np.testing.assert_allclose(found["length"], length, atol=1e-6)


def test_intervals_lead_to_the_neighbours():
    found = columns(NOTES)
    np.testing.assert_array_equal(found["interval_before"], np.repeat([0, 4, -7], [100, 100, 100]))
    # Ahead of the first note the next one is itself.
    np.testing.assert_array_equal(found["interval_after"], np.repeat([0, 4, -7, 0], [50, 50, 100, 100]))


@pytest.mark.parametrize(("decay", "seconds"), [("50ms", 0.05), ("500ms", 0.5)])
def test_times_decay_from_onset_and_end_and_to_the_next_onset(decay, seconds):
    found = columns(NOTES)
    since, end, following = (found[f"{name}_{decay}"] for name in ("since_onset", "from_end", "to_next"))

    def fallen(after):
        return pytest.approx(np.exp(-after / seconds), abs=1e-6)

    assert since[49] == 0 and since[50] == fallen(0) and since[80] == fallen(0.3)
    assert since[100] == fallen(0) and since[180] == fallen(0.8)  # the second note, and its rest
    assert end[49] == 0 and end[90] == fallen(0.1) and end[160] == fallen(0.1)
    assert following[20] == fallen(0.3) and following[110] == fallen(0.9) and following[200] == 0


def test_the_note_that_began_last_counts_and_an_outer_one_goes_on_after_it():
    pitch = columns([(0.0, 1.0, 50), (0.3, 0.5, 62), (0.3, 0.5, 60)], 120)["pitch"]
    np.testing.assert_array_equal(pitch, np.repeat([50, 62, 50], [30, 20, 70]))


def test_a_repeated_note_differs_from_a_held_one():
    held, again = columns([(0.5, 1.5, 60)]), columns([(0.5, 1.0, 60), (1.0, 1.5, 60)])
    np.testing.assert_array_equal(held["sounding"], again["sounding"])
    assert again["since_onset_50ms"][100] == 1 and held["since_onset_50ms"][100] < 1e-4


def test_notes_past_the_end_are_heard_of_and_not_heard():
    found = columns([(0.5, 9.0, 60), (9.0, 9.5, 67)], 100)
    assert found["sounding"][50:].all() and (found["interval_after"][50:] == 7).all()
    late = columns([(5.0, 6.0, 72)], 100)
    assert not late["sounding"].any() and (late["pitch"] == 72).all()


note = st.tuples(st.floats(0, 2), st.integers(21, 108), st.floats(0.001, 3))  # gap s, pitch, s


@settings(deadline=None, max_examples=50)
@given(st.lists(note, min_size=1, max_size=20), st.floats(0.2, 1))
def test_notes_sound_exactly_where_the_roll_has_them(rows, overlap):
    notes, clock = [], 0.0
    for gap, pitch, duration in rows:
        notes.append((clock + gap, clock + gap + duration, pitch))
        clock += gap + overlap * duration  # a note may outlast the next one's onset
    base = TimeBase()
    table = note_features(notes, 400, base)
    roll = piano_roll(notes, 400, base)
    assert np.isfinite(table).all()
    sounding, pitch = (table[:, COLUMNS.index(name)] for name in ("sounding", "pitch"))
    np.testing.assert_array_equal(sounding > 0, roll.any(axis=1))
    frames = np.flatnonzero(sounding)
    assert (roll[frames, pitch[frames].astype(int)] > 0).all()
