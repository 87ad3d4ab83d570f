"""A stem's log-mel spectrogram (paper 3.1, audio)."""

import json

import numpy as np

from vimusic.features import audio
from vimusic.errors import run, whole_file
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--audio", required=True, help="the stem's wav")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--n-fft", type=int, required=True, help="samples")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--n-mels", type=int, required=True)
    options.add_argument("--out", required=True, help="T x n_mels .npy")
    options.add_argument("--length", required=True, help=".json with the stem's length")
    args = options.parse_args(argv)

    signal = audio.load(args.audio, args.sample_rate)
    mel = audio.log_mel(signal, args.sample_rate, args.n_fft, args.hop_length, args.n_mels)
    with whole_file(args.out) as temporary:
        np.save(temporary, mel)
    with whole_file(args.length) as temporary:
        length = {"samples": len(signal), "seconds": len(signal) / args.sample_rate}
        temporary.write_text(json.dumps(length) + "\n")
    print(f"{args.audio}: {length['seconds']:.2f} s, {len(mel)} mel frames")


if __name__ == "__main__":
    run(main)
