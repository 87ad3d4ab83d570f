"""One self-contained page: the question, the tables, the figures, and the sound of every row."""

from collections import Counter
from html import escape
from pathlib import Path

import pandas as pd

from vimusic import captions
from vimusic.report import page
from vimusic.evaluation import paired, published, tables
from vimusic.errors import run, whole_file
from vimusic.report.listening import ratings
from vimusic.options import parser, read_inputs
from vimusic.data.urmp import INSTRUMENTS, read_split

STEMS = 4  # clips on the page; all lie in audio/
SYNTHETIC = (
    "Synthetic: everything on this page was measured on mini-URMP, a generated dataset. "
    "The paper's numbers are for URMP and cannot be compared."
)


def sounds_of(stem, recording, tables_of_wavs):
    """label -> wav of one stem: the recording, then every row; seeds are named where there are several."""
    names = [Path(path).parent.name.rpartition(".") for path in tables_of_wavs]
    seeds = Counter(row for row, _, _ in names)
    sounds = {"recording": recording}
    for (row, _, seed), path in zip(names, tables_of_wavs, strict=True):
        label = row if seeds[row] == 1 else f"{row}, seed {seed}"
        sounds[label] = pd.read_csv(path, sep="\t", index_col="stem").path[stem]
    return sounds


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--run", required=True, help="the run's name")
    options.add_argument("--name", required=True, help="what was measured on")
    options.add_argument("--data", required=True, help="dataset folder, for the recordings")
    options.add_argument("--table", required=True, help="Table 1 (.csv)")
    options.add_argument("--paired", required=True, help="paired differences (.csv)")
    options.add_argument("--table2", required=True, help="Table 2 (.csv)")
    options.add_argument("--against", required=True, help="comparison with the paper (.csv)")
    options.add_argument("--seeds", required=True, help="each seed apart (.csv)")
    options.add_argument("--instruments", required=True, help="each instrument apart (.csv)")
    options.add_argument("--families", required=True, help="each family apart (.csv)")
    options.add_argument("--published", required=True, help="the paper's numbers (.csv)")
    options.add_argument("--inputs", nargs="+", required=True, help="variant=input,input ...")
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--figures", nargs="+", required=True, help="figures (.png)")
    options.add_argument("--wavs", nargs="+", required=True, help="tables of wavs, one a row")
    options.add_argument("--tracker", required=True, help="f0 tracker")
    options.add_argument("--source", choices=captions.NOTES, required=True, help="of the piano-roll")
    options.add_argument("--unit", choices=captions.UNITS, required=True, help="what the split divides")
    options.add_argument("--out", required=True, help=".html")
    args = options.parse_args(argv)

    theirs, inputs = pd.read_csv(args.published), read_inputs(args.inputs)
    table, pairs = pd.read_csv(args.table), pd.read_csv(args.paired)
    heard = pd.read_csv(args.table2)
    asked = [ratings.INTERVALS, ratings.PAPER]
    if not heard.source.eq("ours").any():
        asked.insert(0, ratings.NOBODY)
    missed = paired.unbeaten(pairs, inputs)
    split = read_split(args.split)
    test = split[split.split == "test"]
    warnings = [SYNTHETIC] if args.name == "mini-urmp" else []
    warnings += filter(None, [captions.UNITS[args.unit]])
    groups = {"seed": args.seeds, "instrument": args.instruments, "family": args.families}
    clips = []
    for stem in test.head(STEMS).itertuples():
        sounds = sounds_of(stem.Index, Path(args.data) / stem.piece / stem.audio, args.wavs)
        clips.append(page.player_row(f"{stem.Index}, {INSTRUMENTS[stem.instrument][0]}", sounds))
    html = page.PAGE.substitute(
        run=escape(args.run),
        data=escape(args.name),
        held_out=captions.counted(test.reset_index()),
        provenance=escape(captions.provenance()),
        warnings="".join(f'<p class="warning">{text}</p>' for text in warnings),
        table=page.html_table(tables.display(table, theirs[theirs.artifact == "Table 1"], missed)),
        daggers=escape(paired.footnote(missed, pairs)),
        tracker=escape(args.tracker),
        folded="".join(
            page.folded(f"Table 1 by {name}", tables.display_grouped(pd.read_csv(path), name))
            for name, path in groups.items()
        ),
        asked=" ".join(asked),
        heard="".join(page.html_table(part) for part in ratings.shown(heard)),
        information=page.html_table(
            page.information(dict.fromkeys(table.row), inputs, captions.NOTES[args.source])
        ),
        against=page.html_table(published.shown(pd.read_csv(args.against))),
        figures="".join(page.figure(path, f"From {captions.provenance()}.") for path in args.figures),
        clips="".join(clips),
        split="".join(
            f"<li>{name}: {len(part)} stems, {part.seconds.sum() / 60:.1f} min; titles "
            f"{escape(', '.join(sorted(set(part.title))))}</li>"
            for name, part in split.groupby("split")
        ),
    )
    with whole_file(args.out) as temporary:
        temporary.write_text(html, encoding="utf-8")
    print(f"{args.out}: {len(html) / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
