"""Predicted log-mels to wav files (paper 3.5, Griffin-Lim)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from vimusic import audio
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.urmp import read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--mels", required=True, help=".npz, T x n_mels per stem")
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--n-fft", type=int, required=True, help="samples")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--iterations", type=int, required=True, help="of Griffin-Lim")
    options.add_argument("--out", required=True, help="table of the wavs (.tsv) beside them")
    args = options.parse_args(argv)

    folder = Path(args.out).parent
    split = read_split(args.split)
    split = split[split.split == "test"]
    rows = []
    with np.load(args.mels) as mels:
        for stem in mels:
            mel = mels[stem]
            # A stem keeps its own length to the sample; the paper's stitch has one of its own.
            length = (len(mel) - 1) * args.hop_length
            place = Path(args.features) / split.piece[stem] / str(split.track[stem]) / "length.json"
            samples = json.loads(place.read_text())["samples"]
            if length == samples // args.hop_length * args.hop_length:
                length = samples
            signal = audio.synthesize(
                mel, args.sample_rate, args.n_fft, args.hop_length, args.iterations, length
            )
            rows.append(audio.save_stem(stem, folder, signal, args.sample_rate))
    with whole_file(args.out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run(main)
