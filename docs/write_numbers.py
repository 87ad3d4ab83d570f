"""Write the numbers of README.md and docs/*.md from results: `make docs`.

A block between ``<!-- NAME -->`` and ``<!-- /NAME -->`` is what ``BLOCKS[NAME]`` makes of the tables in
docs/results/, which are copies of a run's tables. With ``--take`` these are copied anew from results/ first.
"""

import re
import shutil
import sys
from functools import partial
from pathlib import Path

import pandas as pd

DOCS = Path(__file__).parent
ROOT = DOCS.parent
# docs/results/: Table 1 of each run, what was printed of it (its caption says where from), by instrument.
RUNS = {"demo": "results/demo/tables", "urmp_real": "results/urmp_real/tables"}
COPIES = {"table1.csv": ".csv", "table1.md": ".md", "per_instrument.csv": "_instruments.csv"}
SHOWN = {
    "mse": ("MSE ↓", 1, 2),
    "pitch_accuracy": ("pitch acc. % ↑", 100, 1),
    "note_f1": ("note F1 % ↑", 100, 1),
    "loudness_corr": ("loudness corr. ↑", 1, 2),
}
ROWS = {
    "demo": [
        *("mean_spectrum", "soundfont", "copy_synthesis", "midi", "vision", "vision_shuffled"),
        *("vision_midi", "vision_midi_shuffled", "vision_midi_harmonic"),
        *("midi_ddsp", "vision_midi_ddsp", "vision_midi_ddsp_shuffled", "ddsp_resynthesis", "recording"),
    ],
    "urmp_real": [
        *("mean_spectrum", "soundfont", "midi", "midi_harmonic", "midi_ddsp", "copy_synthesis", "recording"),
    ],
}


def table(run: str) -> str:
    """The rows ``ROWS[run]`` of a run's Table 1 as Markdown, ``value [low, high]``, and its caption."""
    cells = pd.read_csv(DOCS / f"results/{run}.csv").set_index(["row", "metric"])
    lines = [
        "| row | " + " | ".join(name for name, _, _ in SHOWN.values()) + " |",
        "|---" * (len(SHOWN) + 1) + "|",
    ]
    for row in ROWS[run]:
        if (row, "mse") not in cells.index:
            continue
        words = [row]
        for metric, (_, factor, decimals) in SHOWN.items():
            value, low, high = (factor * x for x in cells.loc[(row, metric), ["value", "low", "high"]])
            text = f"{value:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"
            words.append("–" if pd.isna(value) else text)
        lines.append("| " + " | ".join(words) + " |")
    return "\n".join(lines) + f"\n\n*{caption(run)}*"


def caption(run: str) -> str:
    """What the run's Table 1 says of itself, without its name."""
    return printed(run).splitlines()[0].removeprefix("Table 1. ")


def printed(run: str) -> str:
    """Table 1 of a run as it was printed."""
    return (DOCS / f"results/{run}.md").read_text(encoding="utf-8").strip()


def by_instrument(run: str) -> str:
    """Pitch accuracy, note F1 and MSE of the rows that are told apart, by instrument."""
    cells = pd.read_csv(DOCS / f"results/{run}_instruments.csv").set_index(["instrument", "row", "metric"])
    rows = ["recording", "soundfont", "midi", "midi_harmonic", "midi_ddsp"]
    lines = [
        "| instrument | " + " | ".join(f"{row}: pitch %, note F1 %, MSE" for row in rows) + " |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for code in sorted(set(cells.index.get_level_values("instrument"))):
        words = [code]
        for row in rows:
            pitch, notes, mse = (cells.value[code, row, m] for m in ("pitch_accuracy", "note_f1", "mse"))
            words.append(f"{100 * pitch:.1f}, {100 * notes:.1f}, {mse:.1f}")
        lines.append("| " + " | ".join(words) + " |")
    return "\n".join(lines)


BLOCKS = {run: partial(table, run) for run in RUNS}
BLOCKS |= {f"{run} printed": partial(printed, run) for run in RUNS}
BLOCKS |= {f"{run} by instrument": partial(by_instrument, run) for run in RUNS}


def written(text: str) -> str:
    """``text`` with every block made anew."""

    def block(found: re.Match) -> str:
        return f"<!-- {found[1]} -->\n{BLOCKS[found[1]]()}\n<!-- /{found[1]} -->"

    return re.sub(r"<!-- ([\w ]+) -->\n.*?<!-- /\1 -->", block, text, flags=re.S)


def main(words: list[str]) -> None:
    if "--take" in words:
        for run, folder in RUNS.items():
            for name, copy in COPIES.items():
                if (ROOT / folder / name).is_file():
                    shutil.copyfile(ROOT / folder / name, DOCS / "results" / f"{run}{copy}")
    for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
