"""Figure 2: true against predicted log-mels of one held-out stem, first 60 s (paper Figure 2)."""

from pathlib import Path

import numpy as np

from vimusic.errors import run
from vimusic.report.figures import mel_comparison, save
from vimusic.options import parser
from vimusic.report.shown import shown_stem
from vimusic.data.urmp import INSTRUMENTS, read_split

SECONDS = 60


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--mels", nargs="+", required=True, help="predictions (.npz), one a row")
    options.add_argument("--rows", nargs="+", required=True, help="their names")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--data", required=True, help="what was measured on")
    options.add_argument("--out", nargs="+", required=True, help="figure files (.pdf, .png)")
    args = options.parse_args(argv)

    table = read_split(args.split)
    stem = shown_stem(table)
    true = np.load(Path(args.features) / stem.piece / str(stem.track) / "mel.npy")
    panels = {"ground truth": true}
    for row, path in zip(args.rows, args.mels, strict=True):
        with np.load(path) as mels:
            panels[row] = mels[stem.name]
    frames = round(SECONDS * args.sample_rate / args.hop_length)
    panels = {name: mel[:frames] for name, mel in panels.items()}
    title = f"{INSTRUMENTS[stem.instrument][0]}, {stem.name} ({args.data})"
    save(mel_comparison(panels, args.sample_rate, args.hop_length, title), args.out)


if __name__ == "__main__":
    run(main)
