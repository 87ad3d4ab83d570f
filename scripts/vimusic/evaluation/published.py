"""Our numbers beside the paper's, with a verdict for each (paper 3.5, 4.2, 4.4)."""

import numpy as np
import pandas as pd

from vimusic.evaluation.paired import FEW, FEWEST
from vimusic.evaluation.tables import interval

COLUMNS = ["artifact", "row", "metric", "section", "published", "ours", "low", "high"]
COLUMNS += ["difference", "verdict", "data", "note"]
TOLERANCE = {"mse": 0.5, "pitch_accuracy": 0.05}  # ln-power units squared; share of frames
CLIP = 62  # s, the violin clip of 3.5
SHARES = {"pitch_accuracy": "pitch accuracy", "mse_reduction": "MSE reduction"}
DATA = {"mini-urmp": "synthetic: not comparable", "custom": "other data: not comparable"}
ABSENT = "not reproducible here"
WIDE = "compatible, too wide to tell"
SCALE = "the paper's log scale is unstated"


def stitched(timebase):
    """What 3.5 prints of a 62 s clip, by ``timebase``: windows, mel frames, samples.

    Whole windows only, each a rounded step after the last, as the paper puts them together.
    """
    windows = 1 + (CLIP * timebase.fps - timebase.window) // timebase.step
    frames = (windows - 1) * round(timebase.step * timebase.mels_per_frame) + timebase.window_mels
    return {"windows": windows, "mel_frames": frames, "samples": timebase.samples(frames)}


def against_paper(published, table, pairs, timebase, *, data, measured, tracker, reduction, heard=None):
    """Every published number with ours: ``COLUMNS``.

    Verdicts, for Table 1 and the reduction only where ``data`` is ``urmp``: *reproduced*, our value lies
    within ``TOLERANCE`` of the published one, or our interval holds it and reaches no further than twice
    that from our value; *compatible, too wide to tell*, the interval holds it and reaches further;
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
        ours["vision_midi", "mse_reduction"] = saved
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
        elif p.metric == "mse_reduction":
            verdict = _exceeds(p.value, *value, pieces)
        else:
            verdict = _verdict(p, published, value, pairs)
            if p.metric == "mse":
                verdict += f" ({SCALE})"
            elif tracker != "crepe" and verdict.endswith("reproduced") and not verdict.startswith("not"):
                verdict += f" by {tracker}"
        value = value or (np.nan,) * 3
        shared = p.artifact, p.row, p.metric, p.section, p.value
        rows.append((*shared, *value, value[0] - p.value, verdict, source, p.note))
    return pd.DataFrame(rows, columns=COLUMNS)


def _verdict(p, published, measured, pairs):
    value, low, high = measured
    tolerance = TOLERANCE[p.metric]
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


def _exceeds(bound, value, low, high, pieces):
    """Verdict on "by over ``bound``"."""
    if pieces < FEWEST:
        return FEW
    if low > bound:
        return "reproduced"
    return WIDE if high > bound else "not reproduced"


def shown(against):
    """``against_paper`` as people read it."""
    lines = []
    for cell in against.rename(columns={"ours": "value"}).itertuples():
        factor, decimals = (100, 1) if cell.metric in SHARES or cell.artifact == "Table 2" else (1, 2)
        if cell.artifact == "Section 3.5":
            decimals = 0
        missing = np.isnan(cell.value)
        lines.append(
            {
                "artifact": cell.artifact,
                "§": cell.section,
                "row": cell.row,
                "metric": SHARES.get(cell.metric, cell.metric) + (", %" if factor == 100 else ""),
                "published": f"{factor * cell.published:.7g}",
                "ours": "–" if missing else interval(cell, factor, decimals),
                "difference": "–" if missing else f"{factor * cell.difference:+.{decimals}f}",
                "verdict": cell.verdict,
                "measured on": cell.data,
                "note": cell.note,
            }
        )
    return pd.DataFrame(lines)
