"""Unpack the files that the inventory names from the dataset's archive."""

from pathlib import Path
from typing import Annotated

from vimusic.data.archive import extract
from vimusic.data.urmp import files_of, read_stems
from vimusic.errors import run, whole_file
from vimusic.options import program, settings


@program
@settings("data.select")
def main(
    archive: Annotated[Path, ".tar.gz"],
    stems: Path,
    folder: Annotated[Path, "where the pieces' folders go"],
    out: Annotated[Path, "manifest: file, bytes, sha256"],
    settings,
):
    manifest = extract(archive, folder, files_of(read_stems(stems, settings.data.select)))
    with whole_file(out) as temporary:
        manifest.to_csv(temporary, sep="\t", index=False)
    absent = manifest.file[manifest.sha256 == ""]
    print(f"{folder}: {len(manifest) - len(absent)} of {len(manifest)} files unpacked")
    for name in absent:
        print(f"absent: {name}")


if __name__ == "__main__":
    run(main)
