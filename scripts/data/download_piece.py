"""Download the files of one piece from a mirror that keeps them one by one.

A file that the mirror refuses for good has its reason in the manifest, and costs the others nothing.
Trouble that may pass ends the program; the next run goes on from what has come.
"""

from pathlib import Path

import pandas as pd

from vimusic.data.download import Refused, download
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.data.remotes import address


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--remote", required=True, help="name of a remote of kind file")
    options.add_argument("--remotes", required=True, help="table of remotes")
    options.add_argument("--piece", required=True, help="such as 01_Jupiter_vn_vc")
    options.add_argument("--files", nargs="+", required=True, help="names in the piece's folder")
    options.add_argument(
        "--out", required=True, help="manifest, beside the files: file, bytes, sha256, reason"
    )
    args = options.parse_args(argv)

    rows = []
    for number, name in enumerate(args.files, start=1):
        url, source = address(args.remotes, args.remote, "file", args.piece, name)
        try:
            size, sha256 = download(url, Path(args.out).with_name(name), source)
            rows.append((name, size, sha256, ""))
            done = f"{size / 1e6:.1f} MB"
        except Refused as error:
            rows.append((name, "", "", str(error)))
            done = f"refused: {error}"
        print(f"{args.piece}: file {number} of {len(args.files)}: {name}: {done}", flush=True)
    with whole_file(args.out) as temporary:
        table = pd.DataFrame(rows, columns=["file", "bytes", "sha256", "reason"])
        table.to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run(main)
