"""Table 1 from the scores of every row, its statistics, and the comparison with the paper (paper 4.2)."""

from pathlib import Path

import pandas as pd

from vimusic import captions
from vimusic.evaluation import paired, published, tables
from vimusic.errors import run, whole_file
from vimusic.options import add_timebase, parser, read_inputs, timebase
from vimusic.data.urmp import INSTRUMENTS

AGAINST = (
    "Published numbers against ours. Reproduced: ours lies within "
    f"{published.TOLERANCE['mse']:g} (MSE) or {published.TOLERANCE['pitch_accuracy']:.0%} (pitch accuracy) "
    "of the published value, or our 95 % interval holds it and reaches no further than twice that. "
    f"{published.WIDE.capitalize()}: the interval holds it but is wider. Direction reproduced: neither, but "
    "the rows the paper compares differ to the same side."
)


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--scores", nargs="+", required=True, help="metrics of every row (.csv)")
    options.add_argument("--published", required=True, help="the paper's numbers (.csv)")
    options.add_argument("--inputs", nargs="+", required=True, help="variant=input,input ...")
    options.add_argument("--data", choices=captions.DATA, required=True, help="what was measured on")
    options.add_argument("--unit", choices=captions.UNITS, required=True, help="what the split divides")
    options.add_argument("--tracker", required=True, help="f0 tracker")
    options.add_argument("--source", choices=captions.NOTES, required=True, help="of the piano-roll")
    options.add_argument("--table2", help="Table 2 (.csv), for the comparison with the paper")
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
    measured = captions.measured_on(args.data, args.unit, args.tracker, args.source)
    heard = pd.read_csv(args.table2) if args.table2 else None
    against = published.against_paper(
        theirs,
        table,
        pairs,
        timebase(args),
        data=args.data,
        measured=measured,
        tracker=args.tracker,
        reduction=paired.reduction(scores, "vision_midi", "vision"),
        heard=heard,
    )
    shown = tables.display(table, theirs[theirs.artifact == "Table 1"], missed)
    caption = (
        f"Table 1. {captions.UNITS[args.unit]}{captions.DATA[args.data]}: {captions.counted(scores)}. "
        f"Log-mel MSE in ln-power units squared; pitch by {args.tracker}; rows with MIDI read "
        f"{captions.NOTES[args.source]}; brackets: 95 % bootstrap interval over pieces, "
        f"too narrow where they are few. From {captions.provenance()}."
    )
    note = paired.footnote(missed, pairs)
    differences = (
        "Row - other on the same stems; better: by a sign-flip test over pieces (two-sided p < "
        f"{paired.ALPHA}, {paired.FEWEST} pieces at least), not by the interval. {caption.partition('. ')[2]}"
    )
    explained = f"{AGAINST} From {captions.provenance()}."
    files = {
        "table1.csv": table,
        "per_stem.csv": tables.by_stem(scores).assign(data=args.data),
        "per_instrument.csv": tables.grouped(scores, "instrument", args.data),
        "per_family.csv": tables.grouped(scores, "family", args.data),
        "seeds.csv": tables.by_seed(scores).assign(data=args.data),
        "paired.csv": pairs.assign(data=args.data),
        "against_paper.csv": against,
    }
    texts = {
        "table1.tex": tables.to_latex(shown, f"{caption} {note}".strip()),
        "paired.md": f"{differences}\n\n{tables.to_markdown(paired.shown(pairs))}",
        "against_paper.md": f"{explained}\n\n{tables.to_markdown(published.shown(against))}",
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
