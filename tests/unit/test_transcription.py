"""Notes out of f0 tracks, and their scores against mir_eval."""

import math

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import plucks, tone

from vimusic.data.urmp import Notes, notes_to_f0
from vimusic.evaluation import onsets, pitch
from vimusic.evaluation.transcribers.ours import attacks, segment
from vimusic.evaluation.transcription import note_f1

RATE = 22050
NONE = np.array([])
SCALE = Notes(
    np.array([0.5, 1.0, 1.5, 2.0, 2.5]),
    440 * 2 ** (np.array([0, 2, 4, 5, 7]) / 12),
    np.array([0.5, 0.5, 0.4, 0.5, 0.5]),
)


def score(notes, heard=None, cents=0, late=0.0):
    """Note F1 of the f0 track of ``heard``, moved by ``cents`` and ``late`` seconds."""
    heard = heard or notes
    times, hertz = notes_to_f0(heard, 4)
    return note_f1(notes, *segment(times + late, hertz * 2 ** (cents / 1200), NONE, NONE))


def test_legato_scale_is_cut_where_the_pitch_changes():
    intervals, hertz = segment(*notes_to_f0(SCALE, 4), NONE, NONE)
    np.testing.assert_allclose(intervals[:, 0], SCALE.onset, atol=0.015)
    np.testing.assert_allclose(intervals[:, 1], SCALE.onset + SCALE.duration, atol=0.015)
    np.testing.assert_allclose(hertz, SCALE.hertz)


def test_repeated_note_is_cut_where_the_level_rises():
    times, hertz = notes_to_f0(Notes(np.array([0.5]), np.array([440.0]), np.array([2.0])), 4)
    assert len(segment(times, hertz, np.array([1.25]), np.array([3.0]))[0]) == 1
    intervals, _ = segment(times, hertz, np.array([1.25]), np.array([30.0]))
    np.testing.assert_allclose(intervals[:, 0], [0.5, 1.25], atol=0.011)


@pytest.mark.parametrize(("onset", "start"), [(0.99, 0.99), (1.02, 1.02), (0.9, 1.0), (1.1, 1.0)])
def test_note_begins_at_an_onset_near_its_pitch(onset, start):
    intervals, _ = segment(*notes_to_f0(SCALE, 4), np.array([onset]), np.zeros(1))
    assert intervals[1, 0] == pytest.approx(start, abs=0.011)


@pytest.mark.parametrize(
    ("guess", "seconds", "count"),
    [(-700, 0.1, 1), (880, 0.05, 1), (-700, 0.4, 2), (880, 0.1, 3), (0, 0.05, 2)],
)
def test_a_glitch_in_one_pitch_is_bridged_and_a_note_or_a_silence_is_not(guess, seconds, count):
    times, hertz = notes_to_f0(Notes(np.array([0.5]), np.array([440.0]), np.array([2.0])), 4)
    hertz[(times >= 1) & (times < 1 + seconds)] = guess
    assert len(segment(times, hertz, NONE, NONE)[0]) == count


def test_level_rises_are_measured():
    signal = np.concatenate([0.01 * tone(440, 1, RATE), 0.1 * tone(440, 1, RATE), tone(440, 0.5, RATE)])
    times, rises = attacks(signal, onsets.strength(signal, RATE), RATE)
    for onset in (1.0, 2.0):
        assert rises[np.abs(times - onset).argmin()] == pytest.approx(20, abs=1)


def test_glitch_and_vibrato_are_no_notes():
    times, hertz = notes_to_f0(Notes(np.array([0.5]), np.array([440.0]), np.array([2.0])), 4)
    wavering = hertz * 2 ** (0.3 * np.sin(2 * np.pi * 6 * times) / 12)
    wavering[120:122] *= 2
    intervals, heard = segment(times, wavering, NONE, NONE)
    assert len(intervals) == 1
    assert heard == pytest.approx([440], rel=0.01)


def test_run_shorter_than_60_ms_is_no_note():
    times = np.arange(100) * 0.01
    assert len(segment(times, np.where((times > 0.2) & (times < 0.24), 440.0, 0.0), NONE, NONE)[0]) == 0


def test_frames_held_unvoiced_make_no_note():
    times, hertz = notes_to_f0(SCALE, 4)
    assert len(segment(times, -hertz, NONE, NONE)[0]) == 0
    assert note_f1(SCALE, *segment(times, -hertz, NONE, NONE)) == 0


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({}, 1),
        ({"cents": 1200}, 0),  # an octave
        ({"cents": 100}, 0),  # a semitone
        ({"cents": 49}, 1),
        ({"cents": 51}, 0),
        ({"late": 0.03}, 1),
        ({"late": 0.07}, 0),
        ({"late": -0.07}, 0),
    ],
)
def test_known_errors(moved, expected):
    assert score(SCALE, **moved) == expected


def test_no_annotated_note_has_no_score():
    nothing = Notes(NONE, NONE, NONE)
    assert math.isnan(note_f1(nothing, *segment(*notes_to_f0(SCALE, 4), NONE, NONE)))


def test_half_of_the_notes_heard():
    half = Notes(SCALE.onset[:2], SCALE.hertz[:2], SCALE.duration[:2])
    assert score(SCALE, half) == pytest.approx(2 * 1 * 0.4 / (1 + 0.4))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(40, 90), min_size=1, max_size=8),
    st.lists(st.integers(40, 90), min_size=1, max_size=8),
)
def test_f1_is_mir_evals(annotated, played):
    def melody(pitches):
        start = 0.5 * np.arange(len(pitches))
        return Notes(start, 440 * 2 ** ((np.array(pitches) - 69) / 12), np.full(len(pitches), 0.4))

    reference, heard = melody(annotated), melody(played)
    intervals = [np.c_[notes.onset, notes.onset + notes.duration] for notes in (reference, heard)]
    *_, expected, _ = mir_eval.transcription.precision_recall_f1_overlap(
        intervals[0], reference.hertz, intervals[1], heard.hertz, offset_ratio=None
    )
    assert score(reference, heard) == pytest.approx(expected)


def test_notes_of_a_sound_are_heard():
    signal = plucks(SCALE.onset, SCALE.hertz, 4, RATE)
    struck = attacks(signal, onsets.strength(signal, RATE), RATE)
    assert note_f1(SCALE, *segment(*pitch.track(signal, RATE, "swift_f0"), *struck)) == 1
