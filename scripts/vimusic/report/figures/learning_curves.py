"""Training and validation loss by epoch (paper 3.4), a line for each seed and fold."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vimusic.options import Named, settings
from vimusic.report.style import COLOURS
from vimusic.rows import read_rows


@settings("data.name")
def draw(rows: Path, settings: Named) -> Figure:
    """From the history beside each variant's weights (``model`` of its row)."""
    histories = [
        pd.read_csv(Path(row.model).with_name("history.csv")).assign(variant=row.name, run=row.model)
        for row in read_rows(rows)
        if row.kind == "variant" and not row.control
    ]
    return learning_curves(pd.concat(histories), settings.data.name)


def learning_curves(history: pd.DataFrame, data: str) -> Figure:
    """A panel a variant, in it two lines a run.

    Parameters
    ----------
    history : columns variant, run, epoch, train, val, and loss, their name; panels of one loss share an axis.
    data : what was trained on.
    """
    names = list(dict.fromkeys(history.variant))
    figure, axes = plt.subplots(
        1, len(names), figsize=(2.6 * len(names) + 0.6, 2.8), squeeze=False, layout="constrained"
    )
    first: dict[str, plt.Axes] = {}
    for axis, name in zip(axes[0], names, strict=True):
        mine = history[history.variant == name]
        loss = mine.loss.iloc[0]
        if loss in first:
            axis.sharey(first[loss])
        else:
            first[loss] = axis
            axis.set_ylabel(loss)
        for k, (_, part) in enumerate(mine.groupby("run", sort=False)):
            label = ("training", "validation") if k == 0 else (None, None)
            axis.plot(part.epoch, part.train, color=COLOURS[0], ls="--", label=label[0])
            axis.plot(part.epoch, part.val, color=COLOURS[1], label=label[1])
        axis.set(title=name, xlabel="epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axis.grid(alpha=0.3)
    axes[0, 0].legend(frameon=False)
    figure.suptitle(f"Learning curves ({data})", fontsize=10)
    return figure
