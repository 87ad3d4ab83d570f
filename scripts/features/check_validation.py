"""Say which stems failed validation; exit non-zero if any did."""

import pandas as pd

from vimusic.errors import UserError, run
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--table", required=True, help="validation.tsv")
    args = options.parse_args(argv)

    table = pd.read_csv(args.table, sep="\t", keep_default_na=False)
    for row in table[table.verdict != "ok"].itertuples():
        print(f"{row.verdict}: {row.stem}: {row.reason}")
    failed = list(table.stem[table.verdict == "fail"])
    if failed:
        raise UserError(
            f"{args.table}: {len(failed)} of {len(table)} stems fail; repair them, or go on without: "
            f"data: {{leave_out: [{', '.join(failed)}]}}"
        )
    print(f"{len(table)} stems pass, {sum(table.verdict == 'warn')} of them with a warning")


if __name__ == "__main__":
    run(main)
