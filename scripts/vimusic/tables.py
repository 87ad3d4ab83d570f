"""From scores per stem to Table 1: means, intervals, the paper's numbers beside (paper 4.2)."""

import numpy as np
import pandas as pd

DRAWS = 2000
LEVEL = 95


def bootstrap(values, pieces, statistic=np.mean, seed=0):
    """Percentile interval of ``statistic`` over stems, resampling whole pieces.

    Stems of a piece share a room, a tempo and a take, frames of a stem even more: only pieces are
    independent, so only pieces are drawn. With one piece there is no interval: (NaN, NaN).

    Parameters
    ----------
    values : (n,) or (n, k) per stem; a statistic gets the drawn rows.
    pieces : (n,) piece of each stem.
    """
    names = np.unique(pieces)
    if len(names) < 2:
        return float("nan"), float("nan")
    members = [np.flatnonzero(pieces == name) for name in names]
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(values[np.concatenate([members[k] for k in rng.integers(len(names), size=len(names))])])
        for _ in range(DRAWS)
    ]
    tail = (100 - LEVEL) / 2
    return tuple(float(bound) for bound in np.percentile(drawn, [tail, 100 - tail]))


def _skill(pairs):
    """1 - MSE / MSE of the mean spectrum, from rows of (MSE, MSE of the mean spectrum)."""
    ours, reference = np.mean(pairs, axis=0)
    return 1 - ours / reference


def table1(scores, data):
    """Tidy Table 1 from scores with columns stem, piece, row, seed, metric, value.

    Seeds of a stem are averaged first; a stem without a value of a metric is left out of it. Adds
    ``skill``. Returns columns row, metric, value, low, high, pieces, data.
    """
    stems = scores.groupby(["row", "metric", "stem", "piece"], sort=False).value.mean().reset_index()
    stems = stems.dropna(subset="value")
    reference = stems[(stems.row == "mean_spectrum") & (stems.metric == "mse")]
    reference = reference.set_index("stem").value
    rows = []
    for (row, metric), part in stems.groupby(["row", "metric"], sort=False):
        pieces, values = part.piece.to_numpy(), part.value.to_numpy()
        entries = [(metric, values, np.mean)]
        if metric == "mse":
            entries.append(("skill", np.c_[values, reference[part.stem]], _skill))
        for name, column, statistic in entries:
            low, high = bootstrap(column, pieces, statistic)
            rows.append((row, name, float(statistic(column)), low, high, len(set(pieces)), data))
    return pd.DataFrame(rows, columns=["row", "metric", "value", "low", "high", "pieces", "data"])


# Table 1's columns (table1.csv has every metric): metric, heading, factor, decimals
SHOWN = [
    ("mse", "MSE ↓", 1, 2),
    ("skill", "skill ↑", 1, 2),
    ("pitch_accuracy", "pitch acc. % ↑", 100, 1),
    ("rpa", "RPA 50 c % ↑", 100, 1),
    ("onset_f1", "onset F1 % ↑", 100, 1),
    ("note_f1", "note F1 % ↑", 100, 1),
    ("chroma", "chroma ↑", 1, 2),
    ("mr_stft", "MR-STFT ↓", 1, 2),
    ("loudness_corr", "loudness corr. ↑", 1, 2),
]


def display(table, published):
    """Table 1 as people read it: one line per row, ``value [low, high]``, and the paper's values
    (URMP) in their own columns."""
    cells = {(r.row, r.metric): r for r in table.itertuples()}
    theirs = {(p.row, p.metric): p.value for p in published.itertuples()}
    lines = []
    for row in dict.fromkeys(table.row):
        line = {"row": row}
        for metric, heading, factor, decimals in SHOWN:
            cell = cells.get((row, metric))
            line[heading] = "–" if cell is None else _interval(cell, factor, decimals)
        line["paper MSE (URMP)"] = f"{theirs[row, 'mse']:g}" if (row, "mse") in theirs else ""
        pitch = theirs.get((row, "pitch_accuracy"))
        line["paper pitch % (URMP)"] = "" if pitch is None else f"{100 * pitch:g}"
        lines.append(line)
    return pd.DataFrame(lines)


def _interval(cell, factor, decimals):
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
    escape = {"%": r"\%", "_": r"\_", "↓": r"$\downarrow$", "↑": r"$\uparrow$", "–": "--"}

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
