"""What a model saw and what it made of it: one held-out stem as a film (paper 3.5)."""

from pathlib import Path

import imageio_ffmpeg

from vimusic.errors import run, whole_file
from vimusic.features.frames import FrameStore
from vimusic.options import program, settings
from vimusic.report.heldout import SECONDS, shown_stem, wav_of


@program
@settings("video.fps")
def main(split: Path, features: Path, crops: str, wavs: Path, out: Path, settings):
    stem, fps = shown_stem(split), settings.video.fps
    frames = FrameStore(features / stem.piece / crops / "frames.zip", stem.track)
    count = min(len(frames), SECONDS * fps)
    height, width, _ = frames[0].shape
    with whole_file(out) as temporary:
        film = imageio_ffmpeg.write_frames(
            temporary,
            (width, height),
            fps=fps,
            audio_path=str(wav_of(wavs, stem.name)),
            audio_codec="aac",
            macro_block_size=2,
            output_params=["-t", f"{count / fps:.3f}"],
        )
        film.send(None)
        for k in range(count):
            film.send(frames[k].tobytes())
        film.close()
    print(f"{out}: {stem.name}, {count} frames")


if __name__ == "__main__":
    run(main)
