"""Predict the log-mels of the held-out stems with a trained variant (paper 3.5)."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from vimusic.data.leak import held_out
from vimusic.data.urmp import read_split
from vimusic.errors import UserError, run, whole_file
from vimusic.models.clips import load_seen
from vimusic.models.inference import donors
from vimusic.models.predictor import Predictor
from vimusic.options import program, settings


@program
@settings("inference.stitch", "clips.step")
def main(
    split: Path,
    features: Path,
    model: Path,
    threads: int,
    out: Path,
    settings,
    control: Literal["", "shuffled"] = "",
):
    torch.set_num_threads(threads)
    # In single precision, as stored embeddings are made.
    predictor = Predictor.load(model, bf16=False)
    if control and "video" not in predictor.recipe.inputs:
        raise UserError(f"{model}: reads no video; there is nothing to shuffle")
    table = read_split(split)
    # A stem stands in every part where the split is by clip; its features are the same.
    rows = {row.Index: row for row in table.itertuples()}
    donor = donors(table) if control else {}
    predictions = {}
    for name in held_out(table).index:
        seen = load_seen(rows[name], features, predictor.recipe)
        if name in donor:
            seen = predictor.shown(seen, load_seen(rows[donor[name]], features, predictor.recipe))
        mel = predictions[name] = predictor.infer(seen, settings.inference.stitch, settings.clips.step)
        told = f", shown {donor[name]}" if name in donor else ""
        print(f"{name}: {len(mel)} mel frames{told}", flush=True)
    with whole_file(out) as temporary:
        np.savez(temporary, **predictions)


if __name__ == "__main__":
    run(main)
