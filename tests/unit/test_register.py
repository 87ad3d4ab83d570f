"""Error of each note by its pitch, on mels whose error is known frame by frame."""

from pathlib import Path

import collect_register
import numpy as np
import pandas as pd
import pytest
from runs import rows_of

from vimusic.data.urmp import Notes
from vimusic.errors import UserError
from vimusic.evaluation.register import by_pitch, note_errors
from vimusic.timebase import TimeBase

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


def collected(folder, splits):
    """(row, midi) -> (mse, notes) of what ``collect_register`` finds, with windows of 1 s."""
    clock = [
        "--audio.sample_rate",
        16000,
        "--audio.hop_length",
        1600,
    ]
    paths = [
        "--rows",
        folder / "rows.json",
        "--data",
        folder,
        "--features",
        folder,
        "--out",
        folder / "register.csv",
    ]
    collect_register.main([str(word) for word in [*paths, *clock, "--splits", *splits]])
    table = pd.read_csv(folder / "register.csv")
    return {(line.row, line.midi): (line.mse, line.notes) for line in table.itertuples()}


def stem_of(folder, piece):
    """A stem of 3 s with a note in the middle of each: 69, 81, 57."""
    (folder / piece / "1").mkdir(parents=True)
    np.save(folder / piece / "1/mel.npy", np.zeros((30, 4), np.float32))
    (folder / piece / "notes.txt").write_text("0.2 440 0.5\n1.2 880 0.5\n2.2 220 0.5\n")
    return {
        "stem": f"{piece}.1",
        "piece": piece,
        "track": 1,
        "instrument": "vn",
        "take": "1",
        "notes": "notes.txt",
    }


def write_split(path, *rows):
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    return path


def predict(rows, stems, error):
    """Mels that miss the truth by ``error``."""
    for row in rows:
        Path(row.mels).parent.mkdir(parents=True, exist_ok=True)
        np.savez(row.mels, **{stem: np.full((30, 4), error, np.float32) for stem in stems})


def test_a_split_by_clip_counts_each_held_out_note_once(tmp_path):
    predict(rows_of(tmp_path, "midi"), ["A.1"], 2)
    stem = stem_of(tmp_path, "A")
    parts = [
        stem | {"split": name, "clips": clips, "window": 1.0}
        for name, clips in (("test", "0 2"), ("train", "1"))
    ]
    found = collected(tmp_path, [write_split(tmp_path / "split.tsv", *parts)])
    assert {midi for _, midi in found} == {69, 57}
    assert found["midi", 69] == (4, 1)


def test_every_fold_is_measured_on_what_it_held_out(tmp_path):
    rows = rows_of(tmp_path, "midi", folds=3)
    stems = [stem_of(tmp_path, piece) | {"clips": ""} for piece in "ABC"]
    splits = []
    for k, fold in enumerate(dict.fromkeys(row.fold for row in rows)):
        predict([row for row in rows if row.fold == fold], [stems[k]["stem"]], k + 1)
        table = [stem | {"split": "test" if j == k else "train"} for j, stem in enumerate(stems)]
        splits.append(write_split(tmp_path / f"{k}.tsv", *table))
    found = collected(tmp_path, splits)
    assert {row for row, _ in found} == {"instrument_mean", "soundfont", "midi"}
    assert all(cell == (pytest.approx((1 + 4 + 9) / 3), 3) for cell in found.values())
    with pytest.raises(UserError, match="2 for 3 fold"):
        collected(tmp_path, splits[:2])
