"""What a model saw and what it made of it: one held-out stem as a film (paper 3.5)."""

import tempfile
from pathlib import Path
from typing import Annotated

import cv2
import imageio_ffmpeg
import numpy as np
import soundfile

from vimusic.errors import run, whole_file
from vimusic.features.frames import FrameStore
from vimusic.features.skeleton import PLANES, POINTS, draw_skeleton
from vimusic.options import program, settings
from vimusic.report.heldout import SECONDS, shown_stem, sound_of

LARGER = 2  # times, where a skeleton is drawn: in a crop of 96 pixels it hides the player


@program
@settings("video.fps")
def main(
    split: Path, features: Path, crops: str, wavs: Path, out: Path, settings,
    skeleton: Annotated[bool, "over the crops, from pose.npz"] = False,
):  # fmt: skip
    stem, fps = shown_stem(split), settings.video.fps
    folder = features / stem.piece / crops
    frames = FrameStore(folder / "frames.zip", stem.track)
    kept = stem.cut.array(np.arange(len(frames)), fps)[: SECONDS * fps]
    sound, rate = sound_of(wavs, stem)
    height, width, _ = frames[0].shape
    if skeleton:
        with np.load(folder / "pose.npz") as tracks:
            points = tracks[str(stem.track)].astype(np.float32).reshape(-1, POINTS, len(PLANES))
        height, width = LARGER * height, LARGER * width
    with whole_file(out) as temporary, tempfile.NamedTemporaryFile(suffix=".wav") as heard:
        soundfile.write(heard.name, sound, rate, subtype="PCM_16")
        film = imageio_ffmpeg.write_frames(
            temporary,
            (width, height),
            fps=fps,
            audio_path=heard.name,
            audio_codec="aac",
            macro_block_size=2,
            output_params=["-t", f"{len(kept) / fps:.3f}"],
        )
        film.send(None)
        for k in kept:
            picture = frames[k]
            if skeleton:
                picture = draw_skeleton(cv2.resize(picture, (width, height)), points[k])
            film.send(picture.tobytes())
        film.close()
    print(f"{out}: {stem.name}, {len(kept)} frames")


if __name__ == "__main__":
    run(main)
