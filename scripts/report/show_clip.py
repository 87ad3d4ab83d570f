"""What a model saw and what it made of it: one held-out stem as a film (paper 3.5)."""

import tempfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import soundfile

from vimusic.errors import run, whole_file
from vimusic.features.frames import FrameStore
from vimusic.options import program, settings
from vimusic.report.heldout import SECONDS, shown_stem, sound_of


@program
@settings("video.fps")
def main(split: Path, features: Path, crops: str, wavs: Path, out: Path, settings):
    stem, fps = shown_stem(split), settings.video.fps
    frames = FrameStore(features / stem.piece / crops / "frames.zip", stem.track)
    kept = stem.cut.array(np.arange(len(frames)), fps)[: SECONDS * fps]
    sound, rate = sound_of(wavs, stem)
    height, width, _ = frames[0].shape
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
            film.send(frames[k].tobytes())
        film.close()
    print(f"{out}: {stem.name}, {len(kept)} frames")


if __name__ == "__main__":
    run(main)
