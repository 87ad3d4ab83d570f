"""Predict the log-mels of the held-out stems with a trained variant (paper 3.5)."""

import numpy as np
import pandas as pd
import torch

from vimusic.clips import load_stem
from vimusic.errors import run, whole_file
from vimusic.inference import STITCHES, predict
from vimusic.models import load
from vimusic.options import add_timebase, parser, timebase


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--model", required=True, help="trained weights (.pt)")
    options.add_argument("--stitch", choices=STITCHES, required=True)
    add_timebase(options)
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--out", required=True, help=".npz, T x n_mels per stem")
    args = options.parse_args(argv)

    torch.set_num_threads(args.threads)
    clock = timebase(args)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, made = load(args.model)
    model.to(device)
    recipe = made["recipe"]
    table = pd.read_csv(args.split, sep="\t", index_col="stem", dtype={"take": str})
    predictions = {}
    for row in table[table.split == "test"].itertuples():
        stem = load_stem(row, args.features, clock, recipe["inputs"], recipe["finetuned"], made["centre"])
        predictions[row.Index] = predict(model, stem, clock, STITCHES[args.stitch], device)
        print(f"{row.Index}: {len(predictions[row.Index])} mel frames", flush=True)
    with whole_file(args.out) as temporary:
        np.savez(temporary, **predictions)


if __name__ == "__main__":
    run(main)
