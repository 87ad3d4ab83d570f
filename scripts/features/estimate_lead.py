"""Frames by which the picture still leads the sound after the inventory's lead frames are dropped."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.features import lead
from vimusic.errors import run, whole_file
from vimusic.features.frames import FrameStore
from vimusic.options import add_timebase, parser, timebase
from vimusic.evaluation.tables import to_markdown
from vimusic.data.urmp import read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--stems", required=True, help="inventory table")
    options.add_argument("--select", nargs="+", required=True, help="stems to look at")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--crops", required=True, help="how the frames were cropped")
    options.add_argument("--data", required=True, help="what was measured on")
    add_timebase(options)
    options.add_argument("--out", nargs=2, required=True, help=".csv and .md")
    args = options.parse_args(argv)

    clock = timebase(args)
    rows = []
    for piece, players in read_stems(args.stems, args.select).groupby("piece", sort=False):
        folder = Path(args.features) / piece
        curves = []
        for stem in players.itertuples():
            store = FrameStore(folder / args.crops / "frames.zip", stem.track)
            moving = lead.motion(store[k] for k in range(len(store)))
            mel = np.load(folder / str(stem.track) / "mel.npy")
            curves.append(lead.correlation(moving, lead.onset_strength(mel, len(moving), clock)))
            left, strength = lead.estimate(curves[-1:])
            rows.append((stem.Index, stem.lead_frames, left, strength))
        left, strength = lead.estimate(curves)
        rows.append((piece, "", left, strength))
        print(f"{piece}: {left:+.1f} frames left over", flush=True)
    table = pd.DataFrame(rows, columns=["of", "lead_frames", "left_over", "correlation"])
    pieces = table[table.lead_frames == ""].left_over
    title = (
        f"Lead that the inventory leaves over ({args.data}), in frames of {clock.fps}/s; a line without "
        f"lead_frames is a whole piece, all players pooled. Pieces: median {pieces.median():+.1f}, "
        f"{np.mean(pieces.abs() <= 2):.0%} within 2 frames of 0."
    )
    with whole_file(args.out[0]) as temporary:
        table.to_csv(temporary, index=False, float_format="%.3f")
    with whole_file(args.out[1]) as temporary:
        temporary.write_text(f"{title}\n\n{to_markdown(table.round(2))}")


if __name__ == "__main__":
    run(main)
