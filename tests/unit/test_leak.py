"""The split by clip, which leaks, and the scoring of clips alone."""

import numpy as np
import pandas as pd
import pytest

from vimusic.data.leak import Cut, numbers, split_clips
from vimusic.data.urmp import Notes
from vimusic.models.clips import Clips, Seen, Stem
from vimusic.timebase import TimeBase

WINDOW = 64 / 30
SECONDS = pd.Series({"01_A_vn.1": 60.0, "02_B_fl.1": 100.0})


def test_every_clip_of_a_stem_is_in_one_part_and_shares_are_80_10_10():
    parts = split_clips(SECONDS, WINDOW, seed=0)
    for stem, length in SECONDS.items():
        train, val, test = (numbers(parts[stem, name]) for name in ("train", "val", "test"))
        assert sorted(train + val + test) == list(range(int(length / WINDOW)))
        assert len(val) == len(test) == round(0.1 * int(length / WINDOW))


def test_the_seed_decides():
    assert split_clips(SECONDS, WINDOW, 0) == split_clips(SECONDS, WINDOW, 0)
    assert split_clips(SECONDS, WINDOW, 0) != split_clips(SECONDS, WINDOW, 1)


def test_neighbours_do_leak():
    test = numbers(split_clips(SECONDS, WINDOW, 0)["02_B_fl.1", "test"])
    train = numbers(split_clips(SECONDS, WINDOW, 0)["02_B_fl.1", "train"])
    assert {k + 1 for k in test} & set(train)


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
    cut = Cut(numbers(float("nan")), 2.0)
    values = np.arange(5)
    assert cut.array(values, 10) is values
