"""Table 1 from the scores of every row, its statistics, and the comparison with the paper (paper 4.2)."""

from pathlib import Path
from typing import Annotated

import pandas as pd

from vimusic import captions
from vimusic.data.urmp import INSTRUMENTS
from vimusic.errors import run, whole_file
from vimusic.evaluation import frechet, markup, paired, published, tables
from vimusic.features.sources import SOURCES
from vimusic.options import program, settings
from vimusic.rows import read_rows, trained
from vimusic.timebase import TimeBase

AGAINST = (
    f"Published numbers against ours. Reproduced: ours lies within {published.tolerances()} of the "
    "published value, or our 95 % interval holds it and reaches no further than twice that. "
    f"{published.WIDE.capitalize()}: the interval holds it but is wider. Direction reproduced: neither, but "
    "the rows the paper compares differ to the same side."
)


@program
@settings(
    "data.name",
    "split.unit",
    "split.folds",
    "roll.source",
    "evaluation.tracker",
    "audio.sample_rate",
    "audio.hop_length",
    "video.fps",
    "clips.window",
    "clips.step",
)
def main(
    rows: Path,
    published_: Path,
    out: Annotated[Path, "folder of the tables"],
    settings,
    table2: Annotated[Path | None, "Table 2 (.csv), for the comparison with the paper"] = None,
):
    records = read_rows(rows)
    data, unit, tracker = settings.data.name, settings.split.unit, settings.evaluation.tracker
    source, folds = SOURCES[settings.roll.source].words, settings.split.folds
    scores = tables.read_scores([row.scores for row in records])
    scores["family"] = scores.instrument.map({code: family for code, (_, family, _) in INSTRUMENTS.items()})
    theirs = pd.read_csv(published_)
    inputs = {row.name: row.inputs for row in trained(records)}
    table = pd.concat([tables.table1(scores, data), tables.pooled(frechet.by_row(records), scores, data)])
    pairs = paired.paired(scores, list(inputs))
    missed = paired.unbeaten(pairs, inputs)
    measured = captions.measured_on(data, unit, tracker, source)
    heard = pd.read_csv(table2) if table2 else None
    against = published.against_paper(
        theirs,
        table,
        pairs,
        TimeBase.of(settings),
        data=data,
        measured=measured,
        tracker=tracker,
        reduction=paired.reduction(scores, "vision_midi", "vision"),
        heard=heard,
    )
    shown = tables.display(table, theirs[theirs.artifact == "Table 1"], missed)
    caption = (
        f"Table 1. {captions.UNITS[unit]}{captions.DATA[data]}: {captions.counted(scores, folds)}. "
        f"Log-mel MSE in ln-power units squared; pitch by {tracker}; rows with MIDI read "
        f"{source}; brackets: 95 % bootstrap interval over pieces, "
        f"too narrow where they are few. From {captions.provenance()}."
    )
    note = paired.footnote(missed, pairs)
    differences = (
        "Row - other on the same stems; better: by a sign-flip test over pieces (two-sided p < "
        f"{paired.ALPHA}, {paired.FEWEST} pieces at least), not by the interval. {caption.partition('. ')[2]}"
    )
    explained = f"{AGAINST} From {captions.provenance()}."
    files = {
        "table1.csv": table,
        "per_stem.csv": tables.by_stem(scores).assign(data=data),
        "per_instrument.csv": tables.grouped(scores, "instrument", data),
        "per_family.csv": tables.grouped(scores, "family", data),
        "seeds.csv": tables.by_seed(scores).assign(data=data),
        "paired.csv": pairs.assign(data=data),
        "against_paper.csv": against,
    }
    texts = {
        "table1.tex": markup.to_latex(shown, f"{caption} {note}".strip()),
        "paired.md": f"{differences}\n\n{markup.to_markdown(paired.shown(pairs))}",
        "against_paper.md": f"{explained}\n\n{markup.to_markdown(published.shown(against))}",
        "table1.md": f"{caption}\n\n{markup.to_markdown(shown)}" + (note and f"\n{note}"),
    }
    for name, frame in files.items():
        with whole_file(out / name) as temporary:
            frame.to_csv(temporary, index=False)
    for name, text in texts.items():
        with whole_file(out / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    print(caption)


if __name__ == "__main__":
    run(main)
