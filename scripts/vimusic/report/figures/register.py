"""Log-mel MSE while an annotated note sounds, by its pitch, over the held-out stems (paper 4.2); below, how
many notes there are."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vimusic.options import Named, settings
from vimusic.report.style import styles


@settings("data.name")
def draw(table: Path, settings: Named) -> Figure:
    """From the table of ``collect_register``."""
    return error_by_pitch(pd.read_csv(table), settings.data.name)


def error_by_pitch(errors: pd.DataFrame, data: str) -> Figure:
    """A line a row, above a bar of notes.

    Parameters
    ----------
    errors : columns row, midi, mse, notes.
    data : what was measured on.
    """
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(6.5, 4.4), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    for row, style in styles(errors.row).items():
        part = errors[errors.row == row]
        upper.plot(part.midi, part.mse, lw=1, ms=3.5, label=row, **style)
    notes = errors.groupby("midi").notes.max()
    lower.bar(notes.index, notes, color="0.6")
    upper.set(ylabel="log-mel MSE while it sounds,\n(ln power)²", ylim=(0, None))
    upper.grid(alpha=0.3)
    lower.set(ylabel="notes", xlabel="annotated note, MIDI number (60 = C4, 262 Hz)")
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(f"Error against register ({data})", fontsize=10)
    return figure
