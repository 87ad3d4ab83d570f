"""Sliding-window inference over whole stems, and whom the control shows (paper 3.5)."""

from collections import Counter

import numpy as np
import pandas as pd
import torch
from torch import nn

from vimusic.errors import UserError
from vimusic.models.clips import Seen, cut
from vimusic.models.stitching import STITCHES
from vimusic.timebase import TimeBase

BATCH = 32


def predict(
    model: nn.Module, seen: Seen, timebase: TimeBase, stitch: str = "exact", device: str = "cpu"
) -> np.ndarray:
    """Log-mel (T', n_mels) of what is ``seen`` of a stem, by ``model`` over its windows, put together as
    ``stitch`` says (``vimusic.models.stitching``). T' is the stem's own T for ``exact``."""
    windows = timebase.windows(seen.mel_frames)
    predicted = []
    with torch.inference_mode():
        for first in range(0, len(windows), BATCH):
            clips = [cut(seen, window, timebase) for window in windows[first : first + BATCH]]
            batch = torch.utils.data.default_collate(clips)
            output = model({key: value.to(device) for key, value in batch.items()})
            predicted.extend(output.float().cpu().numpy())
    return STITCHES[stitch](windows, predicted, seen.mel_frames, timebase)


def donors(stems: pd.DataFrame, seed: int = 0) -> dict[str, str]:
    """Whose video each held-out stem is shown in the shuffled-video control: test stem -> stem.

    Among the stems of other titles and takes (a take that recurs would show the same playing) that are
    unseen in training: one of the same instrument if there is any, else of the same family, so that the
    control differs in the playing and not in who plays; then a test stem rather than one of validation;
    then the one used least, drawn by the seed.

    Parameters
    ----------
    stems : split table with columns title, take, instrument, family, split, indexed by stem.

    Raises
    ------
    UserError
        No held-out stem of another title and take.
    """
    rng, used = np.random.default_rng(seed), Counter()
    chosen = {}
    for stem in stems[stems.split == "test"].itertuples():
        other = stems[(stems.title != stem.title) & (stems["take"] != stem.take) & (stems.split != "train")]
        if other.empty:
            raise UserError(
                f"{stem.Index}: no held-out stem of another title to take the video from; "
                "hold out one more title (split.test_titles; with folds, split.validation: true)"
            )
        unlike = [other.instrument != stem.instrument, other.family != stem.family, other.split != "test"]
        uses = [used[name] for name in other.index]
        chosen[stem.Index] = min(zip(*unlike, uses, rng.random(len(other)), other.index, strict=True))[-1]
        used[chosen[stem.Index]] += 1
    return chosen
