"""Download the files of one piece from a mirror that keeps them one by one.

A file that the mirror refuses for good has its reason in the manifest, and costs the others nothing.
Trouble that may pass ends the program; the next run goes on from what has come.
"""

from pathlib import Path
from typing import Annotated

import pandas as pd

from vimusic.data.download import Refused, download
from vimusic.data.remotes import address
from vimusic.errors import run, whole_file
from vimusic.options import program


@program
def main(
    remote: Annotated[str, "name of a remote of kind file"],
    remotes: Path,
    piece: Annotated[str, "such as 01_Jupiter_vn_vc"],
    files: Annotated[list[str], "names in the piece's folder"],
    out: Annotated[Path, "manifest, beside the files: file, bytes, sha256, reason"],
):
    rows = []
    for number, name in enumerate(files, start=1):
        url, source = address(remotes, remote, "file", piece, name)
        try:
            size, sha256 = download(url, out.with_name(name), source)
            rows.append((name, size, sha256, ""))
            done = f"{size / 1e6:.1f} MB"
        except Refused as error:
            rows.append((name, "", "", str(error)))
            done = f"refused: {error}"
        print(f"{piece}: file {number} of {len(files)}: {name}: {done}", flush=True)
    with whole_file(out) as temporary:
        table = pd.DataFrame(rows, columns=["file", "bytes", "sha256", "reason"])
        table.to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run(main)
