"""check_trackers.py with two trackers whose answers are known: one right, one an octave up on copies."""

import check_trackers
import numpy as np
import pandas as pd
import pytest
import soundfile

from vimusic.errors import UserError
from vimusic.evaluation import pitch

RATE = 16000


@pytest.fixture
def words(tmp_path):
    """Options for one held-out stem: a recording that starts at 0.5, its copy at -0.5."""
    folder = tmp_path / "A"
    folder.mkdir()
    for path, level in ((folder / "one.wav", 0.5), (tmp_path / "copy.wav", -0.5)):
        soundfile.write(path, np.full(RATE, level), RATE)
    (folder / "notes.txt").write_text("0.0\t440\t1.0\n")
    split = {"stem": ["A.1", "B.1"], "piece": "A", "instrument": "vn", "take": "1", "seconds": 1.0}
    split |= {"audio": "one.wav", "notes": "notes.txt", "f0s": "", "split": ["test", "train"]}
    pd.DataFrame(split).to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    wavs = pd.DataFrame({"stem": ["A.1"], "path": str(tmp_path / "copy.wav")})
    wavs.to_csv(tmp_path / "wavs.tsv", sep="\t", index=False)
    options = {"split": "split.tsv", "data": ".", "wavs": "wavs.tsv", "markdown": "t.md", "table": "t.csv"}
    given = [word for name, file in options.items() for word in (f"--{name}", str(tmp_path / file))]
    return ["--audio.sample_rate", str(RATE), *given]


@pytest.fixture(autouse=True)
def trackers(monkeypatch):
    def track(signal, sample_rate, tracker):
        times = np.arange(0, 1, 0.01)
        octave = tracker == "octave" and signal[0] < 0
        return times, np.full(len(times), 880.0 if octave else 440.0)

    monkeypatch.setattr(pitch, "TRACKERS", ("right", "octave"))
    monkeypatch.setattr(pitch, "track", track)


def test_accuracy_is_told_of_recording_and_copy(words):
    check_trackers.main(words)
    found = pd.read_csv(words[-1]).set_index(["sound", "tracker"])
    assert found.pitch_accuracy["recording", "octave"] == pytest.approx(1, abs=0.02)
    assert found.pitch_accuracy["copy_synthesis", "right"] == pytest.approx(1, abs=0.02)
    assert found.pitch_accuracy["copy_synthesis", "octave"] == 0
    assert found.right["recording", "octave"] == 1
    assert found.right["copy_synthesis", "octave"] == 0


def test_a_stem_that_was_not_held_out_has_no_copy(words):
    with pytest.raises(UserError, match="is no held-out stem"):
        check_trackers.main([*words, "--select", "B.1"])
