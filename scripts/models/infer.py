"""Predict the log-mels of the held-out stems with a trained variant (paper 3.5)."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from vimusic.errors import run, whole_file
from vimusic.models.predictor import Predictor, held_out_seen
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
    predictor = Predictor.load(model, arithmetic="float32")
    predictions = {
        name: predictor.infer(seen, settings.inference.stitch, settings.clips.step)
        for name, seen, _ in held_out_seen(split, features, predictor, control)
    }
    with whole_file(out) as temporary:
        np.savez(temporary, **predictions)


if __name__ == "__main__":
    run(main)
