"""Table 1 from the scores of every row, its statistics, and the comparison with the paper (paper 4.2)."""

from pathlib import Path

import pandas as pd

from vimusic import paired, published, tables
from vimusic.errors import run, whole_file
from vimusic.options import add_timebase, parser, read_inputs, timebase
from vimusic.revision import commit
from vimusic.urmp import INSTRUMENTS

LABELS = {
    "mini-urmp": "SYNTHETIC data (mini-URMP), not comparable with the paper's numbers",
    "urmp": "URMP",
    "custom": "custom data, not comparable with the paper's numbers",
}
UNITS = {"title": "", "clip": "SPLIT BY CLIP, which leaks: neighbours of scored clips were trained on. "}
AGAINST = (
    "Published numbers against ours. Reproduced: the published value lies in our 95 % interval, or within "
    f"{published.TOLERANCE['mse']:g} (MSE) or {published.TOLERANCE['pitch_accuracy']:.0%} (pitch accuracy) "
    "of ours. Direction reproduced: it does not, but the rows the paper compares differ to the same side."
)


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--scores", nargs="+", required=True, help="metrics of every row (.csv)")
    options.add_argument("--published", required=True, help="the paper's numbers (.csv)")
    options.add_argument("--inputs", nargs="+", required=True, help="variant=input,input ...")
    options.add_argument("--data", choices=LABELS, required=True, help="what was measured on")
    options.add_argument("--unit", choices=UNITS, required=True, help="what the split divides")
    add_timebase(options)
    options.add_argument("--out", required=True, help="folder of the tables")
    args = options.parse_args(argv)

    scores = pd.concat([pd.read_csv(path) for path in args.scores])
    scores["family"] = scores.instrument.map({code: family for code, (_, family, _) in INSTRUMENTS.items()})
    theirs = pd.read_csv(args.published)
    inputs = read_inputs(args.inputs)
    table = tables.table1(scores, args.data)
    pairs = paired.paired(scores, list(inputs))
    missed = paired.unbeaten(pairs, inputs)
    against = published.against_paper(theirs, table, pairs, timebase(args), args.data)
    stems = scores.groupby(["row", "metric", "stem", "instrument"], sort=False).value.mean().reset_index()
    shown = tables.display(table, theirs[theirs.artifact == "Table 1"], missed)
    caption = (
        f"Table 1. {UNITS[args.unit]}{LABELS[args.data]}: {scores.stem.nunique()} held-out stems, "
        f"{scores.piece.nunique()} piece(s). Log-mel MSE in ln-power units squared; brackets: 95 % "
        f"bootstrap interval over pieces. Code {commit()}."
    )
    note = paired.footnote(missed, pairs)
    differences = f"Row - other on the same stems; {caption.partition('. ')[2]}"
    files = {
        "table1.csv": table,
        "per_stem.csv": stems.assign(data=args.data),
        "per_instrument.csv": tables.grouped(scores, "instrument", args.data),
        "per_family.csv": tables.grouped(scores, "family", args.data),
        "seeds.csv": tables.by_seed(scores).assign(data=args.data),
        "paired.csv": pairs.assign(data=args.data),
        "against_paper.csv": against,
    }
    texts = {
        "table1.tex": tables.to_latex(shown, f"{caption} {note}".strip()),
        "paired.md": f"{differences}\n\n{tables.to_markdown(paired.shown(pairs))}",
        "against_paper.md": f"{AGAINST}\n\n{tables.to_markdown(published.shown(against))}",
        "table1.md": f"{caption}\n\n{tables.to_markdown(shown)}" + (note and f"\n{note}"),
    }
    for name, frame in files.items():
        with whole_file(Path(args.out) / name) as temporary:
            frame.to_csv(temporary, index=False)
    for name, text in texts.items():
        with whole_file(Path(args.out) / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    print(caption)


if __name__ == "__main__":
    run(main)
