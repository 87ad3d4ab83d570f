"""Unpack some pieces of the dataset's archive: the files that the inventory names."""

from pathlib import Path
from typing import Annotated

from vimusic.data.archive import extract
from vimusic.data.urmp import files_of, read_stems
from vimusic.errors import run, whole_file
from vimusic.options import program


@program
def main(
    archive: Annotated[Path, ".tar.gz"],
    stems: Path,
    out: Annotated[list[Path], "<folder>/<piece>/manifest.tsv of each piece: file, bytes, sha256"],
):
    manifests = {path.parent.name: path for path in out}
    folder = out[0].parents[1]
    table = extract(archive, folder, files_of(read_stems(stems, list(manifests))))
    for piece, rows in table.groupby(table.file.str.partition("/")[0]):
        with whole_file(manifests[piece]) as temporary:
            rows.to_csv(temporary, sep="\t", index=False)
    absent = table.file[table.sha256 == ""]
    print(f"{folder}: {len(table) - len(absent)} of {len(table)} files unpacked")
    for name in absent:
        print(f"absent: {name}")


if __name__ == "__main__":
    run(main)
