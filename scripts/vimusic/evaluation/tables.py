"""From scores per stem to Table 1: means, intervals, the paper's numbers beside (paper 4.2)."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from vimusic.errors import UserError
from vimusic.evaluation.markup import interval
from vimusic.evaluation.metrics import METRICS, Metric, reported
from vimusic.evaluation.resampling import bootstrap

REFERENCE = "mean_spectrum"  # the row that skill is measured against
COLUMNS = ["row", "metric", "value", "low", "high", "pieces", "data"]


def read_scores(paths: Iterable[str]) -> pd.DataFrame:
    """Scores of all rows: stem, piece, title, instrument, row, seed, metric, value.

    Raises
    ------
    UserError
        A metric is none of ``METRICS``: nobody knows which side of it is better.
    """
    parts = {path: pd.read_csv(path) for path in paths}
    for path, part in parts.items():
        for name in part.metric.unique():
            if name not in METRICS:
                raise UserError(f"{path}: unknown metric {name}; score again with this code's evaluate.py")
    return pd.concat(parts.values())


def stem_means(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores with the seeds of a stem averaged, without the stems that lack a value of a metric."""
    stems = scores.groupby(["row", "metric", "stem", "piece"], sort=False).value.mean().reset_index()
    return stems.dropna(subset="value")


def table1(scores: pd.DataFrame, data: str) -> pd.DataFrame:
    """Tidy Table 1 from scores with columns stem, piece, row, seed, metric, value.

    Seeds of a stem are averaged first; a stem without a value of a metric is left out of it. Adds the
    metrics that are a skill. Returns columns row, metric, value, low, high, pieces, data: a line for
    every row and metric, NaN over 0 pieces where no stem has a value.
    """
    stems = stem_means(scores)
    parts = dict(iter(stems.groupby(["row", "metric"])))
    rows = []
    for row, metric in scores[["row", "metric"]].drop_duplicates().itertuples(index=False):
        part = parts.get((row, metric), stems.iloc[:0])
        rows.append((row, metric, *_mean(part), part.piece.nunique(), data))
        for skill in _skills(metric) if (REFERENCE, metric) in parts else ():
            reference = parts[REFERENCE, metric].set_index("stem").value
            rows.append((row, skill.name, *_skill(part, reference), part.piece.nunique(), data))
    return pd.DataFrame(rows, columns=COLUMNS)


def pooled(distances: Mapping[str, float], scores: pd.DataFrame, data: str) -> pd.DataFrame:
    """Lines of ``table1`` of the metric ``frechet`` from row -> value, without an interval."""
    pieces = scores.groupby("row").piece.nunique()
    lines = [(row, "frechet", value, np.nan, np.nan, pieces[row], data) for row, value in distances.items()]
    return pd.DataFrame(lines, columns=COLUMNS)


def _skills(name: str) -> list[Metric]:
    """Metrics that are the skill of the one with this ``name``."""
    return [metric for metric in METRICS.values() if metric.skill_of == name]


def _mean(part: pd.DataFrame) -> tuple[float, float, float]:
    """Mean over stems and its interval."""
    return float(part.value.mean()), *bootstrap(part.value.to_numpy(), part.piece.to_numpy())


def _skill(part: pd.DataFrame, reference: pd.Series) -> tuple[float, float, float]:
    values, theirs = part.value.to_numpy(), reference[part.stem].to_numpy()
    high, low = (1 - bound for bound in bootstrap(values, part.piece.to_numpy(), theirs))
    return float(1 - values.sum() / theirs.sum()), low, high


def grouped(scores: pd.DataFrame, column: str, data: str) -> pd.DataFrame:
    """``table1`` of each group of stems apart, say each ``instrument``; adds that ``column``."""
    groups = scores.groupby(column, sort=False)
    return pd.concat([table1(part, data).assign(**{column: name}) for name, part in groups])


def by_seed(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean over stems of each seed apart: row, seed, metric, value, low, high, pieces."""
    groups = scores.dropna(subset="value").groupby(["row", "seed", "metric"], sort=False)
    rows = [(*names, *_mean(part), part.piece.nunique()) for names, part in groups]
    return pd.DataFrame(rows, columns=["row", "seed", "metric", "value", "low", "high", "pieces"])


def by_stem(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of each stem and seed, and each skill against the mean spectrum on that stem."""
    parts = [scores]
    for name, part in scores.groupby("metric", sort=False):
        reference = part[part.row == REFERENCE].groupby("stem").value.mean()
        share = part.value / part.stem.map(reference)
        parts += [part.assign(metric=skill.name, value=1 - share) for skill in _skills(name)]
    return pd.concat(parts)[["row", "seed", "metric", "stem", "piece", "instrument", "value"]]


def display(
    table: pd.DataFrame,
    published: pd.DataFrame | None = None,
    unbeaten: Collection[tuple[str, str]] = (),
    metrics: Iterable[Metric] | None = None,
) -> pd.DataFrame:
    """Table 1 as people read it: one line per row, ``value [low, high]``, and the paper's values
    (URMP), where given, in their own columns. A (row, metric) in ``unbeaten`` gets a dagger; skill shares
    that of the metric from which it follows. ``metrics`` are the columns, if not those of Table 1."""
    columns = [m for m in METRICS.values() if m.shown] if metrics is None else list(metrics)
    cells = {(r.row, r.metric): r for r in table.dropna(subset="value").itertuples()}
    theirs = {} if published is None else {(p.row, p.metric): p.value for p in published.itertuples()}
    lines = []
    for row in dict.fromkeys(table.row):
        line = {"row": row}
        for metric in columns:
            cell = cells.get((row, metric.name))
            mark = " †" if (row, metric.skill_of or metric.name) in unbeaten else ""
            text = "–" if cell is None else interval(cell, metric.factor, metric.decimals) + mark
            line[metric.heading] = text
        for metric in reported() if published is not None else ():
            value = theirs.get((row, metric.name))
            text = "" if value is None else f"{metric.factor * value:g}"
            line[f"paper {metric.paper.column} (URMP)"] = text
        lines.append(line)
    return pd.DataFrame(lines)


def display_grouped(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """``display`` of each group of ``column`` apart (``grouped``, ``by_seed``), without the paper's columns
    and those that nothing is known of."""
    parts = [
        display(part).assign(**{column: name}).set_index(column).reset_index()
        for name, part in table.groupby(column, sort=False)
    ]
    shown = pd.concat(parts)
    return shown.loc[:, (shown != "–").any()]
