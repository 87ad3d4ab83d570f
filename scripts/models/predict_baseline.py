"""Predict the log-mels of the held-out stems with an anchor: a mean, silence, the truth itself."""

from pathlib import Path

import numpy as np

from vimusic.data.urmp import read_split
from vimusic.errors import run, whole_file
from vimusic.models.baselines import BASELINES
from vimusic.options import program


@program
def main(split: Path, features: Path, row: str, out: Path):
    predict, table = BASELINES[row], read_split(split)

    def part(name):
        for stem in table[table.split == name].itertuples():
            yield stem.Index, stem.instrument, np.load(features / stem.piece / str(stem.track) / "mel.npy")

    train = [(instrument, mel) for _, instrument, mel in part("train")]
    predicted = {stem: predict(mel, instrument, train) for stem, instrument, mel in part("test")}
    with whole_file(out) as temporary:
        np.savez(temporary, **predicted)
    print(f"{row}: {len(predicted)} stems")


if __name__ == "__main__":
    run(main)
