"""Write mini-URMP, the synthetic dataset, in URMP's own layout."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from vimusic.errors import run
from vimusic.data.miniurmp.dataset import write_piece
from vimusic.options import parser
from vimusic.data.urmp import read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--stems", required=True, help="inventory table of mini-URMP")
    options.add_argument("--select", nargs="*", default=[], help="pieces or stems to write")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--seconds", type=float, required=True, help="length of a piece")
    options.add_argument("--scale", type=float, required=True, help="picture size / 1920 x 1080")
    options.add_argument("--threads", type=int, required=True, help="pieces written at a time")
    options.add_argument("--out", required=True, help="folder of the dataset")
    args = options.parse_args(argv)

    stems = read_stems(args.stems, args.select)
    settings = args.seed, args.seconds, args.scale
    with ProcessPoolExecutor(args.threads) as pool:
        jobs = {
            pool.submit(write_piece, rows.to_dict("records"), Path(args.out) / piece, *settings): piece
            for piece, rows in stems.groupby("piece")
        }
        for count, job in enumerate(as_completed(jobs), start=1):
            job.result()
            print(f"{count} of {len(jobs)} pieces: {jobs[job]}", flush=True)


if __name__ == "__main__":
    run(main)
