"""Rows compared stem by stem: what one row gains over another, and over its anchors (paper 4.2)."""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd

from vimusic.evaluation.tables import SHOWN, bootstrap, interval, stem_means

LOWER = {"mse", "mr_stft", "voicing_false_alarm"}  # metrics where less is better
UNRANKED = {"av_lag"}  # neither more nor less is better
COLUMNS = ["row", "other", "metric", "difference", "low", "high", "p", "pieces", "better"]
MARKED = ("mse", "pitch_accuracy")  # the paper's two metrics
ALPHA = 0.05
FEWEST = 6  # pieces: of five, the smallest p is 2 / 2**5 = 0.0625
EXACT = 14  # pieces: of more, as many sign patterns are drawn as these have
FEW = "too few pieces"


def paired(scores, variants):
    """Each of the rows ``variants`` against every other row, over the stems that both have.

    Returns ``COLUMNS``: ``difference`` is the mean over stems of row - other, with its bootstrap
    interval over pieces. ``better`` does not follow from that interval, which is far too narrow over
    few pieces, but from ``sign_flip``: yes or no where p is under ``ALPHA``, unclear where it is not,
    and ``FEW`` under ``FEWEST`` pieces.
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
                p, count = sign_flip(gain.to_numpy(), pieces), pieces.nunique()
                mean = gain.mean()
                verdict = _better(-mean if metric in LOWER else mean, p, count)
                rows.append((row, other, metric, mean, low, high, p, count, verdict))
    return pd.DataFrame(rows, columns=COLUMNS)


def sign_flip(gains, pieces):
    """Two-sided p of a mean difference by randomisation: if neither row were better, each piece's
    differences could as well have the other sign. Exact up to ``EXACT`` pieces.

    Parameters
    ----------
    gains : (n,) differences per stem.
    pieces : (n,) piece of each stem.
    """
    sums = pd.Series(gains).groupby(np.asarray(pieces)).sum().to_numpy()
    flipped = np.abs(_signs(len(sums)) @ sums)
    return float(np.mean(flipped >= abs(sums.sum()) - 1e-9 * np.abs(sums).sum()))


@cache
def _signs(count):
    """Patterns of ``count`` signs, the one without a flip first: (patterns, count)."""
    if count <= EXACT:
        return np.array(list(product((1, -1), repeat=count)))
    signs = np.random.default_rng(0).choice((1, -1), size=(2**EXACT, count))
    signs[0] = 1
    return signs


def _better(gain, p, pieces):
    if pieces < FEWEST:
        return FEW
    if p >= ALPHA:
        return "unclear"
    return "yes" if gain > 0 else "no"


def reduction(scores, row, other):
    """Share of the MSE of ``other`` that ``row`` saves over the stems that both have, which no scale of
    the log-mels changes: (value, low, high, pieces), the interval a bootstrap over pieces; NaN and no
    piece where a row is absent.
    """
    stems = stem_means(scores)
    values = stems[stems.metric == "mse"].pivot(index=["stem", "piece"], columns="row", values="value")
    if not {row, other} <= set(values):
        return np.nan, np.nan, np.nan, 0
    values = values[[row, other]].dropna()
    pieces, ours, theirs = values.index.get_level_values("piece"), *values.to_numpy().T
    high, low = (1 - bound for bound in bootstrap(ours, pieces, theirs))
    return 1 - ours.sum() / theirs.sum(), low, high, pieces.nunique()


def anchors(row, inputs):
    """Rows that ``row`` has to beat: what needs no learning, what knows less, the same network shown
    another piece's video. ``instrument_mean`` and ``soundfont`` know the instrument, which the row may not.

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
    """(variant, metric of Table 1) -> anchors that it is not shown to beat there; empty where there are
    too few pieces to show anything."""
    if (pairs.better == FEW).all():
        return {}
    found = {}
    for pair in pairs[pairs.better != "yes"].itertuples():
        if pair.metric in SHOWN and pair.other in anchors(pair.row, inputs):
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
                "p": f"{pair.p:.3f}",
                "better": pair.better,
            }
        )
    return pd.DataFrame(lines)


def footnote(missed, pairs):
    """What the daggers of Table 1 mean, from ``unbeaten`` and ``paired``: of each row, the metrics on which
    it misses an anchor. Empty where there is none."""
    if len(pairs) and (pairs.better == FEW).all():
        return f"Under {FEWEST} held-out pieces no row can be shown to beat its anchors, or not to.\n"
    if not missed:
        return ""
    metrics = {}
    for (row, metric), others in missed.items():
        for other in others:
            metrics.setdefault(row, {}).setdefault(other, []).append(SHOWN[metric].name)
    cases = []
    for row, by_anchor in metrics.items():
        alike = {}
        for other, names in by_anchor.items():
            alike.setdefault(", ".join(names), []).append(other)
        cases.append(f"{row}: " + "; ".join(f"{', '.join(who)} ({what})" for what, who in alike.items()))
    return (
        "† An anchor that the row has to beat is not shown to be beaten (sign-flip test over pieces, "
        f"p < {ALPHA}; instrument_mean and soundfont know the instrument). {'. '.join(cases)}.\n"
    )
