"""f0 of every row over the annotation, one held-out stem (paper 4.2)."""

import pandas as pd

from vimusic.report import plots
from vimusic.errors import run
from vimusic.report.figures import save
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--table", required=True, help="pitch_tracks.csv")
    options.add_argument("--data", required=True, help="what was measured on")
    options.add_argument("--out", nargs="+", required=True, help="figure files (.pdf, .png)")
    args = options.parse_args(argv)

    save(plots.pitch_tracks(pd.read_csv(args.table), args.data), args.out)


if __name__ == "__main__":
    run(main)
