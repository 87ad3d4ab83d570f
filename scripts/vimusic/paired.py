"""Rows compared stem by stem: what one row gains over another, and over what knows no more (paper 4.2)."""

import numpy as np
import pandas as pd

from vimusic.tables import bootstrap, interval, stem_means

LOWER = {"mse", "mr_stft", "voicing_false_alarm"}  # metrics where less is better
UNRANKED = {"av_lag"}  # neither more nor less is better
COLUMNS = ["row", "other", "metric", "difference", "low", "high", "pieces", "better"]
MARKED = ("mse", "pitch_accuracy")  # the paper's two metrics


def paired(scores, variants):
    """Each of the rows ``variants`` against every other row, over the stems that both have.

    Returns ``COLUMNS``: ``difference`` is the mean over stems of row - other, with its bootstrap
    interval over pieces; ``better`` says whether the row is: yes or no where the whole interval lies
    on one side of 0, unclear where it does not, unknown where one piece gives no interval.
    """
    rows = []
    for metric, part in stem_means(scores).groupby("metric", sort=False):
        if metric in UNRANKED:
            continue
        values = part.pivot(index=["stem", "piece"], columns="row", values="value")
        others = [row for row in dict.fromkeys(scores.row) if row in values]
        for row in others:
            for other in others if row in variants else ():
                gain = (values[row] - values[other]).dropna()
                if row == other or gain.empty:
                    continue
                pieces = gain.index.get_level_values("piece")
                low, high = bootstrap(gain.to_numpy(), pieces)
                verdict = _better(low, high, metric)
                rows.append((row, other, metric, gain.mean(), low, high, pieces.nunique(), verdict))
    return pd.DataFrame(rows, columns=COLUMNS)


def _better(low, high, metric):
    if np.isnan(low):
        return "unknown"
    if metric in LOWER:
        low, high = -high, -low
    return "yes" if low > 0 else "no" if high < 0 else "unclear"


def anchors(row, inputs):
    """Rows that ``row`` has to beat: they know no more than it does, or the same of another piece.

    Parameters
    ----------
    inputs : variant -> what it reads (``video``, ``roll``, ``instrument``).
    """
    names = ["silence", "mean_spectrum", "instrument_mean"]
    if "roll" in inputs[row]:
        names.append("soundfont")
    if "video" in inputs[row]:
        names.append(f"{row}_shuffled")
    return names + [other for other in inputs if set(inputs[other]) < set(inputs[row])]


def unbeaten(pairs, inputs):
    """(variant, metric of ``MARKED``) -> anchors that it is not shown to beat there."""
    shown = pairs[pairs.metric.isin(MARKED) & (pairs.better != "yes")]
    found = {}
    for pair in shown.itertuples():
        if pair.other in anchors(pair.row, inputs):
            found.setdefault((pair.row, pair.metric), []).append(pair.other)
    return found


def shown(pairs):
    """``paired`` as people read it: the metrics ``MARKED``, pitch accuracy in points of a hundred."""
    lines = []
    for pair in pairs[pairs.metric.isin(MARKED)].rename(columns={"difference": "value"}).itertuples():
        scale = (100, 1) if pair.metric == "pitch_accuracy" else (1, 2)
        lines.append(
            {
                "row": pair.row,
                "other": pair.other,
                "metric": "pitch accuracy, %" if pair.metric == "pitch_accuracy" else pair.metric,
                "difference": interval(pair, *scale),
                "pieces": pair.pieces,
                "better": pair.better,
            }
        )
    return pd.DataFrame(lines)


def footnote(missed, pairs):
    """What the daggers of Table 1 mean, from ``unbeaten`` and ``paired``; empty where there is none."""
    if not missed:
        return ""
    if set(pairs.better) == {"unknown"}:
        return "† One held-out piece gives no interval: no row is shown to beat its anchors.\n"
    cases = (f"{row} ({metric}): {', '.join(names)}" for (row, metric), names in missed.items())
    return (
        "† Not shown to beat an anchor that knows no more (paired difference, 95 % interval over "
        f"pieces): {'; '.join(cases)}.\n"
    )
