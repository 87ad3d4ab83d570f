"""The sound of the report: the first seconds of the wav that the row's table names."""

import numpy as np
import pandas as pd
import pytest
import show_sound
import soundfile

from vimusic.report.heldout import SECONDS

RATE = 1000


@pytest.mark.parametrize(("seconds", "heard"), [(3, 3), (SECONDS + 5, SECONDS)])
def test_sound_is_the_first_seconds_of_the_shown_stem(tmp_path, seconds, heard):
    signal = np.random.default_rng(0).uniform(-1, 1, seconds * RATE)
    soundfile.write(tmp_path / "one.wav", signal, RATE)
    split = pd.DataFrame({"stem": ["A.2"], "piece": "A", "instrument": "vn", "take": "1", "split": "test"})
    split.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    wavs = pd.DataFrame({"stem": ["A.2"], "path": str(tmp_path / "one.wav")})
    wavs.to_csv(tmp_path / "wavs.tsv", sep="\t", index=False)
    words = [
        "--split",
        tmp_path / "split.tsv",
        "--wavs",
        tmp_path / "wavs.tsv",
        "--out",
        tmp_path / "out.wav",
    ]
    show_sound.main([*map(str, words)])
    sound, rate = soundfile.read(tmp_path / "out.wav")
    assert rate == RATE
    np.testing.assert_array_equal(sound, soundfile.read(tmp_path / "one.wav")[0][: heard * RATE])
