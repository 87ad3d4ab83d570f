"""All players of each held-out piece together: a wav, scores and a table of what each row makes of it."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic import captions
from vimusic.data.urmp import read_notes, read_split
from vimusic.errors import run, whole_file
from vimusic.evaluation import ensembles, markup, tables
from vimusic.evaluation.metrics import Sound
from vimusic.features import audio
from vimusic.options import program, settings
from vimusic.rows import by_fold, first_seeds, read_rows

HEADROOM = 0.4  # peak of the recordings' sum in its wav, at most
SCORES = ["stem", "piece", "row", "seed", "metric", "value"]


@program
@settings("data.name", "split.unit", "split.folds", "audio.sample_rate")
def main(
    rows: Path,
    splits: list[Path],
    data: Path,
    mixes: Path,
    table: Path,
    markdown: Path,
    settings,
):
    rate = settings.audio.sample_rate
    made, scores, players = [], [], []
    for split, part in by_fold(first_seeds(read_rows(rows)), splits):
        pieces = ensembles.whole_pieces(read_split(split))
        wavs = {row.name: pd.read_csv(row.wavs, sep="\t", index_col="stem").path for row in part}
        for piece, stems in pieces.items():
            players.append(stems.reset_index())
            recording = ensembles.summed([audio.load(data / piece / name, rate) for name in stems.audio])
            # One factor for all rows, so that none clips: scaled alone, a wav would lose its level.
            headroom = HEADROOM / max(np.abs(recording).max(), HEADROOM)
            notes = ensembles.together([read_notes(data / piece / name) for name in stems.notes])
            for row in part:
                signal = ensembles.summed([audio.read(wavs[row.name][stem]) for stem in stems.index])
                gain = ensembles.gain(signal, recording)
                mix = Sound(signal=gain * signal, recording=recording, sample_rate=rate, notes=notes)
                found = ensembles.measure(mix)
                wav = audio.save_stem(piece, mixes.parent / row.name, headroom * mix.signal, rate)
                made.append({"row": row.name, "piece": piece, "gain": gain, **found, **wav})
                scores += [(piece, piece, row.name, row.seed, *score) for score in found.items()]
    means = tables.table1(pd.DataFrame(scores, columns=SCORES), settings.data.name)
    about = f"Mix. {captions.UNITS[settings.split.unit]}{captions.DATA[settings.data.name]}"
    if players:
        text = (
            f"{about}: all players of a piece at once against the sum of their recordings; "
            f"{captions.counted(pd.concat(players), settings.split.folds)}. One gain a mix; multipitch by "
            "basic-pitch; first seed of each row; brackets: 95 % bootstrap interval over pieces, too narrow "
            f"where they are few. From {captions.provenance()}.\n\n"
            f"{markup.to_markdown(tables.display(means, metrics=ensembles.MEASURED))}"
        )
    else:
        text = f"{about}: {ensembles.NOBODY}. From {captions.provenance()}.\n"
    columns = ["row", "piece", "gain", *(m.name for m in ensembles.MEASURED), "path", "samples", "sha256"]
    with whole_file(mixes) as temporary:
        pd.DataFrame(made, columns=columns).to_csv(temporary, sep="\t", index=False)
    with whole_file(table) as temporary:
        means.to_csv(temporary, index=False)
    with whole_file(markdown) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    run(main)
