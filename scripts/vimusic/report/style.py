"""What all figures share: fonts, colours, and how they are written."""

from collections.abc import Iterable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vimusic.captions import provenance
from vimusic.errors import whole_file

plt.rcParams.update({"font.size": 9, "pdf.fonttype": 42, "svg.hashsalt": "vimusic"})

# Okabe and Ito's palette, told apart by colour-blind readers; markers repeat the difference.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
RANGE = 90  # dB that the colours of a log-mel span, down from the loudest cell of the true one


def styles(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Colour and marker of each of the ``names``, in their order."""
    return {
        name: {"color": COLOURS[k % len(COLOURS)], "marker": MARKERS[k % len(MARKERS)]}
        for k, name in enumerate(dict.fromkeys(names))
    }


def decibels(log_mel: np.ndarray) -> np.ndarray:
    """ln power to dB, any shape."""
    return log_mel * 10 / 2.302585


def save(figure: Figure, paths: Iterable[Path]) -> None:
    """Write ``figure`` to every path (its suffix is the format), without the time of day; a grey line
    along its right edge, where no legend lies, says where it comes from."""
    figure.text(1.02, 0.01, provenance(), rotation=90, va="bottom", fontsize=5, color="0.5")
    for path in paths:
        with whole_file(path) as temporary:
            metadata = {"CreationDate": None} if temporary.suffix == ".pdf" else None
            figure.savefig(temporary, dpi=200, bbox_inches="tight", metadata=metadata)
    plt.close(figure)
