"""The table of onset errors, from the files of two stems."""

from pathlib import Path

import check_alignment
import numpy as np
import pandas as pd

from vimusic.data.urmp import Notes, read_stems
from vimusic.features.roll import write_midi

INVENTORY = Path(__file__).parents[2] / "workflow/resources/miniurmp.tsv"
PIECE = "01_Aria_vn_vc"


def test_a_stem_without_a_matched_note_has_no_error_and_costs_the_other_nothing(tmp_path):
    stems = read_stems(INVENTORY, [PIECE])
    (tmp_path / PIECE).mkdir()
    annotated = Notes(np.array([1.0, 2.0]), np.array([440.0, 220.0]), np.array([0.5, 0.5]))
    elsewhere = Notes(annotated.onset + 0.1, annotated.hertz * 2 ** (1 / 12), annotated.duration)
    late = Notes(annotated.onset + 0.1, annotated.hertz, annotated.duration)
    for row, notes in zip(stems.itertuples(), (elsewhere, late), strict=True):
        lines = zip(annotated.onset, annotated.hertz, annotated.duration, strict=True)
        text = "".join(f"{on}\t\t{hertz}\t\t{long}\r\n" for on, hertz, long in lines)
        (tmp_path / PIECE / row.notes).write_text(text)
        write_midi(tmp_path / "features" / PIECE / str(row.track) / "notes.mid", notes, row.instrument)
    out = tmp_path / "alignment.csv", tmp_path / "alignment.md"
    words = ["--stems", INVENTORY, "--select", PIECE, "--data", tmp_path, "--features", tmp_path / "features",
             "--roll.source", "score", "--table", out[0], "--markdown", out[1]]  # fmt: skip
    check_alignment.main([str(word) for word in words])
    table = pd.read_csv(out[0], index_col="stem")
    measures = ["median_ms", "p95_ms", "within_50_ms"]
    assert table.loc[f"{PIECE}.1", "matched"] == 0 and table.loc[f"{PIECE}.1", measures].isna().all()
    assert table.loc[f"{PIECE}.2", "matched"] == 1
    assert list(table.loc[f"{PIECE}.2", measures].astype(float).round()) == [100, 100, 0]
    assert "–" in out[1].read_text()
