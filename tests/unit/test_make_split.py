"""split.tsv, from the inventory and what validation says of it."""

from pathlib import Path

import pandas as pd
import pytest

import make_split
from vimusic.errors import UserError
from vimusic.data.urmp import read_split, read_stems

INVENTORY = Path(__file__).parents[2] / "workflow/resources/stems.tsv"
STEMS = read_stems(INVENTORY)


def divide(tmp_path, failed=(), left_out=(), unit="title"):
    """split.tsv of URMP, every piece 60 s long."""
    verdicts = pd.DataFrame({"verdict": "ok", "seconds": 60.0}, STEMS.index)
    verdicts.loc[list(failed)] = ["fail", float("nan")]
    verdicts.drop(index=list(left_out)).to_csv(tmp_path / "validation.tsv", sep="\t")
    words = ["--stems", INVENTORY, "--validation", tmp_path / "validation.tsv", "--unit", unit, "--seed", 7,
             "--window", 64, "--fps", 30, "--out", tmp_path / "split.tsv"]  # fmt: skip
    make_split.main([str(word) for word in words])
    return read_split(tmp_path / "split.tsv")


def test_seed_and_unit_are_recorded(tmp_path):
    for unit in ("title", "clip"):
        table = divide(tmp_path, unit=unit)
        assert set(table.seed) == {7} and set(table.unit) == {unit}


def test_a_failed_stem_leaves_the_others_where_they_are(tmp_path):
    whole = divide(tmp_path).split
    failed = ["01_Jupiter_vn_vc.1", "44_K515_vn_vn_va_va_vc.5", "16_Surprise_tpt_tpt_sax.2"]
    expected = whole.drop(index=failed)
    pd.testing.assert_series_equal(divide(tmp_path, failed=failed).split, expected)
    pd.testing.assert_series_equal(divide(tmp_path, left_out=failed).split, expected)


def test_a_part_that_failed_as_a_whole_is_told(tmp_path):
    whole = divide(tmp_path).split
    with pytest.raises(UserError, match=r"validation\.tsv: no stem of the test titles \(.*\) has passed"):
        divide(tmp_path, failed=whole.index[whole == "test"])
