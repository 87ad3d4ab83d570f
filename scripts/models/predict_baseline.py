"""Predict the log-mels of the held-out stems with an anchor: a mean, silence, the truth itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vimusic.data.leak import part_of
from vimusic.data.urmp import read_split
from vimusic.errors import run, whole_file
from vimusic.models.baselines import BASELINES
from vimusic.options import program, settings


@program
@settings("audio.sample_rate", "audio.hop_length")
def main(split: Path, features: Path, row: str, out: Path, settings):
    predict, table = BASELINES[row], read_split(split)
    rate = settings.audio.sample_rate / settings.audio.hop_length

    def part(name: str) -> Iterator[tuple[Any, np.ndarray]]:
        for stem in part_of(table, name).itertuples():
            yield stem, np.load(features / stem.piece / str(stem.track) / "mel.npy")

    train = [(stem.instrument, stem.cut.array(mel, rate)) for stem, mel in part("train")]
    predicted = {stem.Index: predict(mel, stem.instrument, train) for stem, mel in part("test")}
    with whole_file(out) as temporary:
        np.savez(temporary, **predicted)
    print(f"{row}: {len(predicted)} stems")


if __name__ == "__main__":
    run(main)
