"""Log-mel error of every held-out note by its pitch, for a figure (paper 4.2)."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.evaluation.register import by_pitch, note_errors
from vimusic.timebase import TimeBase
from vimusic.data.urmp import read_notes, read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--data", required=True, help="dataset folder, for notes")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--mels", nargs="+", required=True, help="predictions (.npz), one a row")
    options.add_argument("--rows", nargs="+", required=True, help="their names")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--out", required=True, help=".csv: row, midi, mse, notes")
    args = options.parse_args(argv)

    split = read_split(args.split)
    clock = TimeBase(args.sample_rate, args.hop_length)
    errors = []
    for row, path in zip(args.rows, args.mels, strict=True):
        with np.load(path) as mels:
            for stem in split[split.split == "test"].itertuples():
                true = np.load(Path(args.features) / stem.piece / str(stem.track) / "mel.npy")
                notes = read_notes(Path(args.data) / stem.piece / stem.notes)
                errors.append(note_errors(mels[stem.Index], true, notes, clock).assign(row=row))
    with whole_file(args.out) as temporary:
        by_pitch(pd.concat(errors)).to_csv(temporary, index=False)


if __name__ == "__main__":
    run(main)
