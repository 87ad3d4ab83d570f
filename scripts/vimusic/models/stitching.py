"""Windows put together to a whole stem, and the paper's two readings of its lengths (paper 3.5).

A stitch takes the windows, what was predicted for each, (window_mels, n_mels), the stem's mel frames and its
clock, and gives the log-mel (T, n_mels).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vimusic.errors import UserError
from vimusic.timebase import TimeBase, Window


def _overlap_add(starts: Sequence[int], predicted: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Windows (T, n_mels) at ``starts``, cross-faded with triangular weights: (length, n_mels).

    Raises
    ------
    UserError
        Windows that leave gaps: nothing was predicted there.
    """
    size, bands = predicted[0].shape
    fade = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1))[:, None].astype(np.float64)
    total, weight = np.zeros((length, bands)), np.zeros((length, 1))
    for start, window in zip(starts, predicted, strict=True):
        total[start : start + size] += fade * window
        weight[start : start + size] += fade
    if not weight.all():
        gap = np.flatnonzero(weight == 0)[0]
        raise UserError(
            f"clips.step: windows leave gaps, the first at mel frame {gap}; make it clips.window at most"
        )
    return (total / weight).astype(np.float32)


def exact(
    windows: Sequence[Window], predicted: Sequence[np.ndarray], mel_frames: int, timebase: TimeBase
) -> np.ndarray:
    """Windows at their true positions, cross-faded: (mel_frames, n_mels), the stem's length."""
    return _overlap_add([window.mel for window in windows], predicted, mel_frames)


def paper(
    windows: Sequence[Window], predicted: Sequence[np.ndarray], mel_frames: int, timebase: TimeBase
) -> np.ndarray:
    """The paper's count: whole windows only, a constant step of round(32 / 30 * 22050 / 256) = 92
    mel frames, no tail. A 62 s stem gives 57 windows and 56 * 92 + 184 = 5336 frames."""
    regular = [k for k, window in enumerate(windows) if window.frame == k * timebase.step]
    step = round(timebase.step * timebase.mels_per_frame)
    starts = [k * step for k in regular]
    return _overlap_add(starts, [predicted[k] for k in regular], starts[-1] + timebase.window_mels)


def concat(
    windows: Sequence[Window], predicted: Sequence[np.ndarray], mel_frames: int, timebase: TimeBase
) -> np.ndarray:
    """The other reading of the paper's 5336 frames: overlapping windows put end to end. At hop 512
    (92 frames a window) and inverted at hop 256 it lasts as long as the stem again."""
    return np.concatenate(predicted)


STITCHES = {"exact": exact, "paper": paper, "concat": concat}


def reread(mel: np.ndarray, timebase: TimeBase) -> np.ndarray:
    """Log-mel (T, n_mels) as the other reading would make it: (windows * window frames, n_mels).

    The mel at twice the hop (every second frame: frames are centred), cut into windows that overlap
    by half, put end to end as if they did not. Inverted at the single hop it lasts as long as before,
    but each window plays in half its time, so half of what is heard is heard again.
    """
    clock = replace(timebase, hop_length=2 * timebase.hop_length)
    coarse = mel[::2]
    windows = clock.windows(len(coarse))
    cuts = [coarse[window.mel : window.mel + clock.window_mels] for window in windows]
    return concat(windows, cuts, len(coarse), clock)
