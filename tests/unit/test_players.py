"""The study's pieces, and those with more players: who is held out of both."""

from pathlib import Path

import yaml

from vimusic.data.urmp import read_stems

ROOT = Path(__file__).resolve().parents[2]
STUDY, FINGERS = (
    yaml.safe_load((ROOT / f"configs/{name}.yaml").read_text()) for name in ("study", "fingers")
)


def test_more_players_are_held_against_the_same_pieces():
    study, fingers = (
        read_stems(ROOT / each["data"]["stems"], each["data"].get("select", [])) for each in (STUDY, FINGERS)
    )
    assert (len(study), len(fingers)) == (195, 1377) and set(study.index) < set(fingers.index)
    assert STUDY["split"] == FINGERS["split"] and STUDY["miniurmp"] == FINGERS["miniurmp"]
    held_out = study[study.title.isin(STUDY["split"]["test_titles"])]
    assert held_out.piece.nunique() == 12 and held_out.title.nunique() == 6
    assert set(fingers.title[fingers.index.difference(study.index)]).isdisjoint(study.title)
