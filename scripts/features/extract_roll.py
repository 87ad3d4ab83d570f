"""A stem's piano-roll on the mel grid, from its MIDI (paper 3.1, MIDI)."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np

from vimusic.errors import run, whole_file
from vimusic.features.roll import piano_roll, read_midi
from vimusic.options import program, settings
from vimusic.timebase import TimeBase


@program
@settings("audio.sample_rate", "audio.hop_length")
def main(
    midi: Annotated[Path, "aligned MIDI of the stem"],
    length: Path,
    out: Annotated[Path, "T x 128 .npy"],
    settings,
):
    clock = TimeBase(**settings.audio)
    samples = json.loads(length.read_text())["samples"]
    roll = piano_roll(read_midi(midi), clock.mel_frames(samples), clock)
    with whole_file(out) as temporary:
        np.save(temporary, roll)
    print(f"{midi}: {len(roll)} mel frames, {np.mean(roll.any(axis=1)):.0%} sounding")


if __name__ == "__main__":
    run(main)
