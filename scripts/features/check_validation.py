"""Say which stems failed validation; exit non-zero if any did."""

from pathlib import Path
from typing import Annotated

import pandas as pd

from vimusic.errors import UserError, run
from vimusic.options import program


@program
def main(table: Annotated[Path, "validation.tsv"]):
    checked = pd.read_csv(table, sep="\t", keep_default_na=False)
    for row in checked[checked.verdict != "ok"].itertuples():
        print(f"{row.verdict}: {row.stem}: {row.reason}")
    failed = list(checked.stem[checked.verdict == "fail"])
    if failed:
        raise UserError(
            f"{table}: {len(failed)} of {len(checked)} stems fail; repair them, or go on without: "
            f"data: {{leave_out: [{', '.join(failed)}]}}"
        )
    print(f"{len(checked)} stems pass, {sum(checked.verdict == 'warn')} of them with a warning")


if __name__ == "__main__":
    run(main)
