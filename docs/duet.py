"""What the joints of the real duet's violinist say of the notes: docs/results/duet.csv and docs/duet_bow.png.

    python docs/duet.py ../shared/urmp-real/excerpt

A circular-shift test: do the bow's reversals, or its reversals and starts, lie nearer to annotated onsets
than to the same onsets shifted around the excerpt by a random amount?
"""

import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.signal import find_peaks, savgol_filter

from vimusic.data.urmp import read_notes, read_stems
from vimusic.errors import UserError
from vimusic.features.crops.published import find
from vimusic.features.landmarks import tracker
from vimusic.features.skeleton import BONES, WRISTS, found
from vimusic.features.video import crop_players

DOCS = Path(__file__).parent
STEM = "09_Jesus_tpt_vn.2"
FPS = 25  # the excerpt's own
NEAR = 0.1  # s
SHIFTS, SEED = 10_000, 0
# As it is reported, and how far the choice of it matters: frames that a parabola is fitted to, and by how
# much of its range (of a track, or of the speed's 95th percentile) a turning point must stand out.
WINDOW, STANDS_OUT = 5, 0.1
WINDOWS, STANDING_OUT = (5, 7, 9), (0.05, 0.1, 0.2)


def watch(folder: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """The violinist's points (V, 75, 3), annotated onsets (s) within the excerpt, and its length (s)."""
    film = next(folder.glob("Vid_*.mp4"))
    begin, end = (int(ms) / 1000 for ms in re.findall(r"_(\d+)_(\d+)\.mp4", film.name)[0])
    player = read_stems(DOCS.parent / "workflow/resources/stems.tsv").loc[STEM]
    square, track = find(film, [player])[0], tracker()
    frames = crop_players(film, [square], [0], square.width, FPS)
    points = np.stack([track(frame) * [square.width, square.height, 1] for _, frame in frames])
    onsets = read_notes(next(folder.glob("Notes_2_*.txt"))).onset - begin
    return points, onsets[(onsets >= 0) & (onsets < end - begin)], end - begin


def along(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The right wrist (V,), pixels, along the direction in which it moves most, and that direction (2,)."""
    wrist = points[:, WRISTS[1], :2] - points[:, WRISTS[1], :2].mean(0)
    direction = np.linalg.svd(wrist, full_matrices=False)[2][0]
    direction *= -np.sign(direction[1])  # upwards
    return wrist @ direction, direction


def reversals(track: np.ndarray, window: int = WINDOW, share: float = STANDS_OUT) -> np.ndarray:
    """Times (s) at which the ``track`` turns back."""
    smooth = savgol_filter(track, window, 2)
    turns = [find_peaks(sign * smooth, prominence=share * np.ptp(smooth))[0] for sign in (1, -1)]
    return np.sort(np.concatenate(turns)) / FPS


def starts(track: np.ndarray, window: int = WINDOW, share: float = STANDS_OUT) -> np.ndarray:
    """Times (s) at which the ``track`` is slowest, to turn back or to go on: a stroke begins."""
    speed = np.abs(savgol_filter(track, window, 2, deriv=1))
    return find_peaks(-speed, prominence=share * np.percentile(speed, 95))[0] / FPS


WAYS = {"a reversal": reversals, "a reversal or a start": starts}


def near(events: np.ndarray, onsets: np.ndarray) -> float:
    """Share of ``onsets`` with one of the ``events`` within ``NEAR``."""
    return (np.abs(onsets[:, None] - events).min(1, initial=np.inf) <= NEAR).mean()


def tested(events: np.ndarray, onsets: np.ndarray, seconds: float) -> tuple[float, float, float]:
    """``near``, its mean over random circular shifts of the onsets, and the share of shifts that reach it."""
    shifts = np.random.default_rng(SEED).uniform(0, seconds, SHIFTS)
    by_chance = np.array([near(events, (onsets + shift) % seconds) for shift in shifts])
    seen = near(events, onsets)
    return seen, by_chance.mean(), (1 + (by_chance >= seen - 1e-9).sum()) / (1 + SHIFTS)


def measured(points: np.ndarray, onsets: np.ndarray, seconds: float) -> pd.DataFrame:
    """A row each of ``WAYS``; ``lead`` is by how long (s) onsets come after the nearest event: median, least,
    most. ``p_low`` and ``p_high`` are over all ``WINDOWS`` and ``STANDING_OUT``."""
    track, _ = along(points)
    rows = []
    for name, way in WAYS.items():
        events = way(track)
        seen, chance, p = tested(events, onsets, seconds)
        others = [tested(way(track, w, s), onsets, seconds)[2] for w in WINDOWS for s in STANDING_OUT]
        lead = onsets - events[np.abs(onsets[:, None] - events).argmin(1)]
        rows.append(
            {
                "way": name,
                "frames": len(points),
                **{part.replace(" ", "_"): share for part, share in found(points).items()},
                "onsets": len(onsets),
                "events": len(events),
                "near": seen,
                "chance": chance,
                "p": p,
                "p_low": min(others),
                "p_high": max(others),
                "lead": np.median(lead),
                "lead_low": lead.min(),
                "lead_high": lead.max(),
            }
        )
    return pd.DataFrame(rows)


def drawn(points: np.ndarray, onsets: np.ndarray) -> plt.Figure:
    """The skeleton with the wrist's path, and the wrist along its main direction over the onsets."""
    track, direction = along(points)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), width_ratios=(1, 2.6), layout="constrained")
    seen = points[..., 2] > 0
    middle = len(points) // 2
    for part, bones in BONES.items():
        for bone in bones:
            if seen[middle, list(bone)].all():
                left.plot(*points[middle, list(bone), :2].T, color="0.5", lw=2 if part == "body" else 1)
    wrist = points[:, WRISTS[1], :2]
    left.plot(*wrist.T, color="#D55E00", lw=1)
    ends = wrist.mean(0) + np.outer([-40, 40], direction)
    left.annotate("", ends[1], ends[0], arrowprops={"arrowstyle": "->", "color": "#0072B2"})
    left.set(aspect="equal", title="the right wrist's path")
    left.invert_yaxis()
    left.axis("off")
    times = np.arange(len(track)) / FPS
    for k, onset in enumerate(onsets):
        right.axvline(onset, color="0.6", label="annotated onset" if not k else None)
    right.plot(times, track, color="#D55E00")
    for marker, (name, way) in zip("ov", WAYS.items(), strict=True):
        at = (way(track) * FPS).round().astype(int)
        offset = 0 if marker == "o" else -6
        right.plot(times[at], track[at] + offset, marker, color="#0072B2", mfc="none", label=name)
    right.set(xlabel="time in the excerpt, s", ylabel="along the arrow, pixels", xlim=(0, times[-1]))
    right.legend(fontsize=7, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.16), frameon=False)
    return figure


def main(folder: str) -> None:
    if not Path(folder).is_dir():
        raise UserError(f"{folder}: no such folder; name the excerpt of urmp-real")
    points, onsets, seconds = watch(Path(folder))
    measured(points, onsets, seconds).to_csv(DOCS / "results/duet.csv", index=False, float_format="%.4f")
    drawn(points, onsets).savefig(DOCS / "duet_bow.png", dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
