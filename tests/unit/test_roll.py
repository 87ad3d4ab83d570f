"""Notes to MIDI to piano-roll."""

import numpy as np
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mido import Message, MetaMessage
from odd_films import midi_file

from vimusic.data.urmp import Notes
from vimusic.errors import UserError
from vimusic.features.roll import (
    ONSET,
    SOUNDING,
    piano_roll,
    read_midi,
    read_midi_score,
    read_parts,
    write_midi,
)
from vimusic.timebase import TimeBase

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


def tempo(tick, bpm):
    return tick, MetaMessage("set_tempo", tempo=round(6e7 / bpm))


def on(tick, pitch, channel=0):
    return tick, Message("note_on", note=pitch, channel=channel)


def off(tick, pitch, channel=0):
    return tick, Message("note_off", note=pitch, channel=channel)


def program(tick, number, channel=0):
    return tick, Message("program_change", program=number, channel=channel)


def end(tick):
    return tick, MetaMessage("end_of_track")


BEATS = [event for k in range(4) for event in (on(480 * k, 60 + k), off(480 * k + 240, 60 + k))]


def test_tempo_may_stand_on_any_track(tmp_path):
    path = midi_file(tmp_path / "score.mid", [[end(0)], [tempo(0, 60), end(0)], BEATS])
    assert [onset for onset, *_ in read_midi(path)] == pytest.approx([0, 1, 2, 3])


def test_tempi_of_several_tracks_follow_one_another(tmp_path):
    # 60 bpm for two beats, then 120; the change stands on the track after the one that changes again.
    tracks = [[tempo(0, 60), tempo(1440, 30)], BEATS, [tempo(960, 120)]]
    path = midi_file(tmp_path / "score.mid", tracks)
    assert [onset for onset, *_ in read_midi(path)] == pytest.approx([0, 1, 2, 2.5])


def test_channels_of_one_track_are_parts_in_their_order(tmp_path):
    # The cello is named first, and its note ends first.
    events = [
        program(0, 42, 1), program(0, 40, 0), on(0, 76, 0), on(0, 48, 1), off(240, 48, 1), off(480, 76, 0),
    ]  # fmt: skip
    path = midi_file(tmp_path / "score.mid", [events], kind=0)
    assert read_parts(path) == [[(0, pytest.approx(0.5), 76)], [(0, pytest.approx(0.25), 48)]]
    assert [part.program for part in read_midi_score(path).instruments] == [40, 42]


def test_tracks_are_parts_in_their_order_whatever_their_channels(tmp_path):
    tracks = [
        [(0, MetaMessage("track_name", name=name)), on(0, pitch, channel), off(ticks, pitch, channel)]
        for name, pitch, channel, ticks in (("violin", 76, 5, 480), ("cello", 48, 0, 240))
    ]
    path = midi_file(tmp_path / "score.mid", tracks)
    assert [part[0][2] for part in read_parts(path)] == [76, 48]
    assert [part.name for part in read_midi_score(path).instruments] == ["violin", "cello"]


def test_a_part_that_changes_its_program_stays_one(tmp_path):
    events = [program(0, 40), on(0, 60), off(240, 60), program(480, 45), on(480, 62), off(720, 62)]
    [part] = read_parts(midi_file(tmp_path / "score.mid", [events]))
    assert [pitch for *_, pitch in part] == [60, 62]


def test_drums_are_left_out_with_a_notice(tmp_path, capsys):
    tracks = [[on(0, 36, 9), off(240, 36, 9)], BEATS]
    path = midi_file(tmp_path / "score.mid", tracks)
    assert [pitch for *_, pitch in read_midi(path)] == [60, 61, 62, 63]
    assert capsys.readouterr().out == f"{path}: drums (channel 10) left out\n"


def test_note_without_an_end_ends_with_the_file(tmp_path):
    tracks = [[on(0, 60), off(480, 60), on(960, 62), end(960)], [on(0, 48), end(1920)]]
    parts = read_parts(midi_file(tmp_path / "score.mid", tracks))
    assert parts == [[(0, 0.5, 60), (1.0, 2.0, 62)], [(0, 2.0, 48)]]


def test_note_that_begins_where_the_file_ends_lasts_a_beat(tmp_path):
    path = midi_file(tmp_path / "score.mid", [[on(0, 60), off(480, 60), on(960, 62), end(960)]])
    assert read_midi(path) == [(0, 0.5, 60), (1.0, 1.5, 62)]


def test_a_note_of_no_length_lasts_a_tick_and_not_until_its_pitch_comes_again(tmp_path):
    events = [on(0, 60), off(0, 60), on(480, 60), off(960, 60), on(960, 60), off(1440, 60)]
    notes = read_midi(midi_file(tmp_path / "score.mid", [events]))
    assert notes == [(0, pytest.approx(0.5 / 480), 60), (0.5, 1.0, 60), (1.0, 1.5, 60)]


def test_notes_of_one_pitch_may_overlap(tmp_path):
    events = [on(0, 60), on(480, 60), off(480, 60), off(960, 60)]
    assert read_midi(midi_file(tmp_path / "score.mid", [events])) == [(0, 0.5, 60), (0.5, 1.0, 60)]


def test_pitch_bends_are_left_out_with_a_notice(tmp_path, capsys):
    bend = [(240, Message("pitchwheel", pitch=0)), (240, Message("pitchwheel", pitch=500))]
    path = midi_file(tmp_path / "score.mid", [[on(0, 60), *bend, off(480, 60)]])
    assert read_midi(path) == [(0, 0.5, 60)]
    assert capsys.readouterr().out == f"{path}: pitch bends left out\n"


@pytest.mark.parametrize(
    ("tracks", "told"),
    [
        ([[end(0)]], "holds no note$"),
        ([[end(0)], []], "holds no note$"),
        ([[program(0, 40), tempo(0, 60)]], "holds no note$"),
        ([[on(0, 36, 9), off(240, 36, 9)]], "holds no note but drums'"),
    ],
    ids=["empty", "empty tracks", "no notes", "drums only"],
)
def test_midi_without_notes_is_told_in_one_line(tmp_path, tracks, told):
    path = midi_file(tmp_path / "score.mid", tracks)
    with pytest.raises(UserError, match=told) as caught:
        read_midi(path)
    assert str(path) in str(caught.value)


def test_midi_in_smpte_time_is_refused(tmp_path):
    path = midi_file(tmp_path / "score.mid", [BEATS])
    content = bytearray(path.read_bytes())
    content[12:14] = b"\xe7\x28"  # 25 frames a second, 40 ticks a frame
    path.write_bytes(content)
    with pytest.raises(UserError, match="counts in SMPTE time"):
        read_midi(path)


def test_midi_that_was_cut_short_is_told(tmp_path):
    path = midi_file(tmp_path / "score.mid", [BEATS])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match="cannot be read as MIDI"):
        read_midi(path)
