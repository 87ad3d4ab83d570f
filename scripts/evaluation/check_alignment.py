"""How far the MIDI that the models read lies from the annotated notes, per stem."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from vimusic.data.urmp import Notes, read_notes, read_stems
from vimusic.errors import run, whole_file
from vimusic.evaluation.markup import to_markdown
from vimusic.features.roll import read_midi
from vimusic.features.score import onset_errors
from vimusic.options import program, settings


@program
@settings("roll.source")
def main(
    stems: Path,
    select: Annotated[list[str], "stems to look at"],
    data: Path,
    features: Path,
    table: Annotated[Path, ".csv"],
    markdown: Annotated[Path, ".md"],
    settings,
):
    source = settings.roll.source
    rows = []
    for stem in read_stems(stems, select).itertuples():
        midi = read_midi(features / stem.piece / str(stem.track) / "notes.mid")
        ours = Notes.of(midi)
        reference = read_notes(data / stem.piece / stem.notes)
        error = np.abs(onset_errors(ours, reference))
        matched = len(error) / len(reference.onset)
        if not matched:
            error = np.array([np.nan])
        rows.append(
            {
                "stem": stem.Index,
                "source": source,
                "notes": len(reference.onset),
                "matched": matched,
                "median_ms": 1000 * np.median(error),
                "p95_ms": 1000 * np.percentile(error, 95),
                "within_50_ms": np.mean(error <= 0.05) if matched else np.nan,
            }
        )
    errors = pd.DataFrame(rows)
    mean = errors.drop(columns=["stem", "source"]).mean().to_dict()
    shown = pd.concat([errors, pd.DataFrame([{"stem": "mean", "source": source} | mean])]).round(3)
    shown = shown.astype(object).fillna("–")
    with whole_file(table) as temporary:
        errors.to_csv(temporary, index=False)
    with whole_file(markdown) as temporary:
        title = "Onsets of the MIDI against the annotated notes (absolute error; matched: share of notes)."
        temporary.write_text(f"{title}\n\n{to_markdown(shown)}")


if __name__ == "__main__":
    run(main)
