"""The validation table as a picture: each stem's length, its agreement with the notes, its verdict."""

import pandas as pd

from vimusic.errors import run
from vimusic.report.figures import save, validation
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--table", required=True, help="validation.tsv")
    options.add_argument("--data", required=True, help="what was looked at, for the title")
    options.add_argument("--out", required=True, help=".png")
    args = options.parse_args(argv)

    save(validation(pd.read_csv(args.table, sep="\t"), args.data), [args.out])


if __name__ == "__main__":
    run(main)
