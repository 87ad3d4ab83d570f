"""Write the numbers of README.md and docs/*.md from results: `make docs`.

A block between ``<!-- NAME -->`` and ``<!-- /NAME -->`` is what ``BLOCKS[NAME]`` makes of the tables in
docs/results/, which are copies of a run's tables. With ``--take`` these are copied anew from results/ first.
"""

import re
import shutil
import sys
from pathlib import Path

import pandas as pd

DOCS = Path(__file__).parent
ROOT = DOCS.parent
# docs/results/<run>.{csv,md}: Table 1 of the run, and what was printed, whose caption says where from.
RUNS = {"demo": "results/demo/tables"}
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


BLOCKS = {
    "demo": lambda: table("demo"),
    "demo printed": lambda: printed("demo"),
}


def written(text: str) -> str:
    """``text`` with every block made anew."""

    def block(found: re.Match) -> str:
        return f"<!-- {found[1]} -->\n{BLOCKS[found[1]]()}\n<!-- /{found[1]} -->"

    return re.sub(r"<!-- ([\w ]+) -->\n.*?<!-- /\1 -->", block, text, flags=re.S)


def main(words: list[str]) -> None:
    if "--take" in words:
        for run, folder in RUNS.items():
            for suffix in ("csv", "md"):
                if (ROOT / folder / f"table1.{suffix}").is_file():
                    shutil.copyfile(ROOT / folder / f"table1.{suffix}", DOCS / f"results/{run}.{suffix}")
    for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
