"""Table 1 from the scores of every row, beside the paper's numbers (paper 4.2)."""

from pathlib import Path

import pandas as pd

from vimusic import tables
from vimusic.errors import run, whole_file
from vimusic.options import parser

LABELS = {
    "mini-urmp": "SYNTHETIC data (mini-URMP), not comparable with the paper's numbers",
    "urmp": "URMP",
    "custom": "custom data, not comparable with the paper's numbers",
}


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--scores", nargs="+", required=True, help="metrics of every row (.csv)")
    options.add_argument("--published", required=True, help="the paper's numbers (.csv)")
    options.add_argument("--data", choices=LABELS, required=True, help="what was measured on")
    options.add_argument("--out", required=True, help="folder of the tables")
    args = options.parse_args(argv)

    scores = pd.concat([pd.read_csv(path) for path in args.scores])
    published = pd.read_csv(args.published)
    table = tables.table1(scores, args.data)
    shown = tables.display(table, published[published.artifact == "Table 1"])
    stems = scores.groupby(["row", "metric", "stem", "instrument"], sort=False).value.mean()
    instruments = stems.groupby(["row", "metric", "instrument"], sort=False).mean()
    pieces, count = scores.piece.nunique(), scores.stem.nunique()
    caption = (
        f"Table 1. {LABELS[args.data]}: {count} held-out stems of {pieces} pieces. "
        "Log-mel MSE in ln-power units squared; brackets: 95 % bootstrap interval over pieces."
    )
    folder = Path(args.out)
    with whole_file(folder / "table1.csv") as temporary:
        table.to_csv(temporary, index=False)
    with whole_file(folder / "per_stem.csv") as temporary:
        stems.reset_index().assign(data=args.data).to_csv(temporary, index=False)
    with whole_file(folder / "per_instrument.csv") as temporary:
        instruments.reset_index().assign(data=args.data).to_csv(temporary, index=False)
    with whole_file(folder / "table1.tex") as temporary:
        temporary.write_text(tables.to_latex(shown, caption), encoding="utf-8")
    with whole_file(folder / "table1.md") as temporary:
        temporary.write_text(f"{caption}\n\n{tables.to_markdown(shown)}", encoding="utf-8")
    print(caption)


if __name__ == "__main__":
    run(main)
