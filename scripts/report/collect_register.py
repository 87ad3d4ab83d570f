"""Log-mel error of every held-out note by its pitch, for a figure (paper 4.2)."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.data.urmp import read_notes
from vimusic.errors import run, whole_file
from vimusic.evaluation.register import by_pitch, note_errors
from vimusic.options import program, settings
from vimusic.report.heldout import SEEN, beside, held_out
from vimusic.rows import by_fold, read_rows
from vimusic.timebase import TimeBase


@program
@settings("audio.sample_rate", "audio.hop_length")
def main(rows: Path, splits: list[Path], data: Path, features: Path, out: Path, settings):
    rate, hop = settings.audio.sample_rate, settings.audio.hop_length
    clock = TimeBase(rate, hop)
    errors = []
    for split, part in by_fold(read_rows(rows), splits):
        test = held_out(split)
        for row in beside(part, *SEEN):
            with np.load(row.mels) as mels:
                for stem in test.itertuples():
                    true = np.load(features / stem.piece / str(stem.track) / "mel.npy")
                    predicted = mels[stem.Index]
                    predicted, true = (
                        stem.cut.array(predicted, rate / hop),
                        stem.cut.array(true[: len(predicted)], rate / hop),
                    )
                    notes = stem.cut.notes(read_notes(data / stem.piece / stem.notes))
                    errors.append(note_errors(predicted, true, notes, clock).assign(row=row.name))
    with whole_file(out) as temporary:
        by_pitch(pd.concat(errors)).to_csv(temporary, index=False)


if __name__ == "__main__":
    run(main)
