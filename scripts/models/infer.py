"""Predict the log-mels of the held-out stems with a trained variant (paper 3.5)."""

import numpy as np
import torch

from vimusic.models.clips import load_stem
from vimusic.errors import UserError, run, whole_file
from vimusic.models.inference import STITCHES, donors, predict, with_video_of
from vimusic.models.regressor import load
from vimusic.options import add_timebase, parser, timebase
from vimusic.data.urmp import read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--model", required=True, help="trained weights (.pt)")
    options.add_argument("--stitch", choices=STITCHES, required=True)
    options.add_argument(
        "--shuffle-video", action="store_true", help="control: show each stem another title's video"
    )
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
    if args.shuffle_video and "video" not in recipe["inputs"]:
        raise UserError(f"{args.model}: reads no video; there is nothing to shuffle")
    table = read_split(args.split)

    # A stem stands in every part where the split is by clip; its features are the same.
    rows = {row.Index: row for row in table.itertuples()}

    def stem_of(name):
        read = recipe["inputs"], made["crops"], recipe["finetuned"], made["centre"]
        return load_stem(rows[name], args.features, clock, *read)

    shown = donors(table) if args.shuffle_video else {}
    predictions = {}
    for name in table.index[table.split == "test"]:
        stem = stem_of(name)
        if name in shown:
            stem = with_video_of(stem, stem_of(shown[name]), model, device)
        predictions[name] = predict(model, stem, clock, STITCHES[args.stitch], device)
        seen = f", shown {shown[name]}" if name in shown else ""
        print(f"{name}: {len(predictions[name])} mel frames{seen}", flush=True)
    with whole_file(args.out) as temporary:
        np.savez(temporary, **predictions)


if __name__ == "__main__":
    run(main)
