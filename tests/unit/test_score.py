"""The printed score and its alignment to the sound."""

import numpy as np
import pretty_midi
import pytest

from vimusic.data.urmp import Notes
from vimusic.errors import UserError
from vimusic.features import score

SCALE = np.array([60, 62, 64, 65, 67, 69, 71, 72])


def notes(onset, duration=0.45, pitch=SCALE):
    onset = np.asarray(onset, dtype=float)
    return Notes(onset, 440 * 2 ** ((pitch - 69) / 12), np.full(len(onset), duration))


def sound(played, seconds):
    """Harmonic tones with a sharp attack at the notes."""
    time = np.arange(round(seconds * score.RATE)) / score.RATE
    signal = np.zeros_like(time)
    for onset, hertz, duration in zip(played.onset, played.hertz, played.duration, strict=True):
        inside = (time >= onset) & (time < onset + duration)
        for harmonic in (1, 2, 3):
            signal[inside] += np.sin(2 * np.pi * hertz * harmonic * time[inside]) / harmonic
    return (0.1 * signal).astype(np.float32)


def write(path, parts):
    midi = pretty_midi.PrettyMIDI()
    for part in parts:
        midi.instruments.append(pretty_midi.Instrument(40))
        midi.instruments[-1].notes = [pretty_midi.Note(80, pitch, on, on + 0.5) for on, pitch in part]
    midi.write(str(path))
    return path


def test_warps_a_score_to_a_performance_that_waits_and_changes_tempo():
    played = notes(2.0 + np.array([0, 0.5, 1.1, 1.8, 2.6, 3.2, 3.7, 4.2]))
    written = notes(0.5 * np.arange(8))
    warped = score.warp(written, sound(played, 7.5))
    assert np.array_equal(warped.midi, SCALE)
    # Half the 186 ms that a chroma frame spans.
    assert np.abs(warped.onset - played.onset).max() < 0.1
    assert np.abs(written.onset - played.onset).min() > 1.9
    assert (warped.duration > 0).all()


def test_onset_errors_skip_what_only_one_side_holds():
    reference = notes([0, 1, 2, 3], pitch=np.array([60, 62, 64, 65]))
    ours = notes([0.1, 1.1, 1.5, 2.1, 3.1], pitch=np.array([60, 62, 70, 64, 65]))
    assert score.onset_errors(ours, reference) == pytest.approx([0.1] * 4)


def test_reads_the_part_of_a_track(tmp_path):
    path = write(tmp_path / "s.mid", [[(0, 60), (1, 62)], [(0, 48)]])
    assert list(score.read_score(path, 1, 2).midi) == [60, 62]
    assert list(score.read_score(path, 2, 2).midi) == [48]


def test_a_score_with_other_parts_is_refused(tmp_path):
    path = write(tmp_path / "s.mid", [[(0, 60)]])
    with pytest.raises(UserError, match=r"s\.mid: has 1 parts for 2 players"):
        score.read_score(path, 1, 2)
