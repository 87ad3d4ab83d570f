"""What a variant that reads notes reads of the held-out players: ``Output`` of its output, per frame."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch

from vimusic.errors import run, whole_file
from vimusic.models.predictor import Predictor, held_out_seen
from vimusic.options import program, settings


@program
@settings("clips.step")
def main(
    split: Path,
    features: Path,
    model: Path,
    voice: Annotated[Path, "the variant's voice; it is not heard"],
    threads: int,
    out: Annotated[Path, ".npz: per stem (T, C), columns of its output"],
    settings,
    control: Literal["", "shuffled"] = "",
):
    torch.set_num_threads(threads)
    predictor = Predictor.load(model, arithmetic="float32", voice=voice)
    given = {
        name: predictor.read(seen, settings.clips.step)
        for name, seen, _ in held_out_seen(split, features, predictor, control)
    }
    with whole_file(out) as temporary:
        np.savez(temporary, **given)


if __name__ == "__main__":
    run(main)
