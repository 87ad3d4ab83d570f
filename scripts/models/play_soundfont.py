"""The anchor row ``soundfont``: the held-out stems' MIDI played by a soundfont, as wav and log-mel."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.data.leak import held_out, part_of
from vimusic.data.urmp import read_split
from vimusic.errors import run, whole_file
from vimusic.features import audio
from vimusic.models import soundfont
from vimusic.options import program, settings


@program
@settings("audio.sample_rate", "audio.n_fft", "audio.hop_length", "audio.n_mels")
def main(split: Path, features: Path, mels: Path, wavs: Path, settings):
    table, rate = read_split(split), settings.audio.sample_rate
    folders = {row.Index: features / row.piece / str(row.track) for row in table.itertuples()}
    train = [
        stem.cut.array(np.load(folders[stem.Index] / "mel.npy"), rate / settings.audio.hop_length)
        for stem in part_of(table, "train").itertuples()
    ]
    played, rows = {}, []
    for stem in held_out(table).itertuples():
        folder = folders[stem.Index]
        samples = json.loads((folder / "length.json").read_text())["samples"]
        signal = soundfont.render(folder / "notes.mid", stem.instrument, samples, rate)
        signal *= soundfont.gain(audio.log_mel(signal, **settings.audio), train)
        played[stem.Index] = audio.log_mel(signal, **settings.audio)
        rows.append(audio.save_stem(stem.Index, wavs.parent, signal, rate))
    with whole_file(mels) as temporary:
        np.savez(temporary, **played)
    with whole_file(wavs) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run(main)
