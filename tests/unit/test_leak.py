"""The split by clip, which leaks, and the scoring of clips alone."""

import numpy as np
import pandas as pd
import pytest

from vimusic.data.leak import Cut, held_out, part_of, split_clips, whole_stems
from vimusic.data.urmp import Notes, read_split
from vimusic.models.clips import Clips, Seen, Stem
from vimusic.timebase import TimeBase

WINDOW = 64 / 30
SECONDS = pd.Series({"01_A_vn.1": 60.0, "02_B_fl.1": 100.0})


def test_every_clip_of_a_stem_is_in_one_part_and_shares_are_80_10_10():
    parts = split_clips(SECONDS, WINDOW, seed=0)
    for stem, length in SECONDS.items():
        train, val, test = (parts[stem, name] for name in ("train", "val", "test"))
        assert sorted(train + val + test) == list(range(int(length / WINDOW)))
        assert len(val) == len(test) == round(0.1 * int(length / WINDOW))


def test_the_seed_decides():
    assert split_clips(SECONDS, WINDOW, 0) == split_clips(SECONDS, WINDOW, 0)
    assert split_clips(SECONDS, WINDOW, 0) != split_clips(SECONDS, WINDOW, 1)


def test_neighbours_do_leak():
    parts = split_clips(SECONDS, WINDOW, 0)
    assert {k + 1 for k in parts["02_B_fl.1", "test"]} & set(parts["02_B_fl.1", "train"])


def test_a_part_that_gets_no_clip_of_a_short_stem_does_not_get_the_stem():
    parts = split_clips(pd.Series({"A.1": 2.5 * WINDOW, "B.1": 0.5 * WINDOW}), WINDOW, 0)
    assert sorted(parts) == [("A.1", "test"), ("A.1", "val")]
    assert sorted(parts["A.1", "test"] + parts["A.1", "val"]) == [0, 1]


@pytest.fixture
def split(tmp_path):
    """A split by clip as it is read back: two stems, of which one tests a single clip."""
    path = tmp_path / "split.tsv"
    rows = [("A.1", "train", "0 2"), ("A.1", "test", "1"), ("B.1", "train", "3"), ("B.1", "test", "0")]
    lines = [f"{stem}\tA\t9.0\t{part}\t{clips}\t2.0" for stem, part, clips in rows]
    path.write_text("\n".join(["stem\tpiece\tseconds\tsplit\tclips\twindow", *lines]) + "\n")
    return read_split(path)


def test_clips_are_read_back_as_lists_of_whole_numbers(split, tmp_path):
    assert list(split.clips) == [[0, 2], [1], [3], [0]]
    assert all(type(k) is int for clips in split.clips for k in clips)
    # A column of single numbers and nothing else is not one of floats.
    text = (tmp_path / "split.tsv").read_text().replace("0 2", "")
    (tmp_path / "split.tsv").write_text(text)
    assert list(read_split(tmp_path / "split.tsv").clips) == [None, [1], [3], [0]]


def test_held_out_stems_come_once_with_the_part_that_is_held_out(split):
    test = held_out(split)
    assert list(test.index) == ["A.1", "B.1"]
    values = np.arange(9)
    assert [list(cut.array(values, 1)) for cut in test.cut] == [[2, 3], [0, 1]]
    assert [cut.seconds(9.0) for cut in test.cut] == [2.0, 2.0]
    assert [list(cut.array(values, 1)) for cut in part_of(split, "train").cut] == [[0, 1, 4, 5], [6, 7]]


def test_whole_stems_come_once(split):
    assert list(whole_stems(split).index) == ["A.1", "B.1"]
    values = np.arange(9)
    assert all(cut.array(values, 1) is values for cut in whole_stems(split).cut)


def test_only_the_stems_own_clips_are_trained_on():
    clock = TimeBase()
    mel = np.arange(1000 * 2, dtype=np.float32).reshape(1000, 2)
    stem = Stem(Seen("a", 1000, 0), mel, clips=[0, 2])
    clips = Clips([stem], clock, seed=3, epoch=1)
    assert [float(clips[k]["mel"][0, 0]) for k in range(len(clips))] == [
        0,
        2 * round(128 * clock.mels_per_frame),
    ]


def test_cut_puts_clips_end_to_end():
    cut = Cut([1, 3], 2.0)
    assert list(cut.array(np.arange(100), 10)) == [*range(20, 40), *range(60, 80)]
    times, values = cut.track(np.arange(0, 10, 0.5), np.arange(20))
    assert list(values) == [4, 5, 6, 7, 12, 13, 14, 15]
    assert times == pytest.approx(np.arange(0, 4, 0.5))
    notes = cut.notes(Notes(np.array([1.9, 2.5, 3.8, 6.0]), np.full(4, 440.0), np.ones(4)))
    assert notes.onset == pytest.approx([0.5, 1.8, 2.0])
    assert notes.duration == pytest.approx([1, 0.2, 1])


def test_no_clips_keep_everything():
    cut = Cut(None, 2.0)
    values = np.arange(5)
    assert cut.array(values, 10) is values
    assert cut.seconds(0.5) == 0.5
