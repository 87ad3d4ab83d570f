"""The URMP inventory and its annotation files."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.data.urmp import (
    COLUMNS,
    Notes,
    annotated_f0,
    check_named,
    notes_to_f0,
    read_f0s,
    read_notes,
    read_split,
    read_stems,
)
from vimusic.errors import UserError
from vimusic.features.video import equal_crop

TABLE = Path(__file__).parents[2] / "workflow/resources/stems.tsv"
# Frames by which the picture leads, where it is not five.
LEADS = {
    "01_Jupiter_vn_vc.1": 3,
    "08_Spring_fl_vn.2": 3,
    "12_Spring_vn_vn_vc.1": 3,
    "13_Hark_vn_vn_va.1": 3,
    "13_Hark_vn_vn_va.2": 3,
    "13_Hark_vn_vn_va.3": 3,
    "26_King_vn_vn_va_vc.1": 2,
    "38_Jerusalem_vn_vn_va_vc_db.2": 4,
}
# Pieces that share recordings.
TAKES = ("15/16", "17/18", "19/20", "21/22/23", "24/25", "26/27", "29/30", "35/36/37", "38/39", "40/41")
PICTURE = 163, 888  # rows inside URMP's letterbox


@pytest.fixture(scope="module")
def stems():
    return read_stems(TABLE)


def write_table(path, rows):
    """An inventory at ``path`` from dicts; what a row does not say is taken from a valid one."""
    usual = dict.fromkeys(COLUMNS, "") | {
        "piece": "01_A_vn_vc", "title": "A", "track": "1", "instrument": "vn", "slot": "1",
        "players": "2", "lead_frames": "5", "take": "01",
    }  # fmt: skip
    lines = [COLUMNS, *([(usual | row)[key] for key in COLUMNS] for row in rows)]
    path.write_text("".join("\t".join(line) + "\n" for line in lines))
    return path


def write_bytes(path, text):
    path.write_bytes(text.encode())
    return path


def test_inventory_has_44_pieces_and_149_stems(stems):
    assert len(stems) == 149
    assert stems.piece.nunique() == 44


def test_inventory_counts_each_instrument(stems):
    counts = dict(vn=34, tpt=21, fl=18, va=13, vc=11, sax=11, cl=10, tbn=9, ob=6, tba=5, hn=5)
    assert Counter(stems.instrument) == counts | {"bn": 3, "db": 3}


def test_tracks_of_a_piece_are_numbered_and_stand_left_to_right(stems):
    for _, rows in stems.groupby("piece"):
        assert list(rows.track) == list(range(1, len(rows) + 1))
        assert list(rows.slot) == list(rows.track)
        assert set(rows.players) == {len(rows)}


def test_piece_name_lists_its_instruments(stems):
    for piece, rows in stems.groupby("piece"):
        assert piece.split("_")[2:] == list(rows.instrument)


def test_file_names_are_unique_within_a_piece(stems):
    for _, rows in stems.groupby("piece"):
        for column in ("audio", "notes", "f0s"):
            assert rows[column].is_unique
        for column in ("video", "score"):
            assert rows[column].nunique() == 1


def test_file_names_say_track_instrument_and_piece(stems):
    for row in stems.itertuples():
        number, title = row.piece.split("_")[:2]
        # The dataset names the files of this one trombone as a trumpet's.
        code = "tpt" if row.Index.startswith("15_Surprise") and row.track == 3 else row.instrument
        tail = f"_{row.track}_{code}_{number}_{title}"
        assert row.audio == f"AuSep{tail}.wav"
        assert (row.notes, row.f0s) == (f"Notes{tail}.txt", f"F0s{tail}.txt")
        assert (row.video, row.score) == (f"Vid_{row.piece}.mp4", f"Sco_{row.piece}.mid")


def test_surprise_track_3_is_a_trombone_named_as_a_trumpet(stems):
    [row] = [r for r in stems.itertuples() if r.piece.startswith("15_Surprise") and r.track == 3]
    assert row.instrument == "tbn"
    assert "_3_tpt_15_" in row.audio
    assert "_3_tpt_15_" in row.notes
    assert "_3_tpt_15_" in row.f0s


def test_lead_frames_are_five_but_for_the_known_exceptions(stems):
    unusual = stems.lead_frames[stems.lead_frames != 5]
    assert unusual.to_dict() == LEADS


def test_pieces_that_share_recordings_are_one_take_and_no_others(stems):
    number = stems.piece.str[:2]
    shared = {"/".join(sorted(set(number[rows.index]))) for _, rows in stems.groupby("take")}
    assert {pieces for pieces in shared if "/" in pieces} == set(TAKES)
    assert (stems.groupby("piece")["take"].nunique() == 1).all()


def test_published_crops_lie_inside_the_equal_slices(stems):
    published = stems[stems.crop_x != ""]
    assert len(published) == 23
    for row in published.itertuples():
        x, y, side = int(row.crop_x), int(row.crop_y), int(row.crop_side)
        crop = equal_crop(1920, 1080, PICTURE, row.slot, row.players)
        assert crop.x <= x and x + side <= crop.x + crop.width, row.Index
        assert crop.y <= y and y + side <= crop.y + crop.height, row.Index


def test_equal_slices_without_margin_would_clip_published_crops(stems):
    published = stems[stems.crop_x != ""]
    slices = [equal_crop(1920, 1080, PICTURE, r.slot, r.players, 0) for r in published.itertuples()]
    clipped = [
        int(row.crop_x) < s.x or int(row.crop_x) + int(row.crop_side) > s.x + s.width
        for row, s in zip(published.itertuples(), slices, strict=True)
    ]
    assert sum(clipped) == 6


def test_selection_takes_pieces_and_stems():
    chosen = read_stems(TABLE, ["01_Jupiter_vn_vc", "02_Sonata_vn_vn.2"])
    assert list(chosen.index) == ["01_Jupiter_vn_vc.1", "01_Jupiter_vn_vc.2", "02_Sonata_vn_vn.2"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"instrument": "kazoo"}], "unknown instrument kazoo"),
        ([{}, {}], "01_A_vn_vc.1 is listed twice"),
        ([{}, {"track": "two"}], "line 3: track is 'two'"),
    ],
)
def test_wrong_inventory_is_told(tmp_path, rows, told):
    table = write_table(tmp_path / "stems.tsv", rows)
    with pytest.raises(UserError, match=told) as caught:
        read_stems(table)
    assert str(table) in str(caught.value)


def test_a_stem_without_the_name_of_a_file_that_is_read_is_told(tmp_path):
    table = write_table(
        tmp_path / "stems.tsv", [{"audio": "a.wav"}, {"track": "2", "audio": "b.wav", "f0s": "F"}]
    )
    stems = read_stems(table)
    check_named(table, stems, ["audio"])
    with pytest.raises(
        UserError, match=r"stems\.tsv: 01_A_vn_vc\.1 has no name under f0s, which .*leave_out"
    ):
        check_named(table, stems, ["audio", "f0s"])


def test_missing_column_table_and_stem_are_told(tmp_path):
    headless = write_bytes(tmp_path / "headless.tsv", "piece\ttitle\nA\tB\n")
    with pytest.raises(UserError, match="column track is missing"):
        read_stems(headless)
    with pytest.raises(UserError, match=r"none\.tsv: inventory not found"):
        read_stems(tmp_path / "none.tsv")
    with pytest.raises(UserError, match="no piece or stem 99_Nothing"):
        read_stems(TABLE, ["99_Nothing"])


@pytest.mark.parametrize("tabs", ["\t", "\t\t", "\t\t\t"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_notes_are_read_whatever_the_tabs_and_line_ends(tmp_path, tabs, newline):
    rows = [("1.500", "440.000", "0.500"), ("2.250", "261.626", "1.000")]
    text = newline.join(tabs.join(row) for row in rows) + newline
    notes = read_notes(write_bytes(tmp_path / "Notes.txt", text))
    np.testing.assert_array_equal(notes.onset, [1.5, 2.25])
    np.testing.assert_array_equal(notes.duration, [0.5, 1.0])
    np.testing.assert_array_equal(notes.midi, [69, 60])


# Onset, f0 and duration in thousandths: the files have three digits.
note = st.tuples(st.integers(0, 10**6), st.integers(20_000, 4_000_000), st.integers(1, 10**4))


@settings(deadline=None, max_examples=50)
@given(st.lists(note, min_size=1, max_size=30), st.sampled_from(["\t", "\t\t", "\t\t\t"]))
def test_written_notes_are_read_back(tmp_path_factory, rows, tabs):
    path = tmp_path_factory.mktemp("notes") / "Notes.txt"
    lines = [tabs.join(f"{value / 1000:.3f}" for value in row) for row in rows]
    notes = read_notes(write_bytes(path, "\r\n".join(lines) + "\r\n"))
    expected = np.array(sorted(rows)).T / 1000
    np.testing.assert_allclose([notes.onset, notes.hertz, notes.duration], expected, atol=1e-9)


MALFORMED = [
    "1.0\t440",
    "1.0\t440\t0.5\t7",
    "1.0\tA4\t0.5",
    "1,0\t440\t0.5",
    "-1\t440\t0.5",
    "nan\t440\t0.5",
    "inf\t440\t0.5",
    "1\t0\t0.5",
    "1\t-440\t0.5",
    "1\tnan\t0.5",
    "1\t440\t0",
    "1\t440\tinf",
]


@pytest.mark.parametrize("row", MALFORMED)
def test_malformed_note_is_told_with_file_and_line(tmp_path, row):
    path = write_bytes(tmp_path / "Notes.txt", f"0.5\t440\t0.5\r\n\r\n{row}\r\n")
    with pytest.raises(UserError) as caught:
        read_notes(path)
    # Blank lines are skipped but counted, so an editor's "go to line" finds the row.
    assert str(caught.value).startswith(f"{path}: line 3: ")
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_first_note(tmp_path):
    path = tmp_path / "Notes.txt"
    path.write_bytes(b"\xef\xbb\xbf0.5\t440\t0.25\r\n")
    notes = read_notes(path)
    assert (notes.onset[0], notes.hertz[0], notes.duration[0]) == (0.5, 440, 0.25)


def test_empty_and_missing_notes_are_told(tmp_path):
    with pytest.raises(UserError, match=r"Notes\.txt: holds no note"):
        read_notes(write_bytes(tmp_path / "Notes.txt", "\r\n \r\n"))
    with pytest.raises(UserError, match=r"none\.txt: not found"):
        read_notes(tmp_path / "none.txt")


def test_note_beyond_the_stems_end_is_told(tmp_path):
    path = write_bytes(tmp_path / "Notes.txt", "1.0\t440\t0.5\n10.0\t440\t0.5\n")
    assert len(read_notes(path, seconds=10.1).onset) == 2
    with pytest.raises(UserError, match=r"line 2: note at 10\.000 s starts after .* 10\.000 s"):
        read_notes(path, seconds=10.0)


def test_f0s_are_read(tmp_path):
    path = write_bytes(tmp_path / "F0s.txt", "0.023\t0.000\r\n0.033\t440.5\r\n")
    times, hertz = read_f0s(path)
    np.testing.assert_array_equal(times, [0.023, 0.033])
    np.testing.assert_array_equal(hertz, [0, 440.5])


@pytest.mark.parametrize(
    "row", ["0.033", "0.033\tx", "0.033\t440\t1", "0.033\tnan", "0.033\t-1", "inf\t440", "-1\t440"]
)
def test_malformed_f0_is_told_with_file_and_line(tmp_path, row):
    path = write_bytes(tmp_path / "F0s.txt", f"0.023\t0.000\r\n{row}\r\n")
    with pytest.raises(UserError, match=r"F0s\.txt: line 2: "):
        read_f0s(path)


def test_empty_f0s_are_told(tmp_path):
    with pytest.raises(UserError, match=r"F0s\.txt: holds no f0"):
        read_f0s(write_bytes(tmp_path / "F0s.txt", ""))


def test_notes_become_f0_on_urmps_grid():
    notes = Notes(np.array([0.1, 0.5]), np.array([440.0, 220.0]), np.array([0.2, 0.1]))
    times, hertz = notes_to_f0(notes, 1.0)
    assert times[0] == 0.023
    np.testing.assert_allclose(np.diff(times), 0.010, atol=1e-9)
    assert set(hertz[(times >= 0.1) & (times < 0.3)]) == {440.0}
    assert set(hertz[(times >= 0.5) & (times < 0.6)]) == {220.0}
    assert np.count_nonzero(hertz) == 30


def test_f0s_are_preferred_to_notes_and_the_source_is_told(tmp_path):
    f0s, notes = tmp_path / "F0s.txt", write_bytes(tmp_path / "Notes.txt", "0.0\t440\t1.0\n")
    *_, source = annotated_f0(f0s, notes, 1.0)
    assert source == "notes"
    write_bytes(f0s, "0.023\t441\n")
    _, hertz, source = annotated_f0(f0s, notes, 1.0)
    assert (list(hertz), source) == ([441.0], "f0s")


def test_a_file_that_a_stem_lacks_is_an_empty_name_in_the_split(tmp_path):
    path = tmp_path / "split.tsv"
    path.write_text("stem\tpiece\ttake\tnotes\tf0s\tsplit\nA.1\tA\t\tN.txt\t\ttest\n")
    [stem] = read_split(path).itertuples()
    assert (stem.notes, stem.f0s) == ("N.txt", "")
    (tmp_path / "N.txt").write_text("0.5\t440\t1.0\n")
    *_, source = annotated_f0(tmp_path / stem.f0s, tmp_path / stem.notes, 2)
    assert source == "notes"
