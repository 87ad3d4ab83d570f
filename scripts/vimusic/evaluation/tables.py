"""From scores per stem to Table 1: means, intervals, the paper's numbers beside (paper 4.2)."""

from typing import NamedTuple

import numpy as np
import pandas as pd

DRAWS = 2000
LEVEL = 95


def bootstrap(values, pieces, over=None, seed=0):
    """Percentile interval of sum(values) / sum(over) over stems, resampling whole pieces.

    Stems of a piece share a room, a tempo and a take, frames of a stem even more: only pieces are
    independent, so only pieces are drawn. With one piece there is no interval: (NaN, NaN).

    Parameters
    ----------
    values : (n,) per stem.
    pieces : (n,) piece of each stem.
    over : (n,) per stem; ones, which makes it the mean, if not given.
    """
    names, piece = np.unique(pieces, return_inverse=True)
    if len(names) < 2:
        return float("nan"), float("nan")
    over = np.ones(len(values)) if over is None else over
    drawn = np.random.default_rng(seed).integers(len(names), size=(DRAWS, len(names)))
    above, below = (np.bincount(piece, column)[drawn].sum(axis=1) for column in (values, over))
    tail = (100 - LEVEL) / 2
    return tuple(float(bound) for bound in np.percentile(above / below, [tail, 100 - tail]))


def stem_means(scores):
    """Scores with the seeds of a stem averaged, without the stems that lack a value of a metric."""
    stems = scores.groupby(["row", "metric", "stem", "piece"], sort=False).value.mean().reset_index()
    return stems.dropna(subset="value")


def table1(scores, data):
    """Tidy Table 1 from scores with columns stem, piece, row, seed, metric, value.

    Seeds of a stem are averaged first; a stem without a value of a metric is left out of it. Adds
    ``skill``. Returns columns row, metric, value, low, high, pieces, data: a line for every row and
    metric, NaN over 0 pieces where no stem has a value.
    """
    stems = stem_means(scores)
    reference = stems[(stems.row == "mean_spectrum") & (stems.metric == "mse")]
    reference = reference.set_index("stem").value
    parts = dict(iter(stems.groupby(["row", "metric"])))
    rows = []
    for row, metric in scores[["row", "metric"]].drop_duplicates().itertuples(index=False):
        part = parts.get((row, metric), stems.iloc[:0])
        rows.append((row, metric, *_mean(part), part.piece.nunique(), data))
        if metric == "mse" and len(reference):
            rows.append((row, "skill", *_skill(part, reference), part.piece.nunique(), data))
    return pd.DataFrame(rows, columns=["row", "metric", "value", "low", "high", "pieces", "data"])


def _mean(part):
    """Mean over stems and its interval."""
    return float(part.value.mean()), *bootstrap(part.value.to_numpy(), part.piece.to_numpy())


def _skill(part, reference):
    values, theirs = part.value.to_numpy(), reference[part.stem].to_numpy()
    high, low = (1 - bound for bound in bootstrap(values, part.piece.to_numpy(), theirs))
    return float(1 - values.sum() / theirs.sum()), low, high


def grouped(scores, column, data):
    """``table1`` of each group of stems apart, say each ``instrument``; adds that ``column``."""
    groups = scores.groupby(column, sort=False)
    return pd.concat([table1(part, data).assign(**{column: name}) for name, part in groups])


def by_seed(scores):
    """Mean over stems of each seed apart: row, seed, metric, value, low, high, pieces."""
    groups = scores.dropna(subset="value").groupby(["row", "seed", "metric"], sort=False)
    rows = [(*names, *_mean(part), part.piece.nunique()) for names, part in groups]
    return pd.DataFrame(rows, columns=["row", "seed", "metric", "value", "low", "high", "pieces"])


def by_stem(scores):
    """Scores of each stem and seed, with ``skill`` against the mean spectrum's MSE on that stem."""
    columns = ["row", "seed", "metric", "stem", "piece", "instrument", "value"]
    errors = scores[scores.metric == "mse"]
    reference = errors[errors.row == "mean_spectrum"].groupby("stem").value.mean()
    skill = errors.assign(metric="skill", value=1 - errors.value / errors.stem.map(reference))
    return pd.concat([scores, skill])[columns]


class Shown(NamedTuple):
    """A column of Table 1 as people read it."""

    name: str
    better: str
    factor: int
    decimals: int

    @property
    def heading(self):
        """The name with its unit and the side that is better."""
        return f"{self.name}{' %' if self.factor == 100 else ''} {self.better}"


# table1.csv has every metric
SHOWN = {
    "mse": Shown("MSE", "↓", 1, 2),
    "skill": Shown("skill", "↑", 1, 2),
    "pitch_accuracy": Shown("pitch acc.", "↑", 100, 1),
    "rpa": Shown("RPA 50 c", "↑", 100, 1),
    "onset_f1": Shown("onset F1", "↑", 100, 1),
    "note_f1": Shown("note F1", "↑", 100, 1),
    "chroma": Shown("chroma", "↑", 1, 2),
    "mr_stft": Shown("MR-STFT", "↓", 1, 2),
    "loudness_corr": Shown("loudness corr.", "↑", 1, 2),
}


def display(table, published, unbeaten=()):
    """Table 1 as people read it: one line per row, ``value [low, high]``, and the paper's values
    (URMP) in their own columns. A (row, metric) in ``unbeaten`` gets a dagger; skill shares that of
    the MSE, from which it follows."""
    cells = {(r.row, r.metric): r for r in table.dropna(subset="value").itertuples()}
    theirs = {(p.row, p.metric): p.value for p in published.itertuples()}
    lines = []
    for row in dict.fromkeys(table.row):
        line = {"row": row}
        for metric, column in SHOWN.items():
            cell = cells.get((row, metric))
            mark = " †" if (row, "mse" if metric == "skill" else metric) in unbeaten else ""
            text = "–" if cell is None else interval(cell, column.factor, column.decimals) + mark
            line[column.heading] = text
        line["paper MSE (URMP)"] = f"{theirs[row, 'mse']:g}" if (row, "mse") in theirs else ""
        pitch = theirs.get((row, "pitch_accuracy"))
        line["paper pitch % (URMP)"] = "" if pitch is None else f"{100 * pitch:g}"
        lines.append(line)
    return pd.DataFrame(lines)


def display_grouped(table, column):
    """``display`` of each group of ``column`` apart (``grouped``, ``by_seed``), without the paper's columns
    and those that nothing is known of."""
    none = pd.DataFrame(columns=["row", "metric", "value"])
    parts = [
        display(part, none).iloc[:, :-2].assign(**{column: name}).set_index(column).reset_index()
        for name, part in table.groupby(column, sort=False)
    ]
    shown = pd.concat(parts)
    return shown.loc[:, (shown != "–").any()]


def interval(cell, factor, decimals):
    """``value [low, high]`` of a row of ``table1``, or the value alone where there is no interval."""
    value, low, high = (f"{factor * x:.{decimals}f}" for x in (cell.value, cell.low, cell.high))
    return value if np.isnan(cell.low) else f"{value} [{low}, {high}]"


def to_markdown(frame):
    """``frame`` as a Markdown table with columns padded to line up in a terminal."""
    rows = [list(frame.columns), *frame.astype(str).values.tolist()]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines) + "\n"


def to_latex(frame, caption):
    """``frame`` as a LaTeX table (booktabs) with ``caption``."""
    escape = {"%": r"\%", "_": r"\_", "↓": r"$\downarrow$", "↑": r"$\uparrow$", "–": "--", "†": r"$\dagger$"}

    def tex(text):
        for plain, code in escape.items():
            text = text.replace(plain, code)
        return text

    rows = [" & ".join(tex(str(cell)) for cell in row) + r" \\" for row in frame.values]
    head = " & ".join(tex(name) for name in frame.columns) + r" \\"
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{tex(caption)}}}",
            rf"\begin{{tabular}}{{l{'r' * (frame.shape[1] - 1)}}}",
            r"\toprule",
            head,
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )
