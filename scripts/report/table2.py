"""Table 2 from listeners' answers, beside the paper's (paper 4.4)."""

from pathlib import Path

import pandas as pd

from vimusic import captions
from vimusic.evaluation import markup
from vimusic.errors import UserError, run, whole_file
from vimusic.report.listening import answers, ratings
from vimusic.options import parser


def caption_of(rated, data):
    """What was heard, by how many, and who was left out."""
    listeners = rated.session.nunique()
    if not listeners:
        return f"Table 2. {ratings.NOBODY} {ratings.INTERVALS} {ratings.PAPER}"
    synthetic = "SYNTHETIC data (mini-URMP)" if data == "mini-urmp" else data
    out = len(ratings.screened_out(rated))
    return (
        f"Table 2. {synthetic}: {listeners} listeners. {ratings.INTERVALS} "
        f"MUSHRA leaves out {out} of them by the post-screening of ITU-R BS.1534-3 (hidden reference under "
        f"{ratings.HIDDEN_LOW} in more than {ratings.HIDDEN_SHARE:.0%} of the comparisons). "
        f"{ratings.PAPER} From {captions.provenance()}."
    )


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--answers", help="folder of answers (.json, .jsonl); without it, no study was run")
    options.add_argument("--key", help=".json of listening_kit.py, with answers")
    options.add_argument("--published", required=True, help="the paper's numbers (.csv)")
    options.add_argument("--out", required=True, help="folder of the tables")
    args = options.parse_args(argv)

    published = pd.read_csv(args.published)
    key, records = {"data": ""}, []
    if args.answers:
        if not args.key:
            raise UserError(f"{args.answers}: answers need the key of their study; name it with --key")
        key = answers.read_key(args.key)
        records = answers.read(Path(args.answers), key)
    rated = ratings.ratings(records, key)
    table = ratings.table2(rated, published[published.artifact == "Table 2"])
    shown = ratings.shown(table)
    caption = caption_of(rated, key["data"])
    folder = Path(args.out)
    with whole_file(folder / "table2.csv") as temporary:
        table.to_csv(temporary, index=False)
    with whole_file(folder / "table2.tex") as temporary:
        temporary.write_text("\n".join(markup.to_latex(part, caption) for part in shown), encoding="utf-8")
    with whole_file(folder / "table2.md") as temporary:
        parts = [caption + "\n", *map(markup.to_markdown, shown)]
        temporary.write_text("\n".join(parts), encoding="utf-8")
    print(caption)


if __name__ == "__main__":
    run(main)
