"""Predict the log-mels of the held-out stems with a trained variant (paper 3.5)."""

import numpy as np
import pandas as pd
import torch

from vimusic.clips import load_stem
from vimusic.errors import UserError, run, whole_file
from vimusic.inference import STITCHES, predict
from vimusic.models import build
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
    try:
        trained = torch.load(args.model, map_location="cpu", weights_only=True)
        recipe = trained["recipe"]
        # The state holds every weight, so none is downloaded to be overwritten.
        model = build(**recipe | {"weights": "none"})
        model.load_state_dict(trained["state"])
    except FileNotFoundError:
        raise UserError(f"{args.model}: weights not found; train the variant first") from None
    except Exception as error:  # whatever the unpickler or another model's weights trip over
        raise UserError(
            f"{args.model}: holds no weights of this program's models ({type(error).__name__}); "
            "train the variant again"
        ) from None
    model.eval().to(device)
    table = pd.read_csv(args.split, sep="\t", index_col="stem", dtype={"take": str})
    predictions = {}
    for row in table[table.split == "test"].itertuples():
        stem = load_stem(row, args.features, clock, recipe["inputs"], recipe["finetuned"], trained["centre"])
        predictions[row.Index] = predict(model, stem, clock, STITCHES[args.stitch], device)
        print(f"{row.Index}: {len(predictions[row.Index])} mel frames", flush=True)
    with whole_file(args.out) as temporary:
        np.savez(temporary, **predictions)


if __name__ == "__main__":
    run(main)
