"""Predicted log-mels to wav files (paper 3.5)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.data.leak import held_out
from vimusic.data.urmp import read_split
from vimusic.errors import run, whole_file
from vimusic.features import audio
from vimusic.models.vocoders import chosen
from vimusic.options import program, settings


@program
@settings(
    "audio.sample_rate",
    "audio.n_fft",
    "audio.hop_length",
    "inference.vocoder",
    "inference.iterations",
    "inference.weights",
)
def main(mels: Path, split: Path, features: Path, out: Path, settings):
    table = held_out(read_split(split))
    hop, rate = settings.audio.hop_length, settings.audio.sample_rate
    vocode = chosen(settings.inference.vocoder, settings.inference.iterations, settings.inference.weights)
    rows = []
    with np.load(mels) as predicted:
        for stem in predicted:
            mel = predicted[stem]
            # A stem keeps its own length to the sample; the paper's stitch has one of its own.
            length = (len(mel) - 1) * hop
            place = features / table.piece[stem] / str(table.track[stem]) / "length.json"
            samples = json.loads(place.read_text())["samples"]
            if length == samples // hop * hop:
                length = samples
            signal = vocode(mel, length, **settings.audio)
            rows.append(audio.save_stem(stem, out.parent, signal, rate))
    with whole_file(out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run(main)
