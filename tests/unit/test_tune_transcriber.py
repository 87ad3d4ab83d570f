"""Choosing thresholds on the other titles: of known scores, and on two titles of plucked notes."""

import numpy as np
import pandas as pd
import pytest
import soundfile
import tune_transcriber
from signals import plucks

from vimusic.errors import UserError
from vimusic.evaluation.transcribers import ours

RATE = 16000


def test_a_title_is_scored_by_what_is_best_on_the_others():
    titles = np.array(["A", "A", "B", "C"])
    scores = np.array([[0.9, 0.9, 0.1, 0.2], [0.5, 0.5, 0.8, 0.9], [0.4, 0.3, 0.9, 0.7]])
    held, best = tune_transcriber.nested(scores, titles)
    # Sums without A: 0.3, 1.7, 1.6; without B: 2.0, 1.9, 1.4; without C: 1.9, 1.8, 1.6.
    assert best == {"A": 1, "B": 0, "C": 0}
    np.testing.assert_array_equal(held, [0.5, 0.5, 0.1, 0.2])


def test_draws_are_the_same_each_time_and_of_the_choices():
    one, other = tune_transcriber.drawn(20), tune_transcriber.drawn(30)
    assert one == other[:20]
    for limits in other:
        assert all(value in among for value, among in zip(limits, tune_transcriber.CHOICES, strict=True))
    assert all(value in among for value, among in zip(ours.CHOSEN, tune_transcriber.CHOICES, strict=True))


@pytest.fixture
def words(tmp_path):
    """Options for two titles of one stem."""
    onsets, hertz = [0.5, 1.0, 1.5], [440.0, 440.0, 660.0]
    soundfile.write(tmp_path / "a.wav", plucks(onsets, hertz, 2, RATE), RATE)
    lines = [f"{onset}\t{f0}\t0.5\n" for onset, f0 in zip(onsets, hertz, strict=True)]
    (tmp_path / "notes.txt").write_text("".join(lines))
    split = {"stem": ["A.1", "B.1"], "piece": ".", "title": ["A", "B"], "instrument": "vn", "take": "1"}
    split |= {"seconds": 2.0, "audio": "a.wav", "notes": "notes.txt", "f0s": "", "split": "test"}
    pd.DataFrame(split).to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    options = {"split": "split.tsv", "data": ".", "table": "t.csv", "markdown": "t.md"}
    given = [word for name, file in options.items() for word in (f"--{name}", str(tmp_path / file))]
    return [*given, "--audio.sample_rate", str(RATE), "--evaluation.tracker", "swift_f0", "--draws", "3"]


def test_table_tells_what_now_others_and_all_give(words, tmp_path):
    tune_transcriber.main(words)
    found = pd.read_csv(tmp_path / "t.csv")
    assert list(found.now) == [1, 1]
    assert (found.left_out == found.seen).all()  # two titles that are alike
    assert "all stems" in (tmp_path / "t.md").read_text()


def test_one_title_is_too_few(words, tmp_path):
    split = pd.read_csv(tmp_path / "split.tsv", sep="\t").assign(title="A")
    split.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    with pytest.raises(UserError, match="holds one title"):
        tune_transcriber.main(words)
