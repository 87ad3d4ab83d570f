"""Figures of scores: each function takes a small table and returns a matplotlib figure (paper 4)."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from vimusic.data.urmp import INSTRUMENTS

# Okabe and Ito's palette, told apart by colour-blind readers; markers repeat the difference.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]


def _styles(names):
    return {
        name: {"color": COLOURS[k % len(COLOURS)], "marker": MARKERS[k % len(MARKERS)]}
        for k, name in enumerate(dict.fromkeys(names))
    }


def learning_curves(history, data):
    """Training and validation MSE by epoch.

    Parameters
    ----------
    history : columns variant, seed, epoch, train_mse, val_mse.
    """
    names = list(dict.fromkeys(history.variant))
    figure, axes = plt.subplots(
        1, len(names), figsize=(2.6 * len(names) + 0.6, 2.8), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, name in zip(axes[0], names, strict=True):
        for k, (_, part) in enumerate(history[history.variant == name].groupby("seed")):
            label = ("training", "validation") if k == 0 else (None, None)
            axis.plot(part.epoch, part.train_mse, color=COLOURS[0], ls="--", label=label[0])
            axis.plot(part.epoch, part.val_mse, color=COLOURS[1], label=label[1])
        axis.set(title=name, xlabel="epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("log-mel MSE, (ln power)²")
    axes[0, 0].legend(frameon=False)
    figure.suptitle(f"Learning curves ({data})", fontsize=10)
    return figure


def instrument_bars(table, data):
    """MSE and pitch accuracy of each instrument by row, with intervals where there is more than one piece.

    Parameters
    ----------
    table : per_instrument.csv, without the rows not to be drawn.
    """
    codes = [code for code in INSTRUMENTS if code in set(table.instrument)]
    styles = _styles(table.row)
    width = 0.8 / len(styles)
    figure, axes = plt.subplots(
        2, 1, figsize=(max(5, 1.2 * len(codes) + 1.5), 5), sharex=True, layout="constrained"
    )
    panels = [("mse", 1, "log-mel MSE,\n(ln power)²"), ("pitch_accuracy", 100, "pitch accuracy, %")]
    for axis, (metric, factor, label) in zip(axes, panels, strict=True):
        cells = table[table.metric == metric].set_index(["row", "instrument"])
        cells = cells[["value", "low", "high"]] * factor
        for k, (row, style) in enumerate(styles.items()):
            known = [
                (place, cells.loc[row, code])
                for place, code in enumerate(codes)
                if (row, code) in cells.index
            ]
            for place, cell in known:
                x = place + (k - (len(styles) - 1) / 2) * width
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


def pitch_tracks(tracks, data, seconds=20):
    """f0 of every row over the annotation, one panel a row, the first ``seconds`` from the first note on.

    Parameters
    ----------
    tracks : columns stem, row, time (s), hertz (0 unvoiced); the row ``annotation`` is the truth.
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
    end = min(start + seconds, tracks.time.max())
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


def register(errors, data):
    """MSE against the pitch of the annotated note, and how many notes there are.

    Parameters
    ----------
    errors : columns row, midi, mse, notes.
    """
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(6.5, 4.4), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    for row, style in _styles(errors.row).items():
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
