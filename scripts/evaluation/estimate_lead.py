"""Frames by which the picture still leads the sound after the inventory's lead frames are dropped."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from vimusic.data.urmp import read_stems
from vimusic.errors import run, whole_file
from vimusic.evaluation.markup import to_markdown
from vimusic.features import lead
from vimusic.features.frames import FrameStore
from vimusic.options import program, settings
from vimusic.timebase import TimeBase


@program
@settings(
    "data.name",
    "video.crops",
    "video.fps",
    "audio.sample_rate",
    "audio.hop_length",
    "clips.window",
    "clips.step",
)
def main(
    stems: Path,
    select: Annotated[list[str], "stems to look at"],
    features: Path,
    table: Annotated[Path, ".csv"],
    markdown: Annotated[Path, ".md"],
    settings,
):
    clock = TimeBase.of(settings)
    rows = []
    for piece, players in read_stems(stems, select).groupby("piece", sort=False):
        folder = features / piece
        curves = []
        for stem in players.itertuples():
            store = FrameStore(folder / settings.video.crops / "frames.zip", stem.track)
            moving = lead.motion(store[k] for k in range(len(store)))
            mel = np.load(folder / str(stem.track) / "mel.npy")
            curves.append(lead.correlation(moving, lead.onset_strength(mel, len(moving), clock)))
            left, strength = lead.estimate(curves[-1:])
            rows.append((stem.Index, stem.lead_frames, left, strength))
        left, strength = lead.estimate(curves)
        rows.append((piece, "", left, strength))
        print(f"{piece}: {left:+.1f} frames left over", flush=True)
    leads = pd.DataFrame(rows, columns=["of", "lead_frames", "left_over", "correlation"])
    pieces = leads[leads.lead_frames == ""].left_over
    title = (
        f"Lead that the inventory leaves over ({settings.data.name}), in frames of {clock.fps}/s; a line "
        f"without lead_frames is a whole piece, all players pooled. Pieces: median {pieces.median():+.1f}, "
        f"{np.mean(pieces.abs() <= 2):.0%} within 2 frames of 0."
    )
    with whole_file(table) as temporary:
        leads.to_csv(temporary, index=False, float_format="%.3f")
    with whole_file(markdown) as temporary:
        temporary.write_text(f"{title}\n\n{to_markdown(leads.round(2))}")


if __name__ == "__main__":
    run(main)
