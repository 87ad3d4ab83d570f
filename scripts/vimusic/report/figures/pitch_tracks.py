"""Pitch of one held-out stem as the tracker hears it in every row, over the annotation, from the first note
on (paper 4.2)."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from vimusic.options import Named, settings
from vimusic.report.style import COLOURS

SECONDS = 20


@settings("data.name")
def draw(table: Path, settings: Named) -> Figure:
    """From the table of ``track_pitch``."""
    return pitch_tracks(pd.read_csv(table), settings.data.name)


def pitch_tracks(tracks: pd.DataFrame, data: str) -> Figure:
    """A panel a row, the first ``SECONDS`` from the first note on.

    Parameters
    ----------
    tracks : columns stem, row, time (s), hertz (0 unvoiced); the row ``annotation`` is the truth.
    data : what was measured on.
    """
    voiced = tracks[tracks.hertz > 0]
    truth = voiced[voiced.row == "annotation"]
    names = [row for row in dict.fromkeys(tracks.row) if row != "annotation"]
    figure, axes = plt.subplots(
        len(names),
        1,
        figsize=(7, 1.35 * len(names) + 0.8),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    start = truth.time.min() if len(truth) else 0
    end = min(start + SECONDS, tracks.time.max())
    # Guesses far from the music, say of a row that has no pitch, would flatten the picture.
    low, high = (truth.hertz.min() / 2, truth.hertz.max() * 2) if len(truth) else (32.7, 2093)
    for k, (axis, row) in enumerate(zip(axes[:, 0], names, strict=True)):
        part = voiced[voiced.row == row]
        axis.plot(truth.time, truth.hertz, ".", color="0.7", ms=5, label="annotation" if k == 0 else None)
        axis.plot(part.time, part.hertz, ".", color=COLOURS[0], ms=1.5, label="output" if k == 0 else None)
        axis.set(yscale="log", ylim=(low, high), xlim=(start, end), ylabel="f0, Hz")
        ticks = [hertz for hertz in (50, 100, 200, 400, 800, 1600) if low <= hertz <= high]
        axis.set_yticks(ticks, [f"{hertz:g}" for hertz in ticks])
        axis.minorticks_off()
        axis.set_title(row, loc="left", fontsize=9)
        axis.grid(alpha=0.3)
    axes[-1, 0].set_xlabel("time, s")
    figure.legend(loc="outside lower center", ncols=2, frameon=False, markerscale=2)
    figure.suptitle(f"Pitch tracks of {tracks.stem.iloc[0]} ({data})", fontsize=10)
    return figure
