"""MSE and pitch accuracy of every instrument by row (paper 4.2)."""

import pandas as pd

from vimusic.report import plots
from vimusic.errors import run
from vimusic.report.figures import save
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--table", required=True, help="per_instrument.csv")
    options.add_argument("--rows", nargs="+", required=True, help="rows to draw")
    options.add_argument("--data", required=True, help="what was measured on")
    options.add_argument("--out", nargs="+", required=True, help="figure files (.pdf, .png)")
    args = options.parse_args(argv)

    table = pd.read_csv(args.table).dropna(subset="value")
    save(plots.instrument_bars(table[table.row.isin(args.rows)], args.data), args.out)


if __name__ == "__main__":
    run(main)
