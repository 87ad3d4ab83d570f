"""The held-out stems as a variant plays them that carries its own sound: wavs, and their log-mels."""

from pathlib import Path
from typing import Annotated, Literal

import torch

from vimusic.errors import run
from vimusic.features.audio import save_row
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
    voice: Annotated[Path | None, "what plays the notes that the model sees"] = None,
    control: Literal["", "shuffled"] = "",
):
    torch.set_num_threads(threads)
    predictor = Predictor.load(model, arithmetic="float32", voice=voice)
    played = (
        (name, predictor.sound(predictor.infer(seen, step=settings.clips.step), samples))
        for name, seen, samples in held_out_seen(split, features, predictor, control)
    )
    save_row(mels, wavs, played, n_mels=predictor.recipe.n_mels, **predictor.recipe.audio)


if __name__ == "__main__":
    run(main)
