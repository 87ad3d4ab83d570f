"""The film of the report: as long as the crops it shows, with the row's sound."""

import av
import numpy as np
import pandas as pd
import pytest
import show_clip
import soundfile

from vimusic.features.frames import FrameWriter
from vimusic.features.skeleton import POINTS, SHOULDERS
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


def test_a_skeleton_is_drawn_over_larger_crops(tmp_path):
    folder = tmp_path / "features/A/auto"
    folder.mkdir(parents=True)
    with FrameWriter(folder / "frames.zip") as store:
        for _ in range(30):
            store.append(2, np.zeros((64, 64, 3), np.uint8))
    points = np.zeros((30, POINTS, 3), np.float16)
    points[15:, list(SHOULDERS)] = [(0.9, 0.25, 1), (0.1, 0.25, 1)]
    np.savez(folder / "pose.npz", **{"2": points.reshape(30, -1)})
    split = pd.DataFrame({"stem": ["A.2"], "piece": "A", "track": 2, "instrument": "vn", "take": "1"})
    split.assign(split="test").to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    soundfile.write(tmp_path / "one.wav", np.zeros(8000), 8000)
    wavs = pd.DataFrame({"stem": ["A.2"], "path": str(tmp_path / "one.wav")})
    wavs.to_csv(tmp_path / "wavs.tsv", sep="\t", index=False)
    words = ["--split", tmp_path / "split.tsv", "--features", tmp_path / "features", "--crops", "auto"]
    words += [
        "--wavs",
        tmp_path / "wavs.tsv",
        "--video.fps",
        30,
        "--skeleton",
        "--out",
        tmp_path / "film.mp4",
    ]
    show_clip.main(list(map(str, words)))
    with av.open(str(tmp_path / "film.mp4")) as film:
        pictures = [picture.to_ndarray(format="rgb24") for picture in film.decode(video=0)]
    assert pictures[0].shape == (128, 128, 3)
    assert pictures[0].max() < 40 and pictures[-1][28:36, 20:108].max(2).max(0).min() > 60
    assert pictures[-1][60:].max() < 40
