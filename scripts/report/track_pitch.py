"""f0 of one held-out stem by every row, beside the annotation, for a figure (paper 4.2)."""

from pathlib import Path

import pandas as pd

from vimusic.data.urmp import annotated_f0
from vimusic.errors import run, whole_file
from vimusic.evaluation import pitch
from vimusic.features import audio
from vimusic.options import program, settings
from vimusic.report.heldout import HEARD, beside, shown_stem, wav_of
from vimusic.rows import read_rows


@program
@settings("audio.sample_rate", "evaluation.tracker")
def main(rows: Path, split: Path, data: Path, out: Path, settings):
    stem = shown_stem(split)
    folder = data / stem.piece
    *annotated, _ = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
    times, hertz = stem.cut.track(*annotated)
    tracks = [pd.DataFrame({"stem": stem.name, "row": "annotation", "time": times, "hertz": hertz})]
    for row in beside(read_rows(rows), *HEARD):
        signal = stem.cut.array(audio.read(wav_of(row.wavs, stem.name)), settings.audio.sample_rate)
        times, hertz = pitch.track(signal, settings.audio.sample_rate, settings.evaluation.tracker)
        # Guesses in frames held unvoiced are negative: not shown.
        track = pd.DataFrame({"stem": stem.name, "row": row.name, "time": times, "hertz": hertz.clip(0)})
        tracks.append(track)
    with whole_file(out) as temporary:
        pd.concat(tracks).to_csv(temporary, index=False, float_format="%.3f")


if __name__ == "__main__":
    run(main)
