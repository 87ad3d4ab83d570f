"""The held-out stems as a variant plays them that carries its own sound: wavs, and their log-mels."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch

from vimusic.errors import run, whole_file
from vimusic.features import audio
from vimusic.models.predictor import Predictor, held_out_seen
from vimusic.options import program, settings


@program
@settings("clips.step")
def main(
    split: Path,
    features: Path,
    model: Path,
    threads: int,
    mels: Path,
    wavs: Path,
    settings,
    control: Literal["", "shuffled"] = "",
):
    torch.set_num_threads(threads)
    predictor = Predictor.load(model, bf16=False)
    played, rows = {}, []
    for name, seen, samples in held_out_seen(split, features, predictor, control):
        signal = predictor.sound(predictor.infer(seen, step=settings.clips.step), samples)
        played[name] = predictor.log_mel(signal)
        rows.append(audio.save_stem(name, wavs.parent, signal, predictor.recipe.sample_rate))
    with whole_file(mels) as temporary:
        np.savez(temporary, **played)
    with whole_file(wavs) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run(main)
