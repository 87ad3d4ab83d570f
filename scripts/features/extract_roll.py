"""A stem's piano-roll on the mel grid, from its MIDI (paper 3.1, MIDI)."""

import json
from pathlib import Path

import numpy as np

from vimusic.errors import run, whole_file
from vimusic.options import add_timebase, parser, timebase
from vimusic.features.roll import piano_roll, read_midi


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--midi", required=True, help="aligned MIDI of the stem")
    options.add_argument("--length", required=True, help=".json with the stem's length")
    add_timebase(options)
    options.add_argument("--out", required=True, help="T x 128 .npy")
    args = options.parse_args(argv)

    clock = timebase(args)
    samples = json.loads(Path(args.length).read_text())["samples"]
    roll = piano_roll(read_midi(args.midi), clock.mel_frames(samples), clock)
    with whole_file(args.out) as temporary:
        np.save(temporary, roll)
    print(f"{args.midi}: {len(roll)} mel frames, {np.mean(roll.any(axis=1)):.0%} sounding")


if __name__ == "__main__":
    run(main)
