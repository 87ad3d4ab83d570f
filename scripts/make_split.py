"""Which stem trains, validates, tests: whole titles (paper 3.2)."""

import json
from pathlib import Path

import pandas as pd

from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.split import SPLITS, split_stems
from vimusic.urmp import INSTRUMENTS, read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--stems", required=True, help="inventory table")
    options.add_argument("--select", nargs="*", default=[], help="pieces or stems to keep")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--val-titles", nargs="*", default=[])
    options.add_argument("--test-titles", nargs="*", default=[])
    options.add_argument("--out", required=True, help="split.tsv")
    args = options.parse_args(argv)

    stems = read_stems(args.stems, args.select)
    lengths = [
        json.loads((Path(args.features) / row.piece / str(row.track) / "length.json").read_text())
        for row in stems.itertuples()
    ]
    lengths = pd.DataFrame(lengths, index=stems.index)
    split = split_stems(stems, lengths.seconds, args.seed, args.val_titles, args.test_titles)
    columns = [
        "piece",
        "track",
        "title",
        "take",
        "instrument",
        "audio",
        "notes",
        "f0s",
        "lead_frames",
    ]
    table = stems[columns].join(lengths).join(split)
    table["family"] = [INSTRUMENTS[code][1] for code in table.instrument]
    with whole_file(args.out) as temporary:
        table.to_csv(temporary, sep="\t", float_format="%.3f")
    for name in SPLITS:
        part = table[table.split == name]
        titles = ", ".join(sorted(set(part.title)))
        print(f"{name}: {len(part)} stems, {part.seconds.sum() / 60:.1f} min: {titles}")


if __name__ == "__main__":
    run(main)
