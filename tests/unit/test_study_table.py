"""The study's inventory: large enough for verdicts, and nothing of what is held out in what trains."""

from pathlib import Path

import yaml

from vimusic.data.urmp import read_stems

ROOT = Path(__file__).resolve().parents[2]
STUDY = yaml.safe_load((ROOT / "configs/study.yaml").read_text())
STEMS = read_stems(ROOT / "workflow/resources/study.tsv")


def test_pieces_titles_and_seeds_are_enough_for_verdicts():
    test = STEMS[STEMS.title.isin(STUDY["split"]["test_titles"])]
    assert STEMS.piece.nunique() >= 40
    assert test.piece.nunique() >= 10 and test.title.nunique() >= 5
    assert len(STUDY["training"]["seeds"]) == 3
    assert {"title", "instrument"} <= set(STEMS) and test.instrument.nunique() == STEMS.instrument.nunique()


def test_players_are_never_the_same():
    """A track of a take is one player: each is in one stem."""
    assert not STEMS.duplicated(["take", "track"]).any()


def test_every_instrument_has_as_many_players_to_learn_from():
    held_out = [*STUDY["split"]["test_titles"], *STUDY["split"]["val_titles"]]
    learnt = STEMS[~STEMS.title.isin(held_out)]
    assert learnt.instrument.value_counts().nunique() == 1
