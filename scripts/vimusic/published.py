"""Our numbers beside the paper's, with a verdict for each (paper 3.5, 4.2, 4.4)."""

import numpy as np
import pandas as pd

from vimusic.tables import interval

COLUMNS = ["artifact", "row", "metric", "section", "published", "ours", "low", "high"]
COLUMNS += ["difference", "verdict", "data"]
TOLERANCE = {"mse": 0.5, "pitch_accuracy": 0.05}  # ln-power units squared; share of frames
CLIP = 62  # s, the violin clip of 3.5
DATA = {"mini-urmp": "synthetic: not comparable", "custom": "other data: not comparable"}
ABSENT = "not reproducible here"


def stitched(timebase):
    """What 3.5 prints of a 62 s clip, by ``timebase``: windows, mel frames, samples.

    Whole windows only, each a rounded step after the last, as the paper puts them together.
    """
    windows = 1 + (CLIP * timebase.fps - timebase.window) // timebase.step
    frames = (windows - 1) * round(timebase.step * timebase.mels_per_frame) + timebase.window_mels
    return {"windows": windows, "mel_frames": frames, "samples": timebase.samples(frames)}


def against_paper(published, table, pairs, timebase, data):
    """Every published number with ours: ``COLUMNS``.

    Verdicts, for Table 1 only where ``data`` is ``urmp``: *reproduced*, the published value lies in our
    interval or within ``TOLERANCE`` of our value; *direction reproduced*, it does not, yet the rows
    that the paper compares differ to the same side (``paired``); *not reproduced*; *not reproducible
    here*, with the reason. The numbers of 3.5 follow from the configuration and need no data.

    Parameters
    ----------
    published : published.csv.
    table, pairs : as ``table1`` and ``paired`` give them.
    """
    ours = {(r.row, r.metric): (r.value, r.low, r.high) for r in table.itertuples()}
    computed = stitched(timebase)
    rows = []
    for p in published.itertuples():
        measured, source = (np.nan,) * 3, data
        if p.artifact == "Section 3.5":
            measured, source = (computed[p.metric], np.nan, np.nan), "none: follows from the config"
            verdict = "reproduced" if computed[p.metric] == p.value else "not reproduced"
        elif p.artifact == "Table 2":
            source, verdict = (
                "none",
                f"{ABSENT}: needs listeners; table2.md sets their answers beside the paper's",
            )
        elif p.artifact != "Table 1":
            source, verdict = "none", f"{ABSENT}: no such measurement"
        elif (p.row, p.metric) not in ours:
            verdict = f"{ABSENT}: this run has no such row"
        else:
            measured = ours[p.row, p.metric]
            verdict = DATA.get(data) or _verdict(p, published, measured, pairs)
        shared = p.artifact, p.row, p.metric, p.section, p.value
        rows.append((*shared, *measured, measured[0] - p.value, verdict, source))
    return pd.DataFrame(rows, columns=COLUMNS)


def _verdict(p, published, measured, pairs):
    value, low, high = measured
    if low <= p.value <= high or abs(value - p.value) <= TOLERANCE[p.metric]:
        return "reproduced"
    cells = published[(published.artifact == p.artifact) & (published.metric == p.metric)]
    rivals = cells[cells.row != p.row]
    for rival in rivals.itertuples():
        pair = pairs[pairs.metric.eq(p.metric) & pairs.row.eq(p.row) & pairs.other.eq(rival.row)]
        same_side = np.sign(pair.difference) == np.sign(p.value - rival.value)
        if not (same_side & pair.better.isin(["yes", "no"])).any():
            return "not reproduced"
    return "direction reproduced" if len(rivals) else "not reproduced"


def shown(against):
    """``against_paper`` as people read it."""
    lines = []
    for cell in against.rename(columns={"ours": "value"}).itertuples():
        factor, decimals = (100, 1) if cell.metric == "pitch_accuracy" else (1, 2)
        if cell.artifact == "Section 3.5":
            decimals = 0
        missing = np.isnan(cell.value)
        lines.append(
            {
                "artifact": cell.artifact,
                "§": cell.section,
                "row": cell.row,
                "metric": "pitch accuracy, %" if cell.metric == "pitch_accuracy" else cell.metric,
                "published": f"{factor * cell.published:.7g}",
                "ours": "–" if missing else interval(cell, factor, decimals),
                "difference": "–" if missing else f"{factor * cell.difference:+.{decimals}f}",
                "verdict": cell.verdict,
                "measured on": cell.data,
            }
        )
    return pd.DataFrame(lines)
