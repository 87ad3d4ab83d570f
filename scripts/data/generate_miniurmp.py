"""Write mini-URMP, the synthetic dataset, in URMP's own layout."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated

from vimusic.data.miniurmp.piece import write_piece
from vimusic.data.urmp import read_stems
from vimusic.errors import run
from vimusic.options import program, settings


@program
@settings("data.select", "miniurmp.seed", "miniurmp.seconds", "miniurmp.scale")
def main(
    stems: Path,
    threads: Annotated[int, "pieces written at a time"],
    out: Annotated[Path, "folder of the dataset"],
    settings,
):
    table = read_stems(stems, settings.data.select)
    made = settings.miniurmp
    with ProcessPoolExecutor(threads) as pool:
        jobs = {
            pool.submit(
                write_piece, rows.to_dict("records"), out / piece, made.seed, made.seconds, made.scale
            ): piece
            for piece, rows in table.groupby("piece")
        }
        for count, job in enumerate(as_completed(jobs), start=1):
            job.result()
            print(f"{count} of {len(jobs)} pieces: {jobs[job]}", flush=True)


if __name__ == "__main__":
    run(main)
