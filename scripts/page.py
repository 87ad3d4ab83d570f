"""One self-contained page: the table, the figures, and the sound of every row."""

import base64
from html import escape
from pathlib import Path

import pandas as pd

from vimusic import tables
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.page import PAGE, player_row

STEMS = 4  # clips on the page; all lie in audio/


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--run", required=True, help="the run's name")
    options.add_argument("--name", required=True, help="what was measured on")
    options.add_argument("--data", required=True, help="dataset folder, for the recordings")
    options.add_argument("--table", required=True, help="Table 1 (.csv)")
    options.add_argument("--stems", required=True, help="scores per stem (.csv)")
    options.add_argument("--published", required=True, help="the paper's numbers (.csv)")
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--figures", nargs="+", required=True, help="figures (.png)")
    options.add_argument("--wavs", nargs="+", required=True, help="tables of wavs, one a row")
    options.add_argument("--tracker", required=True, help="f0 tracker")
    options.add_argument("--out", required=True, help=".html")
    args = options.parse_args(argv)

    published = pd.read_csv(args.published)
    shown = tables.display(pd.read_csv(args.table), published[published.artifact == "Table 1"])
    split = pd.read_csv(args.split, sep="\t", index_col="stem", dtype={"take": str})
    test = split[split.split == "test"]
    wavs = {Path(path).parent.name: pd.read_csv(path, sep="\t", index_col="stem") for path in args.wavs}
    clips = []
    for stem in test.head(STEMS).itertuples():
        recording = Path(args.data) / stem.piece / stem.audio
        sounds = {"recording": recording} | {row: table.path[stem.Index] for row, table in wavs.items()}
        clips.append(player_row(f"{stem.Index} ({stem.instrument})", sounds))
    html = PAGE.substitute(
        run=escape(args.run),
        data=escape(args.name),
        synthetic=""
        if args.name != "mini-urmp"
        else (
            '<p class="warning">Synthetic: everything on this page was measured on mini-URMP, a '
            "generated dataset. The paper's numbers are for URMP and cannot be compared.</p>"
        ),
        tracker=escape(args.tracker),
        split="".join(
            f"<li>{name}: {len(part)} stems, {part.seconds.sum() / 60:.1f} min; titles "
            f"{escape(', '.join(sorted(set(part.title))))}</li>"
            for name, part in split.groupby("split")
        ),
        table=shown.to_html(index=False, border=0),
        figures="".join(
            f'<img alt="{Path(path).stem}" src="data:image/png;base64,'
            f'{base64.b64encode(Path(path).read_bytes()).decode()}">'
            for path in args.figures
        ),
        clips="".join(clips),
    )
    with whole_file(args.out) as temporary:
        temporary.write_text(html, encoding="utf-8")
    print(f"{args.out}: {len(html) / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
