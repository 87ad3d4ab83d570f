"""Figure 2. True and predicted log-mel spectrograms of one held-out stem, first 60 s."""

from collections.abc import Mapping
from pathlib import Path

import librosa
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vimusic.data.urmp import INSTRUMENTS
from vimusic.features.audio import FMAX, FMIN
from vimusic.options import Named, settings
from vimusic.report.heldout import shown_stem
from vimusic.report.style import RANGE, decibels
from vimusic.rows import read_rows, trained

SECONDS = 60


@settings("data.name", "audio.sample_rate", "audio.hop_length")
def draw(rows: Path, split: Path, features: Path, settings: Named) -> Figure:
    """The shown stem's own log-mel over those of every trained variant (``mels`` of its row)."""
    rate, hop = settings.audio.sample_rate, settings.audio.hop_length
    stem = shown_stem(split)
    panels = {"ground truth": np.load(features / stem.piece / str(stem.track) / "mel.npy")}
    for row in trained(read_rows(rows)):
        with np.load(row.mels) as mels:
            panels[row.name] = mels[stem.name]
    panels = {
        name: stem.cut.array(mel, rate / hop)[: round(SECONDS * rate / hop)] for name, mel in panels.items()
    }
    title = f"{INSTRUMENTS[stem.instrument][0]}, {stem.name} ({settings.data.name})"
    return mel_comparison(panels, rate, hop, title)


def mel_comparison(panels: Mapping[str, np.ndarray], sample_rate: int, hop_length: int, title: str) -> Figure:
    """Log-mels one under the other on one colour scale.

    Parameters
    ----------
    panels : name -> log-mel (T, n_mels), ln power, the truth first: it sets the scale, whose lower end is
        ``RANGE`` dB below its loudest cell.
    """
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(8, 1.7 * len(panels) + 0.4), sharex=True, squeeze=False, layout="constrained"
    )
    top = decibels(next(iter(panels.values())).max())
    for axis, (name, mel) in zip(axes[:, 0], panels.items(), strict=True):
        seconds = len(mel) * hop_length / sample_rate
        image = axis.imshow(
            decibels(mel.T),
            origin="lower",
            aspect="auto",
            extent=(0, seconds, 0, mel.shape[1]),
            vmin=top - RANGE,
            vmax=top,
            cmap="magma",
        )
        hertz = [250, 1000, 2000, 4000]
        edges = librosa.hz_to_mel([FMIN, FMAX, *hertz])
        ticks = (edges[2:] - edges[0]) / (edges[1] - edges[0]) * mel.shape[1]
        axis.set_yticks(ticks, [f"{h / 1000:g}" for h in hertz])
        axis.set_ylabel("kHz")
        axis.set_title(name, loc="left", fontsize=9)
    axes[-1, 0].set_xlabel("time, s")
    figure.suptitle(title, fontsize=10)
    figure.colorbar(image, ax=axes, label="power, dB", pad=0.01)
    return figure
