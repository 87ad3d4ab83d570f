"""What a player knows of the score at every mel frame of a stem, from its MIDI."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np

from vimusic.errors import run, whole_file
from vimusic.features.note_features import COLUMNS, note_features
from vimusic.features.roll import read_midi
from vimusic.options import program, settings
from vimusic.timebase import TimeBase


@program
@settings("audio.sample_rate", "audio.hop_length")
def main(
    midi: Annotated[Path, "aligned MIDI of the stem"],
    length: Path,
    out: Annotated[Path, f"T x {len(COLUMNS)} .npy"],
    settings,
):
    clock = TimeBase(**settings.audio)
    samples = json.loads(length.read_text())["samples"]
    with whole_file(out) as temporary:
        np.save(temporary, note_features(read_midi(midi), clock.mel_frames(samples), clock))


if __name__ == "__main__":
    run(main)
