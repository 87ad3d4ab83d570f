"""Training and validation error by epoch of every trained model (paper 3.4)."""

from pathlib import Path

import pandas as pd

from vimusic.report import plots
from vimusic.errors import run
from vimusic.report.figures import save
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--histories", nargs="+", required=True, help="<variant>.<seed>/history.csv")
    options.add_argument("--data", required=True, help="what was trained on")
    options.add_argument("--out", nargs="+", required=True, help="figure files (.pdf, .png)")
    args = options.parse_args(argv)

    histories = []
    for path in map(Path, args.histories):
        variant, _, seed = path.parent.name.rpartition(".")
        histories.append(pd.read_csv(path).assign(variant=variant, seed=int(seed)))
    save(plots.learning_curves(pd.concat(histories), args.data), args.out)


if __name__ == "__main__":
    run(main)
