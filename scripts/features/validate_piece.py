"""Check the files of one piece: a verdict and a reason per stem."""

from pathlib import Path
from typing import Annotated

import pandas as pd

from vimusic.data.urmp import read_stems
from vimusic.errors import run, whole_file
from vimusic.features.validation import check_piece
from vimusic.options import program


@program
def main(
    stems: Path,
    select: Annotated[list[str], "stems of the piece"],
    folder: Annotated[Path, "of the piece's files"],
    out: Path,
    video: Annotated[bool, "look at the video too"] = False,
    score: Annotated[bool, "look at the printed score too"] = False,
    urmp: Annotated[bool, "they should be as URMP's files are"] = False,
):
    rows = check_piece(read_stems(stems, select), folder, video, score, urmp)
    for row in rows:
        print(f"{row['stem']}: {row['verdict']} {row['reason']}")
    with whole_file(out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False, float_format="%.4f")


if __name__ == "__main__":
    run(main)
