"""What the variants that read notes read of the held-out players: tables, all together and by family."""

from pathlib import Path

import pandas as pd

from vimusic import captions
from vimusic.data.urmp import read_split
from vimusic.errors import run, whole_file
from vimusic.evaluation import markup, paired, reading, tables
from vimusic.options import program, settings

NONE = "no row of this run reads notes"
MISSES = ("pitch", "chroma")  # what a picture may not hold


@program
@settings("data.name", "split.unit", "split.folds")
def main(
    splits: list[Path],
    table: Path,
    pairs: Path,
    markdown: Path,
    settings,
    scores: list[Path] = (),
):
    about = f"Read from the picture. {captions.UNITS[settings.split.unit]}{captions.DATA[settings.data.name]}"
    columns = ["family", "row", "metric", "value", "low", "high", "pieces", "data"]
    means, verdicts = pd.DataFrame(columns=columns), pd.DataFrame(columns=paired.COLUMNS)
    text = f"{about}: {NONE}. From {captions.provenance()}.\n"
    if scores:
        found = pd.concat(pd.read_csv(path) for path in scores)
        found = pd.concat([found.assign(family="all"), found])
        means = tables.grouped(found, "family", settings.data.name)[columns]
        if settings.data.name == "mini-urmp":
            means = pd.concat([means, _ceilings(found)])
        found = found[found.family == "all"]
        metrics = {metric.name: metric for metric in reading.MEASURED}
        verdicts = paired.paired(found, set(found.row), metrics)
        stems = pd.concat(read_split(split).reset_index() for split in splits)
        stems = stems[stems.stem.isin(found.stem)]
        everybody = means[means.family == "all"]
        families = means[means.metric.isin(MISSES)]
        text = (
            f"{about}; {captions.counted(stems, settings.split.folds)}. Onsets within 50 ms; pitch of frames "
            "inside a note, frame by frame and by the notes read, as each decoder names them; brackets: "
            f"95 % bootstrap interval over pieces. From {captions.provenance()}.\n\n"
            f"{markup.to_markdown(tables.display(everybody, metrics=reading.MEASURED))}\n"
            "By family. *ceiling*: an eye that sees hands, keys and lips without error, notes uniform over "
            "the range.\n\n"
            f"{markup.to_markdown(_by_family(families))}"
        )
    for frame, path in ((means, table), (verdicts, pairs)):
        with whole_file(path) as temporary:
            frame.to_csv(temporary, index=False)
    with whole_file(markdown) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(text)


def _ceilings(scores: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table for an eye that sees everything."""
    stems = scores.drop_duplicates(["family", "stem"])
    return pd.DataFrame(
        [
            {"family": family, "row": "ceiling", "metric": metric, "value": value,
             "pieces": part.piece.nunique(), "data": "computed"}
            for family, part in stems.groupby("family", sort=False)
            for metric, value in reading.ceilings(list(part.instrument)).items()
        ]
    )  # fmt: skip


def _by_family(means: pd.DataFrame) -> pd.DataFrame:
    """One line per row, a column per family and metric."""
    chosen = [metric for metric in reading.MEASURED if metric.name in MISSES]
    lines = {}
    for family, part in means.groupby("family", sort=False):
        for line in tables.display(part, metrics=chosen).to_dict("records"):
            cells = {f"{family}: {name}": text for name, text in line.items() if name != "row"}
            lines.setdefault(line["row"], {}).update(cells)
    return pd.DataFrame([{"row": row} | cells for row, cells in lines.items()])


if __name__ == "__main__":
    run(main)
