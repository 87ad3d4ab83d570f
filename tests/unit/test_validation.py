"""Each planted fault is found, named, and costs no other stem its row."""

from pathlib import Path

import numpy as np
import pandas as pd
import pretty_midi
import pytest
import soundfile

from vimusic.data.miniurmp.piece import write_piece
from vimusic.data.urmp import Notes, read_stems
from vimusic.features import validation
from vimusic.features.validation import FIGURES, check_piece, note_agreement

TABLE = Path(__file__).parents[2] / "workflow/resources/miniurmp.tsv"
PIECE = "01_Aria_vn_vc"


@pytest.fixture(scope="module")
def stems():
    return read_stems(TABLE, [PIECE])


@pytest.fixture(scope="module")
def written(stems, tmp_path_factory):
    folder = tmp_path_factory.mktemp("piece")
    write_piece(stems.to_dict("records"), folder, seed=0, seconds=5, scale=0.2)
    return folder


@pytest.fixture
def piece(written, tmp_path):
    for path in written.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def verdicts(stems, folder):
    table = pd.DataFrame(check_piece(stems, folder, with_video=True)).set_index("stem")
    assert list(table.columns) == ["verdict", "reason", *FIGURES]
    return table


def test_a_sound_piece_is_ok(stems, written):
    table = verdicts(stems, written)
    assert list(table.verdict) == ["ok", "ok"], list(table.reason)
    assert list(table.seconds) == pytest.approx([5, 5])
    assert list(table.sample_rate) == [48000, 48000]
    assert (table.agreement == 1).all() and (table.f0_coverage > 0.9).all()
    assert (table.motion > 0.01).all()
    assert (table.frames == 156).all() and (table.fps.round(2) == 29.97).all()


def rewrite(change, rate=48000):
    def fault(folder, row):
        sound = change(soundfile.read(folder / row.audio)[0])
        soundfile.write(folder / row.audio, sound, rate, subtype="PCM_24")

    return fault


def remove(column):
    return lambda folder, row: (folder / getattr(row, column)).unlink()


def text(column, content):
    return lambda folder, row: (folder / getattr(row, column)).write_text(content)


def keep_lines(column, share):
    """Cut short at the end of a line."""

    def fault(folder, row):
        path = folder / getattr(row, column)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[: int(share * len(lines))]))

    return fault


def cut(column):
    def fault(folder, row):
        path = folder / getattr(row, column)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return fault


def transpose(folder, row):
    lines = [line.split() for line in (folder / row.notes).read_text().splitlines()]
    moved = "".join(f"{on}\t\t{float(hertz) * 1.26:.3f}\t\t{long}\r\n" for on, hertz, long in lines)
    (folder / row.notes).write_text(moved)


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        (remove("audio"), "fail", "AuSep_1_vn_01_Aria.wav"),
        (cut("audio"), "fail", "cut short"),
        (text("audio", "not a wav"), "fail", "cannot be read as audio"),
        (rewrite(np.zeros_like), "fail", "silent"),
        (rewrite(lambda s: np.stack([s, s], axis=1)), "fail", "2 channels"),
        (rewrite(lambda s: s[::3], 16000), "warn", "16000 Hz, not 48000"),
        (rewrite(lambda s: np.clip(30 * s, -1, 1)), "warn", "samples clip"),
        (rewrite(lambda s: np.r_[s, np.zeros(20 * 48000)]), "fail", "lasts 5.2 s, the sound 25.0 s"),
        (rewrite(lambda s: s[: 2 * 48000]), "fail", "starts after the stem's end"),
        (remove("notes"), "fail", "Notes_1_vn_01_Aria.txt"),
        (text("notes", ""), "fail", "holds no note"),
        (text("notes", "1.0 two 3\n"), "fail", "line 1"),
        (transpose, "fail", "different stems"),
        (remove("f0s"), "warn", "F0s_1_vn_01_Aria.txt missing"),
        (text("f0s", "0.023 x\n"), "fail", "F0s_1_vn_01_Aria.txt: line 1"),
        (keep_lines("notes", 0.5), "warn", "the stem plays on"),
        (keep_lines("f0s", 0.5), "warn", "F0s_1_vn_01_Aria.txt ends at"),
        (text("f0s", "0.023 nan\n"), "fail", "F0s_1_vn_01_Aria.txt: line 1"),
        (text("f0s", "0.023 0.000\n0.033 0.000\n"), "warn", "f0 is voiced in only 0%"),
    ],
)
def test_a_fault_of_one_stem_is_named_and_spares_the_other(piece, stems, fault, verdict, reason):
    fault(piece, stems.loc[f"{PIECE}.1"])
    table = verdicts(stems, piece)
    assert table.verdict[f"{PIECE}.1"] == verdict
    assert reason in table.reason[f"{PIECE}.1"]
    assert table.verdict[f"{PIECE}.2"] == "ok", table.reason[f"{PIECE}.2"]


@pytest.mark.parametrize(("fault", "reason"), [(remove("video"), "not found"), (cut("video"), "Vid_01")])
def test_a_broken_video_fails_the_piece_only_where_it_is_read(piece, stems, fault, reason):
    fault(piece, stems.iloc[0])
    table = verdicts(stems, piece)
    assert list(table.verdict) == ["fail", "fail"]
    assert all(reason in text for text in table.reason)
    assert (table.agreement == 1).all()
    without = pd.DataFrame(check_piece(stems, piece, with_video=False))
    assert list(without.verdict) == ["ok", "ok"]


def test_f0s_are_held_against_all_of_the_notes(piece, stems):
    whole = verdicts(stems, piece).f0_coverage[f"{PIECE}.1"]
    keep_lines("f0s", 0.5)(piece, stems.iloc[0])
    assert verdicts(stems, piece).f0_coverage[f"{PIECE}.1"] < whole - 0.2


def one_part(path):
    midi = pretty_midi.PrettyMIDI(str(path))
    del midi.instruments[1:]
    midi.write(str(path))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Path.unlink, "not found"),
        (one_part, "has 1 parts for 2 players"),
        (lambda p: p.write_text("x"), "MIDI"),
    ],
)
def test_a_broken_score_fails_the_piece_only_where_it_is_read(piece, stems, fault, reason):
    fault(piece / stems.score.iloc[0])
    table = pd.DataFrame(check_piece(stems, piece, with_video=False, with_score=True))
    assert list(table.verdict) == ["fail", "fail"]
    assert all(stems.score.iloc[0] in text and reason in text for text in table.reason)
    assert list(pd.DataFrame(check_piece(stems, piece, with_video=False)).verdict) == ["ok", "ok"]


@pytest.mark.parametrize("check", ["check_audio", "check_notes", "check_f0s", "check_video", "check_score"])
def test_what_a_check_trips_over_is_a_row_and_not_the_end(written, stems, monkeypatch, check):
    def trip(path, *args):
        raise ZeroDivisionError("over\ntwo lines")

    monkeypatch.setattr(validation, check, trip)
    table = pd.DataFrame(check_piece(stems, written, with_video=True, with_score=True))
    assert list(table.verdict) == ["fail", "fail"]
    told = "cannot be checked (ZeroDivisionError: over two lines)"
    assert all(told in text and str(written) in text for text in table.reason)


def test_an_empty_slot_is_seen(written, stems):
    three = stems.assign(players=12, slot=[1, 12])
    table = verdicts(three, written)
    assert any("nothing moves in slot" in reason for reason in table.reason)


def test_note_agreement_needs_frames_of_f0_within_50_cents():
    notes = Notes(np.array([0.0, 1.0, 2.0]), np.array([440.0, 440.0, 440.0]), np.array([0.9, 0.9, 0.9]))
    times = np.arange(0, 3, 0.01)
    hertz = np.where(times < 1, 440 * 2 ** (49 / 1200), np.where(times < 2, 440 * 2 ** (51 / 1200), 0))
    assert list(note_agreement(notes, times, hertz)) == [True, False, False]


def test_f0s_that_the_inventory_does_not_name_are_told_as_such(piece, stems):
    table = verdicts(stems.assign(f0s=""), piece)
    assert list(table.verdict) == ["warn", "warn"]
    assert list(table.reason) == ["no F0s named: pitch is scored against the notes"] * 2


def test_recordings_that_are_not_urmps_need_not_be_as_its_are(piece, stems):
    for row in stems.itertuples():
        rewrite(lambda signal: signal[::3], 16000)(piece, row)
    bare = stems.assign(f0s="")
    assert set(pd.DataFrame(check_piece(bare, piece, with_video=True)).verdict) == {"warn"}
    table = pd.DataFrame(check_piece(bare, piece, with_video=True, as_urmp=False))
    assert list(table.verdict) == ["ok", "ok"], table.reason.to_list()
    lost = pd.DataFrame(check_piece(stems.assign(f0s="none.txt"), piece, with_video=True, as_urmp=False))
    assert list(lost.reason) == ["none.txt missing: pitch is scored against the notes"] * 2
