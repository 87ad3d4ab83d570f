"""The protocol for onsets of bowed strings: who plays, and that eight folds can be dealt."""

from pathlib import Path

import pandas as pd
import yaml

from vimusic import settings
from vimusic.data.split import deal_folds
from vimusic.data.urmp import INSTRUMENTS, read_stems

ROOT = Path(__file__).resolve().parents[2]
BOWED = settings.checked(yaml.safe_load((ROOT / "configs/bowed.yaml").read_text()))
STEMS = read_stems(ROOT / "workflow/resources/stems.tsv")

CHOSEN = read_stems(ROOT / "workflow/resources/stems.tsv", BOWED["data"]["select"])


def test_it_reads_all_of_urmps_bowed_strings_and_nothing_else():
    strings = STEMS[[INSTRUMENTS[code][1] == "strings" for code in STEMS.instrument]]
    assert set(CHOSEN.index) == set(strings.index) and len(CHOSEN) == 61


def test_its_eight_folds_can_be_dealt():
    folds = deal_folds(CHOSEN, pd.Series(60.0, CHOSEN.index), seed=0, folds=BOWED["split"]["folds"])
    assert (
        folds.nunique() == 8
        and (CHOSEN.groupby("title").apply(lambda t: folds[t.index].nunique()) == 1).all()
    )
