"""What captions say of data, split, run and code."""

import pandas as pd

from vimusic import captions


def test_provenance_is_what_was_announced_or_names_the_code(monkeypatch):
    monkeypatch.setenv(captions.VARIABLE, "")
    assert captions.provenance().startswith("scripts run by hand, code ")
    captions.announce("urmp, run a, config 1a2b, code 3c4d")
    assert captions.provenance() == "urmp, run a, config 1a2b, code 3c4d"


def test_a_leaking_split_is_named_beside_tracker_and_notes():
    told = captions.measured_on("urmp", "clip", "crepe", "score")
    assert told == "urmp, split by clip (LEAKS); pitch by crepe; notes (the printed score, not aligned)"
    assert "LEAKS" not in captions.measured_on("urmp", "title", "crepe", "score")


def test_pieces_of_one_title_are_counted_apart():
    stems = pd.DataFrame({"stem": ["A.1", "A.2", "B.1"], "piece": ["A", "A", "B"], "title": "T"})
    assert captions.counted(stems) == "3 held-out stems, 2 piece(s), 1 title(s)"
