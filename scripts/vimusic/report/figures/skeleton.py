"""Held-out players as the encoder ``pose`` sees them: the joints that were found, over three frames of each
instrument's first stem, and in what share of its frames body and hands were found.
"""

from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vimusic.data.urmp import INSTRUMENTS
from vimusic.features.frames import FrameStore
from vimusic.features.skeleton import PLANES, POINTS, draw_skeleton, found
from vimusic.options import Named, settings
from vimusic.report.heldout import held_out

MOMENTS = (0.25, 0.5, 0.75)  # of what is held out
SIDE = 360  # pixels
ACROSS = 2  # stems


@settings("data.name", "video.fps")
def draw(split: Path, points: list[Path], settings: Named) -> Figure:
    """From ``pose.npz`` of every piece, beside its ``frames.zip``."""
    stems = held_out(split).drop_duplicates("instrument")
    of = {path.parent.parent.name: path for path in points}
    shown = {}
    for stem in stems.itertuples():
        with np.load(of[stem.piece]) as tracks:
            track = tracks[str(stem.track)].astype(np.float32).reshape(-1, POINTS, len(PLANES))
        frames = FrameStore(of[stem.piece].with_name("frames.zip"), stem.track)
        kept = stem.cut.array(np.arange(len(frames)), settings.video.fps)
        at = [kept[int(moment * (len(kept) - 1))] for moment in MOMENTS]
        shares = ", ".join(f"{part} {share:.0%}" for part, share in found(track[kept]).items())
        title = f"{INSTRUMENTS[stem.instrument][0]}, {stem.Index}: {shares}"
        shown[title] = np.hstack([pictured(frames[k], track[k]) for k in at])
    return sheet(shown, settings.data.name)


def pictured(frame: np.ndarray, points: np.ndarray) -> np.ndarray:
    """A ``frame`` (H, W, 3) uint8 RGB with its skeleton, (SIDE, SIDE, 3)."""
    return draw_skeleton(cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA), points)


def sheet(shown: dict[str, np.ndarray], data: str) -> Figure:
    """Pictures under their titles, ``ACROSS`` side by side."""
    down = -(-len(shown) // ACROSS)
    figure, axes = plt.subplots(
        down, ACROSS, figsize=(9, 1.7 * down + 0.4), squeeze=False, layout="constrained"
    )
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, picture) in zip(axes.flat, shown.items(), strict=False):
        axis.imshow(picture)
        axis.set_title(title, loc="left", fontsize=7)
    figure.suptitle(f"what the encoder pose sees ({data})", fontsize=10)
    return figure
