"""What a model saw and what it made of it: one held-out stem as a film (paper 3.5)."""

from pathlib import Path

import imageio_ffmpeg
import pandas as pd

from vimusic.errors import run, whole_file
from vimusic.features.frames import FrameStore
from vimusic.options import parser
from vimusic.report.shown import SECONDS, shown_stem
from vimusic.data.urmp import read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--crops", required=True, help="how the row's frames were cropped")
    options.add_argument("--wavs", required=True, help="table of the row's wavs")
    options.add_argument("--fps", type=int, required=True, help="of the crops, frames per second")
    options.add_argument("--out", required=True, help=".mp4")
    args = options.parse_args(argv)

    stem = shown_stem(read_split(args.split))
    wav = pd.read_csv(args.wavs, sep="\t", index_col="stem").path[stem.name]
    frames = FrameStore(Path(args.features) / stem.piece / args.crops / "frames.zip", stem.track)
    count = min(len(frames), SECONDS * args.fps)
    height, width, _ = frames[0].shape
    with whole_file(args.out) as temporary:
        film = imageio_ffmpeg.write_frames(
            temporary,
            (width, height),
            fps=args.fps,
            audio_path=wav,
            audio_codec="aac",
            macro_block_size=2,
            output_params=["-t", f"{count / args.fps:.3f}"],
        )
        film.send(None)
        for k in range(count):
            film.send(frames[k].tobytes())
        film.close()
    print(f"{args.out}: {stem.name}, {count} frames")


if __name__ == "__main__":
    run(main)
