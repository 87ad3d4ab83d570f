"""The faults planted in the simulated URMP."""

import importlib
from pathlib import Path

from vimusic.data.urmp import read_stems


def test_ten_faults_hit_ten_stems_one_file_each(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    faults = importlib.import_module("simulate_urmp").FAULTS
    stems = read_stems(Path(__file__).parents[2] / "workflow/resources/stems.tsv")
    assert len(faults) == len({stem for stem, *_ in faults}) == 10
    # A file that players share would hit more than one.
    assert {column for _, column, _ in faults} <= {"audio", "notes", "f0s"}
    assert all(stems[column][stem] for stem, column, _ in faults)
