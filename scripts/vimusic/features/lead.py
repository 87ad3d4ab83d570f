"""By how much the picture runs ahead of the sound: onsets of motion against onsets of sound.

The inventory's lead frames come from the dataset's author; this estimates what they leave over.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from vimusic.timebase import TimeBase

REACH = 15  # frames searched on either side


def motion(frames: Iterable[np.ndarray]) -> np.ndarray:
    """Change from frame to frame, (V - 1,): root of the mean absolute difference of grey levels.

    Parameters
    ----------
    frames : iterable of (H, W, 3) uint8. Value k belongs to the time (k + 0.5) / fps.
    """
    changes, before = [], None
    for frame in frames:
        grey = frame.mean(axis=2, dtype=np.float32)
        if before is not None:
            changes.append(np.sqrt(np.abs(grey - before).mean()))
        before = grey
    return np.array(changes)


def onset_strength(mel: np.ndarray, count: int, timebase: TimeBase) -> np.ndarray:
    """Rise of the log-mel (T, n_mels), summed between video frames k and k + 1: (count,)."""
    rise = np.maximum(np.diff(mel, axis=0, prepend=mel[:1]), 0).mean(axis=1)
    frame = np.floor(timebase.mel_times(len(mel)) * timebase.fps).astype(int)
    return np.bincount(frame, weights=rise, minlength=count)[:count]


def correlation(moving: np.ndarray, sounding: np.ndarray) -> np.ndarray:
    """Correlation of both curves (n,) for each lead from -``REACH`` to ``REACH`` video frames,
    positive where motion comes before sound: (2 * REACH + 1,). All zero for a curve without change.
    """
    count = min(len(moving), len(sounding))
    first, second = (_standardised(curve[:count]) for curve in (moving, sounding))
    leads = range(-REACH, REACH + 1)
    return np.array(
        [
            np.dot(first[max(0, -lead) : count - max(0, lead)], second[max(0, lead) : count - max(0, -lead)])
            for lead in leads
        ]
    ) / max(count, 1)


def estimate(correlations: Sequence[np.ndarray]) -> tuple[float, float]:
    """(lead in video frames, strength) from the correlations, (2 * REACH + 1,) each, of one or more players
    filmed by one camera: where their mean peaks, between frames by a parabola, and how high."""
    curve = np.mean(correlations, axis=0)
    peak = int(curve.argmax())
    if 0 < peak < len(curve) - 1:
        before, top, after = curve[peak - 1 : peak + 2]
        bend = before - 2 * top + after
        offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    else:
        offset = 0.0
    return peak + offset - REACH, float(curve[peak])


def _standardised(curve: np.ndarray) -> np.ndarray:
    return (curve - curve.mean()) / max(curve.std(), 1e-9)
