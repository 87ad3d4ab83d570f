"""The anchor row ``soundfont``: the held-out stems' MIDI played by a soundfont, as wav and log-mel."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.features import audio
from vimusic.models.regressor import soundfont
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.data.urmp import read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--n-fft", type=int, required=True, help="samples")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--n-mels", type=int, required=True)
    options.add_argument("--mels", required=True, help=".npz, T x n_mels per stem")
    options.add_argument("--wavs", required=True, help="table of the wavs (.tsv) beside them")
    args = options.parse_args(argv)

    table = read_split(args.split)
    folders = {row.Index: Path(args.features) / row.piece / str(row.track) for row in table.itertuples()}
    train = [np.load(folders[stem] / "mel.npy") for stem in table.index[table.split == "train"]]
    mels, rows = {}, []
    for stem in table[table.split == "test"].itertuples():
        folder = folders[stem.Index]
        samples = json.loads((folder / "length.json").read_text())["samples"]
        signal = soundfont.render(folder / "notes.mid", stem.instrument, samples, args.sample_rate)
        shape = args.sample_rate, args.n_fft, args.hop_length, args.n_mels
        signal *= soundfont.gain(audio.log_mel(signal, *shape), train)
        mels[stem.Index] = audio.log_mel(signal, *shape)
        rows.append(audio.save_stem(stem.Index, Path(args.wavs).parent, signal, args.sample_rate))
    with whole_file(args.mels) as temporary:
        np.savez(temporary, **mels)
    with whole_file(args.wavs) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run(main)
