"""Validation: what was measured of each stem of the dataset before anything was computed from it, and the
verdict."""

import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from vimusic.options import Named, settings

COLOURS = {"ok": "#4c956c", "warn": "#e9a23b", "fail": "#c8553d"}


@settings("data.name")
def draw(table: Path, settings: Named) -> Figure:
    """Length of each stem, share of notes that agree with its sound, and for what is not ok the reason."""
    stems = pd.read_csv(table, sep="\t")
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 1.2 + 0.16 * len(stems)), sharey=True, width_ratios=(1, 2), layout="constrained"
    )
    places = range(len(stems))
    verdicts = stems.verdict.map(COLOURS)
    left.barh(places, stems.seconds.fillna(0), color=verdicts, height=0.8)
    left.set_yticks(places, stems.stem, fontsize=6)
    left.set(xlabel="length, s", ylim=(len(stems) - 0.4, -0.6))
    right.scatter(stems.agreement, places, c=verdicts, s=9)
    right.set(xlabel="share of notes that agree with the sound", xlim=(-0.02, 3))
    right.set_xticks([0, 0.25, 0.5, 0.75, 1])
    right.axvline(1, color="0.8", lw=0.8)
    for place, reason in enumerate(stems.reason.fillna("")):
        right.text(1.04, place, textwrap.shorten(reason, 110), fontsize=5, va="center")
    counts = ", ".join(f"{sum(stems.verdict == verdict)} {verdict}" for verdict in COLOURS)
    figure.suptitle(f"Validation of {len(stems)} stems ({settings.data.name}): {counts}", fontsize=10)
    return figure
