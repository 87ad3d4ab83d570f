"""Training and validation log-mel MSE by epoch (paper 3.4), a line for each seed and fold."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vimusic.options import settings
from vimusic.report.style import COLOURS
from vimusic.rows import read_rows


@settings("data.name")
def draw(rows: Path, settings) -> Figure:
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
    history : columns variant, run, epoch, train_mse, val_mse.
    data : what was trained on.
    """
    names = list(dict.fromkeys(history.variant))
    figure, axes = plt.subplots(
        1, len(names), figsize=(2.6 * len(names) + 0.6, 2.8), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, name in zip(axes[0], names, strict=True):
        for k, (_, part) in enumerate(history[history.variant == name].groupby("run", sort=False)):
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
