"""How far the MIDI that the models read lies from the annotated notes, per stem."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.features.roll import read_midi
from vimusic.features.score import onset_errors
from vimusic.evaluation.tables import to_markdown
from vimusic.data.urmp import Notes, read_notes, read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--stems", required=True, help="inventory table")
    options.add_argument("--select", nargs="+", required=True, help="stems to look at")
    options.add_argument("--data", required=True, help="dataset folder, for the annotations")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--source", required=True, help="what the MIDI was made from")
    options.add_argument("--out", nargs=2, required=True, help=".csv and .md")
    args = options.parse_args(argv)

    rows = []
    for stem in read_stems(args.stems, args.select).itertuples():
        midi = read_midi(Path(args.features) / stem.piece / str(stem.track) / "notes.mid")
        onset, end, pitch = np.array(midi).T
        ours = Notes(onset, 440 * 2 ** ((pitch - 69) / 12), end - onset)
        reference = read_notes(Path(args.data) / stem.piece / stem.notes)
        error = np.abs(onset_errors(ours, reference))
        matched = len(error) / len(reference.onset)
        if not matched:
            error = np.array([np.nan])
        rows.append(
            {
                "stem": stem.Index,
                "source": args.source,
                "notes": len(reference.onset),
                "matched": matched,
                "median_ms": 1000 * np.median(error),
                "p95_ms": 1000 * np.percentile(error, 95),
                "within_50_ms": np.mean(error <= 0.05) if matched else np.nan,
            }
        )
    table = pd.DataFrame(rows)
    mean = table.drop(columns=["stem", "source"]).mean().to_dict()
    shown = pd.concat([table, pd.DataFrame([{"stem": "mean", "source": args.source} | mean])]).round(3)
    shown = shown.astype(object).fillna("–")
    with whole_file(args.out[0]) as temporary:
        table.to_csv(temporary, index=False)
    with whole_file(args.out[1]) as temporary:
        title = "Onsets of the MIDI against the annotated notes (absolute error; matched: share of notes)."
        temporary.write_text(f"{title}\n\n{to_markdown(shown)}")


if __name__ == "__main__":
    run(main)
