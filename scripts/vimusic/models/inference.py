"""Sliding-window inference over whole stems (paper 3.5)."""

from collections import Counter
from dataclasses import replace

import numpy as np
import torch

from vimusic.models.clips import cut
from vimusic.features.encoder import embed
from vimusic.errors import UserError

BATCH = 32


def predict(model, stem, timebase, stitch, device="cpu"):
    """Log-mel (T', n_mels) of one ``Stem`` by ``model`` over its windows, put together by
    ``stitch`` (a function of this module). T' is the stem's own T for ``exact``.

    A fine-tuned encoder sees each frame once; its windows share the embeddings.
    """
    if stem.frames is not None:
        stem = embedded(model, stem, device)
    windows = timebase.windows(len(stem.mel))
    predicted = []
    with torch.inference_mode():
        for first in range(0, len(windows), BATCH):
            clips = [cut(stem, window, timebase) for window in windows[first : first + BATCH]]
            batch = torch.utils.data.default_collate(clips)
            output = model({key: value.to(device) for key, value in batch.items()})
            predicted.extend(output.float().cpu().numpy())
    return stitch(windows, predicted, len(stem.mel), timebase)


def embedded(model, stem, device):
    """The ``stem`` with its frames replaced by their embeddings from the model's own encoder."""
    return replace(stem, visual=embed(encoder_of(model), stem.frames, device), frames=None)


def encoder_of(model):
    """The visual encoder that was trained with a fine-tuned ``model``."""
    return next(part.encoder for part in model.encoders if hasattr(part, "encoder"))


def donors(stems, seed=0):
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
                "hold out one more title (split.test_titles)"
            )
        unlike = [other.instrument != stem.instrument, other.family != stem.family, other.split != "test"]
        uses = [used[name] for name in other.index]
        chosen[stem.Index] = min(zip(*unlike, uses, rng.random(len(other)), other.index, strict=True))[-1]
        used[chosen[stem.Index]] += 1
    return chosen


def with_video_of(stem, donor, model, device="cpu"):
    """``stem`` with the frame embeddings of ``donor``, cut or repeated to the stem's own length."""
    length = len(stem.visual if stem.frames is None else stem.frames)
    if donor.frames is not None:
        donor = embedded(model, donor, device)
    visual = np.resize(donor.visual, (length, donor.visual.shape[1]))  # repeats whole rows
    return replace(stem, visual=visual, frames=None)


def _overlap_add(starts, predicted, length):
    """Windows (T, n_mels) at ``starts``, cross-faded with triangular weights: (length, n_mels)."""
    size, bands = predicted[0].shape
    fade = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1))[:, None].astype(np.float64)
    total, weight = np.zeros((length, bands)), np.zeros((length, 1))
    for start, window in zip(starts, predicted, strict=True):
        total[start : start + size] += fade * window
        weight[start : start + size] += fade
    return (total / weight).astype(np.float32)


def exact(windows, predicted, mel_frames, timebase):
    """Windows at their true positions, cross-faded: (mel_frames, n_mels), the stem's length."""
    return _overlap_add([window.mel for window in windows], predicted, mel_frames)


def paper(windows, predicted, mel_frames, timebase):
    """The paper's count: whole windows only, a constant step of round(32 / 30 * 22050 / 256) = 92
    mel frames, no tail. A 62 s stem gives 57 windows and 56 * 92 + 184 = 5336 frames."""
    regular = [k for k, window in enumerate(windows) if window.frame == k * timebase.step]
    step = round(timebase.step * timebase.mels_per_frame)
    starts = [k * step for k in regular]
    return _overlap_add(starts, [predicted[k] for k in regular], starts[-1] + timebase.window_mels)


def concat(windows, predicted, mel_frames, timebase):
    """The other reading of the paper's 5336 frames: overlapping windows put end to end. At hop 512
    (92 frames a window) and inverted at hop 256 it lasts as long as the stem again."""
    return np.concatenate(predicted)


STITCHES = {"exact": exact, "paper": paper, "concat": concat}
