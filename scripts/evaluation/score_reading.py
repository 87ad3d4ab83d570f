"""What one variant reads of the held-out players, scored against what was played."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from vimusic.data.leak import held_out
from vimusic.data.urmp import INSTRUMENTS, read_split
from vimusic.errors import run, whole_file
from vimusic.evaluation.reading import Read, measure
from vimusic.features.roll import read_midi
from vimusic.options import program, settings
from vimusic.timebase import TimeBase


@program
@settings("audio.sample_rate", "audio.hop_length")
def main(
    row: Annotated[str, "name of the row"],
    seed: int,
    split: Path,
    features: Path,
    read: Annotated[Path, ".npz of read_notes"],
    out: Annotated[Path, ".csv: stem, metric, value"],
    settings,
    told: Annotated[bool, "the variant reads the score: what is read of the picture is the loudness"] = False,
):
    clock = TimeBase(**settings.audio)
    rows = []
    with np.load(read) as given:
        for stem in held_out(read_split(split)).itertuples():
            folder = features / stem.piece / str(stem.track)
            tables = [np.load(folder / f"{name}.npy") for name in ("notes", "performance")]
            played = np.concatenate(tables, axis=1)[: len(given[stem.Index])]
            scores = measure(Read(given[stem.Index], played, read_midi(folder / "notes.mid"), clock), told)
            about = {
                "stem": stem.Index, "piece": stem.piece, "title": stem.title, "instrument": stem.instrument,
                "family": INSTRUMENTS[stem.instrument][1], "row": row, "seed": seed,
            }  # fmt: skip
            rows += [about | {"metric": metric, "value": value} for metric, value in scores.items()]
    with whole_file(out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)


if __name__ == "__main__":
    run(main)
