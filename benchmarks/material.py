"""What benchmarks work on: the paper's vision model, and a 1080p video, the real excerpt or a drawn duet."""

from dataclasses import replace

import ffmpeg
import imageio_ffmpeg

from harness import ROOT
from vimusic.data.miniurmp.piece import write_piece
from vimusic.data.urmp import read_stems
from vimusic.features.video import URMP_FPS, open_video
from vimusic.models.recipe import Recipe
from vimusic.settings import Settings

# Weights are drawn: none are downloaded, and speed does not depend on them.
PAPER = replace(
    Recipe.of("vision", Settings().variants["vision"], Settings().model_dump()),
    weights="none",
    crops="equal",
    encoder="resnet18",
)

EXCERPT = ROOT.parent / "shared/urmp-real/excerpt"


def duet(folder, seconds):
    """(path of a 1920x1080 video of two players, ``seconds`` long, and ``real`` or ``SYNTHETIC``).

    A few seconds, repeated without coding them again, at URMP's frame rate.
    """
    excerpts = list(EXCERPT.glob("Vid_*.mp4"))
    source = excerpts[0] if excerpts else _drawn(folder)
    path = folder / "duet.mp4"
    with open_video(source) as (_, stream):
        slower = float(stream.average_rate) / URMP_FPS
    repeated = ffmpeg.input(str(source), stream_loop=-1, itsscale=slower).video
    ffmpeg.output(repeated, str(path), t=seconds, c="copy", loglevel="error").overwrite_output().run(
        cmd=imageio_ffmpeg.get_ffmpeg_exe()
    )
    return path, "real" if excerpts else "SYNTHETIC"


def _drawn(folder):
    """The first duet of mini-URMP."""
    stems = read_stems(ROOT / "workflow/resources/miniurmp.tsv")
    rows = stems[stems.piece == stems.piece.iloc[0]]
    write_piece(rows.to_dict("records"), folder, seed=0, seconds=5, scale=1)
    return folder / rows.video.iloc[0]
