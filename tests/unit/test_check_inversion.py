"""check_inversion.py with a vocoder and a tracker whose answers are known: the copy is an octave up."""

import check_inversion
import numpy as np
import pandas as pd
import pytest
import soundfile

from vimusic.evaluation import pitch
from vimusic.models.vocoders import griffin_lim

RATE, HOP = 16000, 160


def test_the_share_of_the_pitch_that_a_copy_keeps_is_told_by_instrument(tmp_path, monkeypatch):
    def hum(mel, length, sample_rate, n_fft, hop_length, iterations, weights):
        assert (len(mel), sample_rate, n_fft, hop_length, iterations) == (1 + RATE // HOP, RATE, 1024, HOP, 3)
        return np.full(length, -0.5)

    def track(signal, sample_rate, tracker):
        # The recordings start at 0.5, the copies at -0.5; of these the second half is an octave up.
        times = np.arange(0, 1, 0.01)
        return times, np.where((signal[0] < 0) & (times >= 0.5), 880.0, 440.0)

    monkeypatch.setattr(griffin_lim, "vocode", hum)
    monkeypatch.setattr(pitch, "track", track)
    for part in (1, 2):
        (tmp_path / f"features/A/{part}").mkdir(parents=True)
        np.save(tmp_path / f"features/A/{part}/mel.npy", np.zeros((1 + RATE // HOP, 80), np.float32))
    (tmp_path / "A").mkdir()
    soundfile.write(tmp_path / "A/one.wav", np.full(RATE, 0.5), RATE)
    (tmp_path / "A/notes.txt").write_text("0.0\t440\t1.0\n")
    split = {"stem": ["A.1", "A.2"], "piece": "A", "track": [1, 2], "instrument": ["vn", "vc"], "take": "1"}
    split |= {"seconds": 1.0, "audio": "one.wav", "notes": "notes.txt", "f0s": "", "split": ["test", "train"]}
    pd.DataFrame(split).to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    options = {
        "split": tmp_path / "split.tsv", "data": tmp_path, "features": tmp_path / "features",
        "audio.sample_rate": RATE, "audio.n_fft": 1024, "audio.hop_length": HOP,
        "inference.vocoder": "griffin_lim", "inference.iterations": 3, "inference.weights": "",
        "evaluation.tracker": "pyin",
        "table": tmp_path / "t.csv", "markdown": tmp_path / "t.md",
    }  # fmt: skip
    check_inversion.main([word for name, value in options.items() for word in (f"--{name}", str(value))])
    found = pd.read_csv(tmp_path / "t.csv", index_col="stem")
    assert list(found.instrument) == ["vn", "vc"]  # held out or not
    assert found.recording["A.1"] == pytest.approx(1, abs=0.03)
    assert found.kept["A.1"] == pytest.approx(0.5, abs=0.03)
    shown = (tmp_path / "t.md").read_text()
    assert "Pitch accuracy (pyin)" in shown and "| all" in shown
