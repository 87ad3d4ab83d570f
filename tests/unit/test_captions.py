"""What captions say of data, split, run and code."""

import pandas as pd

from vimusic import captions
from vimusic.revision import commit


def test_provenance_is_what_was_announced_or_names_the_code(monkeypatch):
    monkeypatch.setenv(captions.VARIABLE, "")
    assert captions.provenance().startswith("scripts run by hand, code ")
    captions.announce("urmp, run a, config 1a2b, code 3c4d")
    assert captions.provenance() == "urmp, run a, config 1a2b, code 3c4d"


def test_a_leaking_split_is_named_beside_tracker_and_notes():
    told = captions.measured_on("urmp", "clip", "crepe", "notes (as printed)")
    assert told == "urmp, split by clip (LEAKS); pitch by crepe; notes (as printed)"
    assert "LEAKS" not in captions.measured_on("urmp", "title", "crepe", "notes")


def test_pieces_of_one_title_are_counted_apart():
    stems = pd.DataFrame({"stem": ["A.1", "A.2", "B.1"], "piece": ["A", "A", "B"], "title": "T"})
    assert captions.counted(stems) == "3 held-out stems, 2 piece(s), 1 title(s)"


def test_folds_are_told_with_the_titles_they_hold_out():
    stems = pd.DataFrame({"stem": ["A.1", "B.1", "C.1"], "piece": ["A", "B", "C"], "title": ["S", "T", "U"]})
    told = captions.counted(stems, folds=3)
    assert told == "3 held-out stems, 3 piece(s); each of 3 title(s) held out in turn in 3 folds"


def test_without_git_the_version_is_unknown_and_nothing_breaks(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() == "of unknown version (no git here)"
