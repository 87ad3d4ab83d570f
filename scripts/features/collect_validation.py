"""The validation table of all stems."""

import pandas as pd

from vimusic.errors import run, whole_file
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--tables", nargs="+", required=True, help="validation.tsv of each piece")
    options.add_argument("--out", required=True, help=".tsv")
    args = options.parse_args(argv)

    table = pd.concat([pd.read_csv(path, sep="\t", dtype=str) for path in args.tables])
    with whole_file(args.out) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    print(", ".join(f"{count} {verdict}" for verdict, count in table.verdict.value_counts().items()))


if __name__ == "__main__":
    run(main)
