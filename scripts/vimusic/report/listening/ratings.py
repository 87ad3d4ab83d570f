"""From listeners' answers to Table 2, with the paper's beside (paper 4.4)."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from vimusic.data.urmp import INSTRUMENTS
from vimusic.evaluation.resampling import bootstrap
from vimusic.report.listening.answers import FAMILIES, START
from vimusic.report.listening.study import REFERENCE

INTERVALS = "Brackets: 95 % interval over listeners, Wilson's of a share, bootstrap of MUSHRA."
PAPER = "Rows measured by 'paper' are what the paper prints for five listeners; they are not ours."
NOBODY = "No listening study has been run on this software's output."
COLUMNS = ["row", "metric", "value", "low", "high", "listeners", "ratings", "source"]
HIDDEN_LOW, HIDDEN_SHARE = 90, 0.15  # post-screening of ITU-R BS.1534-3
RATINGS = ["session", "trial", "part", "system", "instrument", "metric", "value"]


def ratings(records: list[dict[str, Any]], key: dict[str, Any]) -> pd.DataFrame:
    """Answers as a tidy table: session, trial, part, system, instrument, metric, value.

    ``coherent``, the four families and ``correct_family`` are 0 or 1, ``mushra`` is 0 to 100.
    """
    rows = []
    for record in records:
        if record["trial"] == START:
            continue
        trial, answer = key["trials"][record["trial"]], record["answer"]
        stem = key["stems"][trial["stem"]]
        for clip, system in trial["clips"].items():
            if trial["part"] == "comparison":
                values = {"mushra": answer[clip]}
            else:
                values = {"coherent": answer["coherent"] == "yes"}
                values |= {family: answer["family"] == family for family in FAMILIES}
                values["correct_family"] = answer["family"] == stem["family"]
            shared = (record["session"], record["trial"], trial["part"], system, stem["instrument"])
            rows += [(*shared, metric, float(value)) for metric, value in values.items()]
    return pd.DataFrame(rows, columns=RATINGS)


def screened_out(rated: pd.DataFrame) -> set[str]:
    """Sessions that rate the hidden reference under 90 in more than 15 % of their comparisons."""
    hidden = rated[(rated.metric == "mushra") & (rated.system == REFERENCE)]
    share = (hidden.value < HIDDEN_LOW).groupby(hidden.session).mean()
    return set(share.index[share > HIDDEN_SHARE])


def table2(rated: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Tidy Table 2: row, metric, value, low, high, listeners, ratings, source (``ours`` or ``paper``).

    A row is a system (``vision``) or, as in the paper, an instrument of a system
    (``violin_vision``). ``mushra`` leaves out the screened listeners; its intervals draw whole listeners.
    Those of a yes or no are Wilson's, the paper's rows' too: five who agree do not prove that all would.
    A listener's answers about several clips are not independent, so it counts listeners, not answers.

    Parameters
    ----------
    rated : as ``ratings`` gives it.
    published : the rows of published.csv whose artifact is ``Table 2``.
    """
    kept = rated[(rated.metric != "mushra") | ~rated.session.isin(screened_out(rated))]
    rows = []
    for row in (kept.system, kept.instrument.str.cat(kept.system, sep="_")):
        for (name, metric), part in kept.groupby([row, kept.metric], sort=False):
            values, listeners = part.value.to_numpy(), part.session.to_numpy()
            counts = (len(set(listeners)), len(values))
            mean = np.mean(values)
            limits = bootstrap(values, listeners) if metric == "mushra" else wilson(mean, counts[0])
            rows.append((name, metric, mean, *limits, *counts, "ours"))
    theirs = [(p.row, p.metric, p.value, *wilson(p.value, 5), 5, 5, "paper") for p in published.itertuples()]
    return pd.DataFrame(rows + theirs, columns=COLUMNS)


def wilson(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a ``share`` of ``count`` listeners (Wilson 1927)."""
    z = norm.ppf(0.975)
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return float(centre - half), float(centre + half)


# Columns of the table by system: metric, heading, factor
SHOWN = [
    ("coherent", "coherent %", 100),
    ("correct_family", "right family %", 100),
    ("rhythmic", "only rhythm %", 100),
    ("mushra", "MUSHRA (0-100)", 1),
]


def shown(table: pd.DataFrame) -> list[pd.DataFrame]:
    """``table2`` as people read it: by system where somebody has answered, then the paper's layout."""
    names = {name for name, *_ in INSTRUMENTS.values()}
    ours = dict.fromkeys(table.row[table.source == "ours"])
    systems = [row for row in ours if row.partition("_")[0] not in names]
    return [*([by_system(table, systems)] if systems else []), by_clip(table, systems)]


def by_system(table: pd.DataFrame, systems: list[str]) -> pd.DataFrame:
    """One line per system: mean and interval of each question, listeners and ratings."""
    cells = {(r.row, r.metric): r for r in table[table.source == "ours"].itertuples()}
    lines = []
    for system in systems:
        line = {"system": system}
        for metric, heading, factor in SHOWN:
            line[heading] = _interval(cells.get((system, metric)), factor)
        for part, metric in (("questions", "coherent"), ("MUSHRA", "mushra")):
            cell = cells.get((system, metric))
            line[f"{part}: listeners/ratings"] = f"{cell.listeners}/{cell.ratings}" if cell else "–"
        lines.append(line)
    return pd.DataFrame(lines)


def _interval(cell: Any, factor: int) -> str:
    if cell is None:
        return "–"
    value, low, high = (f"{factor * x:.0f}" for x in (cell.value, cell.low, cell.high))
    return value if np.isnan(cell.low) else f"{value} [{low}, {high}]"


def by_clip(table: pd.DataFrame, systems: list[str]) -> pd.DataFrame:
    """The paper's own layout: for each instrument of a system how many answers say coherent, and
    which family most of them name; our rows, then the paper's."""
    lines = []
    clips = table[~table.row.isin(systems)]
    for (source, row), part in clips.groupby(["source", "row"], sort=False):
        cells = {cell.metric: cell for cell in part.itertuples()}
        named = [cells[family] for family in FAMILIES if family in cells]
        if not named:
            continue  # the anchor, which nobody is asked about
        top = max(named, key=lambda cell: cell.value)
        coherent = _count(cells["coherent"]) if "coherent" in cells else "N/A"
        lines.append(
            {
                "clip": row,
                "coherent": coherent,
                "top family": f"{top.metric}: {_count(top)}",
                "measured by": source,
            }
        )
    return pd.DataFrame(lines)


def _count(cell: Any) -> str:
    """``yes/all`` with the interval of the share in percent."""
    yes, low, high = cell.value * cell.ratings, 100 * cell.low, 100 * cell.high
    return f"{yes:.0f}/{cell.ratings} [{low:.0f}, {high:.0f}] %"
