"""Predict the log-mels of the held-out stems with an anchor: a mean, silence, the truth itself."""

from pathlib import Path

import numpy as np

from vimusic.models.baselines import BASELINES
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.data.urmp import read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--row", choices=BASELINES, required=True)
    options.add_argument("--out", required=True, help=".npz, T x n_mels per stem")
    args = options.parse_args(argv)

    table = read_split(args.split)

    def mel(row):
        return np.load(Path(args.features) / row.piece / str(row.track) / "mel.npy")

    train = [(row.instrument, mel(row)) for row in table[table.split == "train"].itertuples()]
    with whole_file(args.out) as temporary:
        np.savez(
            temporary,
            **{
                row.Index: BASELINES[args.row](mel(row), row.instrument, train)
                for row in table[table.split == "test"].itertuples()
            },
        )
    print(f"{args.row}: {sum(table.split == 'test')} stems")


if __name__ == "__main__":
    run(main)
