"""The film of the report: as long as the crops it shows, with the row's sound."""

import av
import numpy as np
import pandas as pd
import pytest
import show_clip
import soundfile

from vimusic.features.frames import FrameWriter
from vimusic.report.heldout import SECONDS


@pytest.mark.parametrize(("frames", "seconds"), [(45, 1.5), (700, SECONDS)])
def test_film_lasts_as_long_as_its_frames(tmp_path, frames, seconds):
    folder = tmp_path / "features/A"
    (folder / "auto").mkdir(parents=True)
    with FrameWriter(folder / "auto/frames.zip") as store:
        for k in range(frames):
            store.append(2, np.full((32, 32, 3), k % 256, np.uint8))
    split = pd.DataFrame({"stem": ["A.2"], "piece": "A", "track": 2, "instrument": "vn", "take": "1"})
    split.assign(split="test").to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    wav = tmp_path / "it's one.wav"
    soundfile.write(wav, np.zeros(30 * 8000), 8000)
    pd.DataFrame({"stem": ["A.2"], "path": str(wav)}).to_csv(tmp_path / "wavs.tsv", sep="\t", index=False)
    out = tmp_path / "film.mp4"
    options = [
        "--split",
        tmp_path / "split.tsv",
        "--features",
        folder.parent,
        "--crops",
        "auto",
        "--wavs",
        tmp_path / "wavs.tsv",
    ]
    show_clip.main([*map(str, options), "--video.fps", "30", "--out", str(out)])
    with av.open(str(out)) as film:
        assert {stream.type for stream in film.streams} == {"video", "audio"}
        assert film.duration / av.time_base == pytest.approx(seconds, abs=0.1)
