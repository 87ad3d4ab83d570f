"""Rows compared stem by stem: what one row gains over another, and over its anchors (paper 4.2)."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from vimusic.evaluation.markup import interval
from vimusic.evaluation.metrics import METRICS, Metric
from vimusic.evaluation.resampling import bootstrap, sign_flip
from vimusic.evaluation.tables import stem_means
from vimusic.settings import SCORE

Inputs = Mapping[str, Sequence[str]]  # variant -> what it reads: video, roll, notes, instrument

COLUMNS = ["row", "other", "metric", "difference", "low", "high", "p", "pieces", "better"]
ALPHA = 0.05
FEWEST = 6  # pieces: of five, the smallest p is 2 / 2**5 = 0.0625
FEW = "too few pieces"


def paired(
    scores: pd.DataFrame, variants: Collection[str], metrics: Mapping[str, Metric] = METRICS
) -> pd.DataFrame:
    """Each of the rows ``variants`` against every other row, over the stems that both have, by each of the
    ``metrics`` that has a better side.

    Returns ``COLUMNS``: ``difference`` is the mean over stems of row - other, with its bootstrap
    interval over pieces. ``better`` does not follow from that interval, which is far too narrow over
    few pieces, but from ``sign_flip``: yes or no where p is under ``ALPHA``, unclear where it is not,
    and ``FEW`` under ``FEWEST`` pieces.
    """
    rows = []
    for name, part in stem_means(scores).groupby("metric", sort=False):
        sign = metrics[name].sign
        if not sign:
            continue
        values = part.pivot(index=["stem", "piece"], columns="row", values="value")
        names = [row for row in dict.fromkeys(scores.row) if row in values]
        pairs = [(row, other) for row in names if row in variants for other in names if row != other]
        gains = pd.DataFrame({(row, other): values[row] - values[other] for row, other in pairs})
        gains = gains.dropna(axis="columns", how="all")
        if gains.empty:
            continue
        chances = sign_flip(gains.groupby(level="piece").sum().to_numpy())
        for ((row, other), gain), p in zip(gains.items(), chances, strict=True):
            gain = gain.dropna()
            pieces = gain.index.get_level_values("piece")
            limits, count = bootstrap(gain.to_numpy(), pieces), pieces.nunique()
            verdict = _better(sign * gain.mean(), p, count)
            rows.append((row, other, name, gain.mean(), *limits, p, count, verdict))
    return pd.DataFrame(rows, columns=COLUMNS)


def _better(gain: float, p: float, pieces: int) -> str:
    if pieces < FEWEST:
        return FEW
    if p >= ALPHA:
        return "unclear"
    return "yes" if gain > 0 else "no"


def reduction(
    scores: pd.DataFrame, row: str, other: str, metric: str = "mse"
) -> tuple[float, float, float, int]:
    """Share of a ``metric`` of ``other`` that ``row`` saves over the stems that both have, which no scale of
    the log-mels changes: (value, low, high, pieces), the interval a bootstrap over pieces; NaN and no
    piece where a row is absent.
    """
    stems = stem_means(scores)
    values = stems[stems.metric == metric].pivot(index=["stem", "piece"], columns="row", values="value")
    if not {row, other} <= set(values):
        return np.nan, np.nan, np.nan, 0
    values = values[[row, other]].dropna()
    pieces, ours, theirs = values.index.get_level_values("piece"), *values.to_numpy().T
    high, low = (1 - bound for bound in bootstrap(ours, pieces, theirs))
    return 1 - ours.sum() / theirs.sum(), low, high, pieces.nunique()


def anchors(row: str, inputs: Inputs) -> list[str]:
    """Rows that ``row`` has to beat: what needs no learning, what knows less, the same network shown
    another piece's video. ``instrument_mean`` and ``soundfont`` know the instrument, which the row may
    not."""
    names = ["silence", "mean_spectrum", "instrument_mean"]
    knows = {other: _knowledge(inputs[other]) for other in inputs}
    if "notes" in knows[row]:
        names.append("soundfont")
    if "video" in knows[row]:
        names.append(f"{row}_shuffled")
    return names + [other for other in inputs if knows[other] < knows[row]]


def _knowledge(inputs: Sequence[str]) -> set[str]:
    """``inputs``, the score under one name, in whichever form it is read."""
    return {"notes" if name in SCORE else name for name in inputs}


def unbeaten(pairs: pd.DataFrame, inputs: Inputs) -> dict[tuple[str, str], list[str]]:
    """(variant, metric of Table 1) -> anchors that it is not shown to beat there; empty where there are
    too few pieces to show anything."""
    if (pairs.better == FEW).all():
        return {}
    found = {}
    for pair in pairs[pairs.better != "yes"].itertuples():
        if METRICS[pair.metric].shown and pair.other in anchors(pair.row, inputs):
            found.setdefault((pair.row, pair.metric), []).append(pair.other)
    return found


def shown(pairs: pd.DataFrame) -> pd.DataFrame:
    """``paired`` as people read it: the metrics that the paper reports."""
    lines = []
    for pair in pairs.rename(columns={"difference": "value"}).itertuples():
        metric = METRICS[pair.metric]
        if not metric.paper:
            continue
        lines.append(
            {
                "row": pair.row,
                "other": pair.other,
                "metric": metric.label,
                "difference": interval(pair, metric.factor, metric.decimals),
                "pieces": pair.pieces,
                "p": f"{pair.p:.3f}",
                "better": pair.better,
            }
        )
    return pd.DataFrame(lines)


def footnote(missed: Mapping[tuple[str, str], list[str]], pairs: pd.DataFrame) -> str:
    """What the daggers of Table 1 mean, from ``unbeaten`` and ``paired``: of each row, the metrics on which
    it misses an anchor. Empty where there is none."""
    if len(pairs) and (pairs.better == FEW).all():
        return f"Under {FEWEST} held-out pieces no row can be shown to beat its anchors, or not to.\n"
    if not missed:
        return ""
    titles = {}
    for (row, metric), others in missed.items():
        for other in others:
            titles.setdefault(row, {}).setdefault(other, []).append(METRICS[metric].title)
    cases = []
    for row, by_anchor in titles.items():
        alike = {}
        for other, names in by_anchor.items():
            alike.setdefault(", ".join(names), []).append(other)
        cases.append(f"{row}: " + "; ".join(f"{', '.join(who)} ({what})" for what, who in alike.items()))
    return (
        "† An anchor that the row has to beat is not shown to be beaten (sign-flip test over pieces, "
        f"p < {ALPHA}; instrument_mean and soundfont know the instrument). {'. '.join(cases)}.\n"
    )
