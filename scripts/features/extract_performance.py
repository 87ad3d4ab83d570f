"""Loudness and intonation of a stem's recording at every mel frame."""

from pathlib import Path
from typing import Annotated

import numpy as np

from vimusic.data.urmp import annotated_f0, nearest_f0
from vimusic.errors import run, whole_file
from vimusic.features.performance import performance
from vimusic.options import program, settings
from vimusic.timebase import TimeBase


@program
@settings("audio.sample_rate", "audio.hop_length")
def main(
    mel: Path,
    notes: Path,
    out: Annotated[Path, "T x 2 .npy"],
    settings,
    f0s: Annotated[Path | None, "F0s_*.txt; the notes' f0 where there is none"] = None,
):
    log_mel = np.load(mel)
    times = TimeBase(**settings.audio).mel_times(len(log_mel))
    *track, source = annotated_f0(f0s or "", notes, times[-1])
    with whole_file(out) as temporary:
        np.save(temporary, performance(log_mel, nearest_f0(*track, times)))
    print(f"{mel}: f0 from {source}")


if __name__ == "__main__":
    run(main)
