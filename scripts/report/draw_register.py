"""Error against the pitch of the note (paper 4.2)."""

import pandas as pd

from vimusic.report import plots
from vimusic.errors import run
from vimusic.report.figures import save
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--table", required=True, help="register.csv")
    options.add_argument("--data", required=True, help="what was measured on")
    options.add_argument("--out", nargs="+", required=True, help="figure files (.pdf, .png)")
    args = options.parse_args(argv)

    save(plots.register(pd.read_csv(args.table), args.data), args.out)


if __name__ == "__main__":
    run(main)
