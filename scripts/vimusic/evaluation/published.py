"""Our numbers beside the paper's, with a verdict for each (paper 3.5, 4.2, 4.4)."""

from typing import Any

import numpy as np
import pandas as pd

from vimusic.evaluation.markup import interval
from vimusic.evaluation.metrics import METRICS, reported
from vimusic.evaluation.paired import FEW, FEWEST
from vimusic.timebase import TimeBase

COLUMNS = ["artifact", "row", "metric", "section", "published", "ours", "low", "high"]
COLUMNS += ["difference", "verdict", "data", "note"]
CLIP = 62  # s, the violin clip of 3.5
DATA = {"mini-urmp": "synthetic: not comparable", "custom": "other data: not comparable"}
ABSENT = "not reproducible here"
WIDE = "compatible, too wide to tell"
REDUCTION = "mse_reduction"  # of vision_midi against vision, in 4.2


def stitched(timebase: TimeBase) -> dict[str, int]:
    """What 3.5 prints of a 62 s clip, by ``timebase``: windows, mel frames, samples.

    Whole windows only, each a rounded step after the last, as the paper puts them together.
    """
    windows = 1 + (CLIP * timebase.fps - timebase.window) // timebase.step
    frames = (windows - 1) * round(timebase.step * timebase.mels_per_frame) + timebase.window_mels
    return {"windows": windows, "mel_frames": frames, "samples": timebase.samples(frames)}


def against_paper(
    published: pd.DataFrame,
    table: pd.DataFrame,
    pairs: pd.DataFrame,
    timebase: TimeBase,
    *,
    data: str,
    measured: str,
    tracker: str,
    reduction: tuple[float, float, float, int],
    heard: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every published number with ours: ``COLUMNS``.

    Verdicts, for Table 1 and the reduction only where ``data`` is ``urmp``: *reproduced*, our value lies
    within the metric's tolerance of the published one, or our interval holds it and reaches no further
    than twice that from our value; *compatible, too wide to tell*, the interval holds it and reaches further;
    *direction reproduced*, neither, yet the rows that the paper compares differ to the same side
    (``paired``); *not reproduced*; *not reproducible here*, with the reason. A verdict on an absolute MSE
    says that the scale is unknown, one on pitch which tracker heard it if not the paper's. The numbers of
    3.5 follow from the configuration and need no data.

    Parameters
    ----------
    published : published.csv.
    table, pairs : as ``table1`` and ``paired`` give them.
    measured : what Table 1 was measured on, for the column ``data``.
    tracker : of the pitch.
    reduction : (value, low, high, pieces) of ``paired.reduction``, vision_midi over vision.
    heard : Table 2 as ``ratings.table2`` gives it, if there are answers.
    """
    ours = {(r.row, r.metric): (r.value, r.low, r.high) for r in table.dropna(subset="value").itertuples()}
    if heard is not None:
        ours |= {
            (r.row, r.metric): (r.value, r.low, r.high) for r in heard[heard.source == "ours"].itertuples()
        }
    *saved, pieces = reduction
    if pieces:
        ours["vision_midi", REDUCTION] = saved
    computed = stitched(timebase)
    rows = []
    for p in published.itertuples():
        value, source = ours.get((p.row, p.metric)), measured
        if p.artifact == "Section 3.5":
            value, source = (computed[p.metric], np.nan, np.nan), "none: follows from the config"
            verdict = "reproduced" if value[0] == p.value else "not reproduced"
        elif p.artifact == "Table 2":
            source = "listeners" if value else "none"
            verdict = DATA.get(data, "other listeners") if value else f"{ABSENT}: needs listeners"
        elif p.artifact == "Section 3.4":
            value, source, verdict = None, "none", f"{ABSENT}: no such measurement"
        elif value is None:
            verdict = f"{ABSENT}: this run has no such row"
        elif data in DATA:
            verdict = DATA[data]
        elif p.metric == REDUCTION:
            verdict = _exceeds(p.value, *value, pieces)
        else:
            verdict = _verdict(p, published, value, pairs)
            paper = METRICS[p.metric].paper
            if paper.unstated:
                verdict += f" ({paper.unstated})"
            if paper.tracker not in (None, tracker) and verdict in ("reproduced", "direction reproduced"):
                verdict += f" by {tracker}"
        value = value or (np.nan,) * 3
        shared = p.artifact, p.row, p.metric, p.section, p.value
        rows.append((*shared, *value, value[0] - p.value, verdict, source, p.note))
    return pd.DataFrame(rows, columns=COLUMNS)


def _verdict(
    p: Any, published: pd.DataFrame, measured: tuple[float, float, float], pairs: pd.DataFrame
) -> str:
    value, low, high = measured
    tolerance = METRICS[p.metric].paper.tolerance
    holds = low <= p.value <= high
    if abs(value - p.value) <= tolerance or (holds and max(high - value, value - low) <= 2 * tolerance):
        return "reproduced"
    if holds:
        return WIDE
    cells = published[(published.artifact == p.artifact) & (published.metric == p.metric)]
    # Two of our rows stand beside one of the paper's, with and without its fixed crops.
    rivals = cells[(cells.value != p.value) & cells.row.isin(pairs.other)]
    for rival in rivals.itertuples():
        pair = pairs[pairs.metric.eq(p.metric) & pairs.row.eq(p.row) & pairs.other.eq(rival.row)]
        if pair.better.eq(FEW).any():
            return f"not reproduced, {FEW} to tell the direction"
        same_side = np.sign(pair.difference) == np.sign(p.value - rival.value)
        if not (same_side & pair.better.isin(["yes", "no"])).any():
            return "not reproduced"
    return "direction reproduced" if len(rivals) else "not reproduced"


def _exceeds(bound: float, value: float, low: float, high: float, pieces: int) -> str:
    """Verdict on "by over ``bound``"."""
    if pieces < FEWEST:
        return FEW
    if low > bound:
        return "reproduced"
    return WIDE if high > bound else "not reproduced"


def tolerances() -> str:
    """How near is reproduced, by metric, in words."""
    near = [(m.paper.name, m.paper.tolerance, ".0%" if m.unit == "%" else "g") for m in reported()]
    return " or ".join(f"{tolerance:{form}} ({name})" for name, tolerance, form in near)


def shown(against: pd.DataFrame) -> pd.DataFrame:
    """``against_paper`` as people read it."""
    lines = []
    for cell in against.rename(columns={"ours": "value"}).itertuples():
        label, factor, decimals = _written(cell)
        missing = np.isnan(cell.value)
        lines.append(
            {
                "artifact": cell.artifact,
                "§": cell.section,
                "row": cell.row,
                "metric": label,
                "published": f"{factor * cell.published:.7g}",
                "ours": "–" if missing else interval(cell, factor, decimals),
                "difference": "–" if missing else f"{factor * cell.difference:+.{decimals}f}",
                "verdict": cell.verdict,
                "measured on": cell.data,
                "note": cell.note,
            }
        )
    return pd.DataFrame(lines)


def _written(cell: Any) -> tuple[str, int, int]:
    """Name, factor and decimals of a published number."""
    if cell.metric in METRICS:
        metric = METRICS[cell.metric]
        return metric.label, metric.factor, metric.decimals
    if cell.metric == REDUCTION:
        return "MSE reduction, %", 100, 1
    if cell.artifact == "Table 2":
        return f"{cell.metric}, %", 100, 1
    return cell.metric, 1, 0
