"""Log-mels put together by the second reading of the paper's lengths: a control for its pitch accuracy."""

from pathlib import Path

import numpy as np

from vimusic.errors import run, whole_file
from vimusic.models.stitching import reread
from vimusic.options import program, settings
from vimusic.timebase import TimeBase


@program
@settings("audio.sample_rate", "audio.hop_length", "video.fps", "clips.window", "clips.step")
def main(mels: Path, out: Path, settings):
    clock = TimeBase.of(settings)
    with np.load(mels) as predicted, whole_file(out) as temporary:
        np.savez(temporary, **{stem: reread(predicted[stem], clock) for stem in predicted})


if __name__ == "__main__":
    run(main)
