"""Notes to MIDI to piano-roll."""

import numpy as np
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.errors import UserError
from vimusic.features.roll import ONSET, SOUNDING, piano_roll, read_midi, write_midi
from vimusic.timebase import TimeBase
from vimusic.data.urmp import Notes

CLOCK = TimeBase()
SECOND = CLOCK.sample_rate / CLOCK.hop_length  # mel frames


def notes_of(rows):
    """Notes from (onset s, MIDI pitch, duration s)."""
    onset, midi, duration = np.array(rows, dtype=float).T
    return Notes(onset, 440 * 2 ** ((midi - 69) / 12), duration)


def test_onset_frame_is_marked_and_the_rest_sounds():
    roll = piano_roll([(1.0, 2.0, 60)], 300, CLOCK)
    first, last = round(SECOND), round(2 * SECOND)
    assert roll.shape == (300, 128)
    assert roll.dtype == np.float32
    assert roll[first, 60] == ONSET
    assert set(roll[first + 1 : last, 60]) == {SOUNDING}
    assert np.count_nonzero(roll) == last - first


def test_repeated_note_differs_from_a_held_one():
    held = piano_roll([(0.5, 1.5, 60)], 200, CLOCK)
    repeated = piano_roll([(0.5, 1.0, 60), (1.0, 1.5, 60)], 200, CLOCK)
    np.testing.assert_array_equal(held > 0, repeated > 0)
    assert np.sum(held == ONSET) == 1
    assert np.sum(repeated == ONSET) == 2


def test_note_shorter_than_a_mel_frame_keeps_its_onset():
    roll = piano_roll([(1.0, 1.001, 60)], 200, CLOCK)
    assert roll[round(SECOND), 60] == ONSET
    assert np.count_nonzero(roll) == 1


def test_notes_past_the_end_are_dropped_and_the_last_one_is_cut():
    roll = piano_roll([(1.0, 9.0, 60), (5.0, 6.0, 62)], 100, CLOCK)
    assert not roll[:, 62].any()
    assert np.count_nonzero(roll[:, 60]) == 100 - round(SECOND)


def test_order_of_overlapping_notes_does_not_matter():
    notes = [(0.0, 2.0, 60), (0.5, 1.0, 64), (1.0, 1.5, 60)]
    np.testing.assert_array_equal(piano_roll(notes, 300, CLOCK), piano_roll(notes[::-1], 300, CLOCK))


note = st.tuples(st.floats(0, 2), st.integers(21, 108), st.floats(0.02, 3))  # gap s, pitch, s


@settings(deadline=None, max_examples=30)
@given(st.lists(note, min_size=1, max_size=40))
def test_midi_keeps_times_within_1_ms(tmp_path_factory, rows):
    played, clock = [], 0.0
    for gap, midi, duration in rows:
        played.append((clock + gap, midi, duration))
        clock += gap + duration
    path = tmp_path_factory.mktemp("midi") / "notes.mid"
    write_midi(path, notes_of(played), "vn")
    read = read_midi(path)
    assert [pitch for *_, pitch in read] == [midi for _, midi, _ in played]
    expected = [(onset, onset + duration) for onset, _, duration in played]
    np.testing.assert_allclose([times[:2] for times in read], expected, atol=1e-3)


def test_midi_of_a_long_stem_does_not_drift(tmp_path):
    write_midi(tmp_path / "notes.mid", notes_of([(1.0, 60, 1.0), (3599.123, 62, 0.5)]), "vn")
    last = read_midi(tmp_path / "notes.mid")[-1]
    assert last[0] == pytest.approx(3599.123, abs=1e-3)


def test_midi_carries_the_instruments_program(tmp_path):
    write_midi(tmp_path / "notes.mid", notes_of([(0.0, 60, 1.0)]), "fl")
    [part] = pretty_midi.PrettyMIDI(str(tmp_path / "notes.mid")).instruments
    assert part.program == 73  # General MIDI's flute, counted from 0
    assert not part.is_drum


def test_unusable_midi_is_told(tmp_path):
    garbage, empty = tmp_path / "garbage.mid", tmp_path / "empty.mid"
    garbage.write_bytes(b"no midi")
    pretty_midi.PrettyMIDI().write(str(empty))
    wrong = {tmp_path / "none.mid": "not found", garbage: "cannot be read", empty: "no note"}
    for path, told in wrong.items():
        with pytest.raises(UserError, match=told) as caught:
            read_midi(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
