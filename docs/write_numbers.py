"""Write the numbers of README.md and docs/*.md from results: `make docs`.

A block between ``<!-- NAME -->`` and ``<!-- /NAME -->`` is what ``BLOCKS[NAME]`` makes of the tables in
docs/results/, which are copies of a run's tables. With ``--take`` these are copied anew from results/ first.
``duet.csv`` is written by docs/duet.py.
"""

import re
import shutil
import sys
from functools import partial
from pathlib import Path

import pandas as pd

from vimusic.data import fingering
from vimusic.data.urmp import INSTRUMENTS

DOCS = Path(__file__).parent
ROOT = DOCS.parent
# docs/results/: Table 1 of each run, as printed too (its caption says where from), by instrument, verdicts,
# what was read.
RUNS = {run: f"results/{run}/tables" for run in ("demo", "urmp_real", "study", "fingers")}
TABLES = {"table1.csv": ".csv", "table1.md": ".md"}
COPIES = {
    "demo": TABLES,
    "urmp_real": TABLES | {"per_instrument.csv": "_instruments.csv", "paired.csv": "_paired.csv"},
    "study": TABLES | {"paired.csv": "_paired.csv", "reading.csv": "_reading.csv"},
    "fingers": TABLES | {"reading.csv": "_reading.csv"},
}
SHOWN = {
    "mse": ("MSE ↓", 1, 2),
    "pitch_accuracy": ("pitch acc. % ↑", 100, 1),
    "onset_f1": ("onset F1 % ↑", 100, 1),
    "note_f1": ("note F1 % ↑", 100, 1),
    "mr_stft": ("MR-STFT ↓", 1, 2),
    "loudness_corr": ("loudness corr. ↑", 1, 2),
}
TABLE = SHOWN | {"frechet": ("Fréchet dist. ↓", 1, 3)}  # of all stems together: no differences of pairs
ROWS = {
    "demo": [
        *("mean_spectrum", "soundfont", "recording", "midi", "vision", "vision_shuffled", "vision_midi"),
        *("vision_midi_harmonic", "midi_ddsp", "vision_midi_ddsp", "vision_midi_ddsp_shuffled"),
        *("vision_notes", "ddsp_resynthesis"),
    ],
    "urmp_real": [
        *("mean_spectrum", "soundfont", "copy_synthesis", "recording", "midi", "midi_harmonic", "midi_ddsp"),
    ],
    "study": [
        *("mean_spectrum", "soundfont", "recording", "vision", "vision_shuffled", "vision_midi"),
        *("vision_midi_shuffled", "midi", "midi_ddsp", "vision_midi_ddsp", "vision_midi_ddsp_shuffled"),
        *("vision_notes", "vision_notes_shuffled", "vision_notes_hands", "ddsp_resynthesis"),
    ],
    "fingers": [
        *("mean_spectrum", "recording", "vision_notes_hands", "vision_notes_hands_shuffled"),
        "ddsp_resynthesis",
    ],
}
READ = {
    "activity_f1": ("activity F1 % ↑", 100, 1),
    "onset_f1": ("onset F1 (50 ms) % ↑", 100, 1),
    "loudness_correlation": ("loudness corr. ↑", 1, 2),
    "pitch": ("pitch % ↑", 100, 1),
    "chroma": ("chroma % ↑", 100, 1),
}
ASKED = {  # run -> row -> what it is compared with
    "urmp_real": {"midi_ddsp": ROWS["urmp_real"]},
    "study": {
        "vision_midi_ddsp": [
            *("vision", "vision_midi", "midi_ddsp", "vision_midi_ddsp_shuffled", "ddsp_resynthesis"),
        ],
        "midi_ddsp": ["vision_midi_ddsp_shuffled"],
        "vision_notes": ["vision", "vision_notes_shuffled", "vision_notes_hands"],
    },
}
EYES = {  # encoder -> the row of the study that reads notes behind it
    "resnet18": "vision_notes_resnet18",
    "efficientnet_lite0": "vision_notes_efficientnet",
    "pose": "vision_notes_pose",
    "motion": "vision_notes",
    "hands": "vision_notes_hands",
}


def heading(*cells: str) -> list[str]:
    """The first lines of a table in Markdown."""
    return [f"| {' | '.join(cells)} |", "|---" * len(cells) + "|"]


def table(run: str) -> str:
    """The rows ``ROWS[run]`` of a run's Table 1 as Markdown, ``value [low, high]``, and its caption."""
    cells = pd.read_csv(DOCS / f"results/{run}.csv")
    return f"{intervals(cells, {row: row for row in ROWS[run]}, TABLE)}\n\n*{caption(run)}*"


def intervals(cells: pd.DataFrame, rows: dict[str, str], shown: dict[str, tuple[str, int, int]]) -> str:
    """The ``rows`` that there are, name told -> name in ``cells``, of the metrics that are ``shown``:
    value [low, high]."""
    rows = {told: row for told, row in rows.items() if row in set(cells.row)}
    cells = cells.set_index(["row", "metric"])
    lines = heading("row", *(name for name, _, _ in shown.values()))
    for told, row in rows.items():
        words = [told]
        for metric, (_, factor, decimals) in shown.items():
            if (row, metric) not in cells.index:
                words.append("–")
                continue
            value, low, high = (factor * x for x in cells.loc[(row, metric), ["value", "low", "high"]])
            interval = "" if pd.isna(low) else f" [{low:.{decimals}f}, {high:.{decimals}f}]"
            words.append("–" if pd.isna(value) else f"{value:.{decimals}f}{interval}")
        lines.append("| " + " | ".join(words) + " |")
    return "\n".join(lines)


def read_without_sound(run: str, metrics: tuple[str, ...] = tuple(READ), family: str = "all") -> str:
    """What each encoder's reader of notes, and its control, reads of a ``family``, beside the ceiling."""
    cells = pd.read_csv(DOCS / f"results/{run}_reading.csv")
    cells = cells[cells.family == family]
    rows = {f"`{encoder}`": row for encoder, row in EYES.items()}
    rows |= {f"`{encoder}`, another's film": f"{row}_shuffled" for encoder, row in EYES.items()}
    return intervals(cells, rows | {"ceiling": "ceiling"}, {name: READ[name] for name in metrics})


def by_family(run: str) -> str:
    """Chroma and pitch that are read of each family, beside their ceilings."""
    families = sorted(set(pd.read_csv(DOCS / f"results/{run}_reading.csv").family) - {"all"})
    parts = (f"{family}\n\n{read_without_sound(run, ('chroma', 'pitch'), family)}" for family in families)
    return "\n\n".join(parts)


def caption(run: str) -> str:
    """What the run's Table 1 says of itself, without its name."""
    return printed(run).splitlines()[0].removeprefix("Table 1. ")


def printed(run: str) -> str:
    """Table 1 of a run as it was printed."""
    return (DOCS / f"results/{run}.md").read_text(encoding="utf-8").strip()


def by_instrument(run: str) -> str:
    """Each metric that is shown, row by instrument."""
    cells = pd.read_csv(DOCS / f"results/{run}_instruments.csv")
    tables = []
    for metric, (title, factor, decimals) in SHOWN.items():
        values = cells[cells.metric == metric].pivot(index="row", columns="instrument", values="value")
        lines = heading(title, *values.columns)
        for row in ROWS[run]:
            words = ("–" if pd.isna(value) else f"{factor * value:.{decimals}f}" for value in values.loc[row])
            lines.append(f"| {row} | " + " | ".join(words) + " |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def asked(run: str, pairs: pd.DataFrame) -> pd.DataFrame:
    """Those of a run's ``pairs`` that are shown."""
    wanted = {(row, other) for row, others in ASKED[run].items() for other in others}
    shown = pairs[pairs.metric.isin(SHOWN)]
    return shown[[pair in wanted for pair in zip(shown.row, shown.other, strict=True)]]


def verdicts(run: str, row: str) -> str:
    """What ``paired.csv`` says of ``row`` against those that it is compared with: difference [low, high], p,
    better."""
    pairs = asked(run, pd.read_csv(DOCS / f"results/{run}_paired.csv"))
    pairs = pairs[pairs.row == row].set_index(["other", "metric"])
    lines = heading(f"{row} against", *(name for name, _, _ in SHOWN.values()))
    for other in dict.fromkeys(pairs.index.get_level_values("other")):
        words = [other]
        for metric, (_, factor, decimals) in SHOWN.items():
            if (other, metric) not in pairs.index:
                words.append("–")
                continue
            found = pairs.loc[other, metric]
            values = (f"{factor * found[name]:.{decimals}f}" for name in ("difference", "low", "high"))
            words.append("{} [{}, {}]".format(*values) + f", p {found.p:.3f}: {found.better}")
        lines.append("| " + " | ".join(words) + " |")
    return "\n".join(lines)


def encoders() -> str:
    """What each visual encoder costs, by `benchmarks/encoders.py`."""
    rows = pd.read_csv(DOCS / "results/encoders.csv")
    rows[["encoder", "what"]] = rows.name.str.split(": ", expand=True)
    cells = rows.pivot(index="encoder", columns="what", values="ours")
    cells["a frame"] *= 30 * 60 / 1000  # ms a frame to s a minute
    names = {"a frame": "s for a minute of a stem", "a minute": "MB for it"}
    names |= {"URMP's stems": "URMP's 149 stems, h on two cores", "URMP's features": "GB for them"}
    lines = heading("encoder", *names.values())
    for name, row in cells.drop("decoding").iterrows():
        words = (f"{row[what]:.{0 if row[what] >= 10 else 2}f}" for what in names)
        lines.append(f"| `{name}` | " + " | ".join(words) + " |")
    decoding, note = cells.loc["decoding", "a frame"], rows.note[0].removeprefix("other: resnet18; ")
    return "\n".join(lines) + f"\n\n*Measured: {note}; decoding {decoding:.0f} s a minute. URMP is computed.*"


def duet() -> str:
    """What the real violinist's wrist says of the notes, by `docs/duet.py`."""
    rows = pd.read_csv(DOCS / "results/duet.csv")
    lines = heading(
        *("within 100 ms of an annotated onset", "events", "share of onsets", "by chance", "p"),
        *("p, other settings", "picture before sound"),
    )
    for row in rows.itertuples():
        lead = f"{1e3 * row.lead:.0f} ms [{1e3 * row.lead_low:.0f}, {1e3 * row.lead_high:.0f}]"
        lines.append(
            f"| {row.way} of the bow | {row.events} | {row.near * row.onsets:.0f} of {row.onsets} "
            f"| {row.chance:.0%} | {row.p:.2f} | {row.p_low:.2f} to {row.p_high:.2f} | {lead} |"
        )
    first = rows.iloc[0]
    parts = f"body {first.body:.0%}, left hand {first.left_hand:.0%}, right hand {first.right_hand:.0%}"
    return "\n".join(lines) + f"\n\n*Found in {first.frames} frames: {parts}.*"


def ceilings() -> str:
    """How much of the pitch a picture of mini-URMP holds, by `vimusic.data.fingering`."""
    lines = heading("instrument", "chroma", "pitch")
    for instrument in fingering.RANGES:
        words = (f"{share:.0%}" for share in fingering.ceiling(instrument))
        lines.append(f"| {INSTRUMENTS[instrument][0]} | " + " | ".join(words) + " |")
    return "\n".join(lines)


BLOCKS = {run: partial(table, run) for run in ROWS}
BLOCKS |= {"encoders": encoders, "duet": duet, "ceilings": ceilings}
BLOCKS |= {f"{run} printed": partial(printed, run) for run in ROWS}
BLOCKS |= {f"{run} read": partial(read_without_sound, run) for run in ("study", "fingers")}
BLOCKS |= {f"{run} by family": partial(by_family, run) for run in ("study", "fingers")}
BLOCKS |= {f"{run} {row}": partial(verdicts, run, row) for run, rows in ASKED.items() for row in rows}
BLOCKS["urmp_real by instrument"] = partial(by_instrument, "urmp_real")


def written(text: str) -> str:
    """``text`` with every block made anew."""

    def block(found: re.Match) -> str:
        return f"<!-- {found[1]} -->\n{BLOCKS[found[1]]()}\n<!-- /{found[1]} -->"

    return re.sub(r"<!-- ([\w ]+) -->\n.*?<!-- /\1 -->", block, text, flags=re.S)


def main(words: list[str]) -> None:
    if "--take" in words:
        for run, folder in RUNS.items():
            for name, copy in COPIES[run].items():
                if (ROOT / folder / name).is_file():
                    taken = DOCS / "results" / f"{run}{copy}"
                    shutil.copyfile(ROOT / folder / name, taken)
                    if name == "paired.csv":  # of all pairs, in the study 4,740
                        asked(run, pd.read_csv(taken)).to_csv(taken, index=False)
        if (ROOT / "results/benchmarks/encoders.csv").is_file():
            shutil.copy(ROOT / "results/benchmarks/encoders.csv", DOCS / "results")
    for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
