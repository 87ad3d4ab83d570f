"""A stem's log-mel spectrogram (paper 3.1, audio)."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np

from vimusic.errors import run, whole_file
from vimusic.features.audio import load, log_mel
from vimusic.options import program, settings


@program
@settings("audio.sample_rate", "audio.n_fft", "audio.hop_length", "audio.n_mels")
def main(audio: Path, out: Annotated[Path, "T x n_mels .npy"], length: Path, settings):
    signal = load(audio, settings.audio.sample_rate)
    mel = log_mel(signal, **settings.audio)
    with whole_file(out) as temporary:
        np.save(temporary, mel)
    seconds = len(signal) / settings.audio.sample_rate
    with whole_file(length) as temporary:
        temporary.write_text(json.dumps({"samples": len(signal), "seconds": seconds}) + "\n")
    print(f"{audio}: {seconds:.2f} s, {len(mel)} mel frames")


if __name__ == "__main__":
    run(main)
