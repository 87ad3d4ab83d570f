"""Check the files of one piece: a verdict and a reason per stem."""

from pathlib import Path

import pandas as pd

from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.data.urmp import read_stems
from vimusic.features.validation import check_piece


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--stems", required=True, help="inventory table")
    options.add_argument("--select", nargs="+", required=True, help="stems of the piece")
    options.add_argument("--folder", required=True, help="of the piece's files")
    options.add_argument("--video", action="store_true", help="look at the video too")
    options.add_argument("--score", action="store_true", help="look at the printed score too")
    options.add_argument("--out", required=True, help=".tsv")
    args = options.parse_args(argv)

    rows = check_piece(read_stems(args.stems, args.select), Path(args.folder), args.video, args.score)
    for row in rows:
        print(f"{row['stem']}: {row['verdict']} {row['reason']}")
    with whole_file(args.out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False, float_format="%.4f")


if __name__ == "__main__":
    run(main)
