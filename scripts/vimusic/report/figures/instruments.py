"""Log-mel MSE and pitch accuracy by instrument over the held-out stems (paper 4.2). Bars without a line are
of one piece and have no interval (95 % bootstrap over pieces, too narrow where they are few)."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from vimusic.data.urmp import INSTRUMENTS
from vimusic.options import Named, settings
from vimusic.report.heldout import HEARD
from vimusic.report.style import styles
from vimusic.rows import read_rows, trained


@settings("data.name")
def draw(table: Path, rows: Path, settings: Named) -> Figure:
    """From per_instrument.csv; of its rows the trained variants and what they are read beside."""
    shown = {"instrument_mean", *HEARD, *(row.name for row in trained(read_rows(rows)))}
    cells = pd.read_csv(table).dropna(subset="value")
    return instrument_bars(cells[cells.row.isin(shown)], settings.data.name)


def instrument_bars(table: pd.DataFrame, data: str) -> Figure:
    """MSE and pitch accuracy of each instrument by row, with intervals where there is more than one piece.

    Parameters
    ----------
    table : columns row, instrument, metric, value, low, high; without the rows not to be drawn.
    data : what was measured on.
    """
    codes = [code for code in INSTRUMENTS if code in set(table.instrument)]
    shown = styles(table.row)
    width = 0.8 / len(shown)
    figure, axes = plt.subplots(
        2, 1, figsize=(max(5, 1.2 * len(codes) + 1.5), 5), sharex=True, layout="constrained"
    )
    panels = [("mse", 1, "log-mel MSE,\n(ln power)²"), ("pitch_accuracy", 100, "pitch accuracy, %")]
    for axis, (metric, factor, label) in zip(axes, panels, strict=True):
        cells = table[table.metric == metric].set_index(["row", "instrument"])
        cells = cells[["value", "low", "high"]] * factor
        for k, (row, style) in enumerate(shown.items()):
            known = [
                (place, cells.loc[row, code])
                for place, code in enumerate(codes)
                if (row, code) in cells.index
            ]
            for place, cell in known:
                x = place + (k - (len(shown) - 1) / 2) * width
                axis.bar(
                    x, cell.value, width, color=style["color"], label=row if place == known[0][0] else None
                )
                if not np.isnan(cell.low):
                    axis.vlines(x, cell.low, cell.high, color="0.2", lw=0.8)
        axis.set_ylabel(label)
        axis.grid(axis="y", alpha=0.3)
    axes[1].set_xticks(range(len(codes)), [INSTRUMENTS[code][0] for code in codes])
    axes[1].set_ylim(0, 100)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(f"By instrument ({data})", fontsize=10)
    return figure
