"""All benchmarks' tables as one, and as a plot of their ratios. Notes and targets stay in the tables.

    python benchmarks/summary.py --tables results/benchmarks/*.csv --out results/benchmarks/summary.csv \\
      --plot docs/benchmarks.png
"""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from harness import COLUMNS
from vimusic.errors import run, whole_file
from vimusic.options import program
from vimusic.report import style


def target(note):
    """The ratio a row should reach: ``target 40`` in its note; None where there is none."""
    found = re.search(r"target ([\d.]+)", note)
    return float(found[1]) if found else None


def ratios(table):
    """Horizontal bars of ``ratio`` on a log axis from 1, targets marked: a matplotlib figure."""
    figure, axis = plt.subplots(figsize=(7.5, 0.27 * len(table) + 1), layout="constrained")
    places = range(len(table))
    colours = ["#0072B2" if ratio >= 1 else "#D55E00" for ratio in table.ratio]
    axis.barh(places, table.ratio - 1, left=1, color=colours)
    for place, (ratio, goal) in enumerate(zip(table.ratio, table.note.map(target), strict=True)):
        end = max(1, ratio)
        if pd.notna(goal):
            axis.plot([goal, goal], [place - 0.4, place + 0.4], color="black", lw=1.5)
            end = max(end, goal)
        axis.annotate(f" {float(f'{ratio:.3g}'):,g}", (end, place), va="center", fontsize=8)
    axis.axvline(1, color="0.3", lw=0.8)
    axis.set_yticks(places, table.name)
    axis.set(xscale="log", xlabel="times better than the other way (black: target)")
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.grid(axis="x", alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


@program
def main(tables: list[Path], out: Path, plot: Path):
    table = pd.concat([pd.read_csv(path, keep_default_na=False) for path in tables], ignore_index=True)
    with whole_file(out) as temporary:
        table[[name for name in COLUMNS if name != "note"]].to_csv(temporary, index=False)
    style.save(ratios(table), [plot])
    print(table.to_string(index=False))


if __name__ == "__main__":
    run(main)
