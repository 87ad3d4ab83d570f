"""The validation table of all stems."""

from pathlib import Path
from typing import Annotated

import pandas as pd

from vimusic.errors import run, whole_file
from vimusic.options import program


@program
def main(tables: Annotated[list[Path], "validation.tsv of each piece"], out: Path):
    table = pd.concat([pd.read_csv(path, sep="\t", dtype=str) for path in tables])
    with whole_file(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    print(", ".join(f"{count} {verdict}" for verdict, count in table.verdict.value_counts().items()))


if __name__ == "__main__":
    run(main)
