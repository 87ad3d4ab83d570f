"""split.tsv, from the inventory and what validation says of it."""

from pathlib import Path

import make_split
import pandas as pd
import pytest

from vimusic.data.leak import held_out, split_clips
from vimusic.data.urmp import read_split, read_stems
from vimusic.errors import UserError

INVENTORY = Path(__file__).parents[2] / "workflow/resources/stems.tsv"
STEMS = read_stems(INVENTORY)


def divide(tmp_path, failed=(), left_out=(), unit="title", folds=0, fold=0, validation=True, seconds=60.0):
    """split.tsv of URMP, every piece ``seconds`` long."""
    verdicts = pd.DataFrame({"verdict": "ok", "seconds": seconds}, STEMS.index)
    verdicts.loc[list(failed)] = ["fail", float("nan")]
    verdicts.drop(index=list(left_out)).to_csv(tmp_path / "validation.tsv", sep="\t")
    words = ["--stems", INVENTORY, "--validation", tmp_path / "validation.tsv", "--split.unit", unit,
             "--split.seed", 7, "--split.folds", folds, "--fold", fold, "--clips.window", 64,
             "--video.fps", 30, "--out", tmp_path / "split.tsv"]  # fmt: skip
    words += ["--split.validation"] * validation
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


def test_every_stem_is_tested_in_one_fold(tmp_path):
    splits = [divide(tmp_path, folds=4, fold=fold) for fold in (1, 2, 3, 4)]
    tested = pd.concat([split[split.split == "test"] for split in splits])
    assert sorted(tested.index) == sorted(STEMS.index)
    for split, following in zip(splits, splits[1:] + splits[:1], strict=True):
        # What validates here is tested next.
        assert list(split.index[split.split == "val"]) == list(following.index[following.split == "test"])


def test_without_validation_the_other_titles_train_and_in_fold_0_all_do(tmp_path):
    tested = divide(tmp_path, folds=4, fold=2).split == "test"
    alone = divide(tmp_path, folds=4, fold=2, validation=False).split
    assert set(alone[tested]) == {"test"} and set(alone[~tested]) == {"train"}
    for validation in (True, False):
        assert set(divide(tmp_path, folds=4, fold=0, validation=validation).split) == {"train"}


def test_a_title_that_is_left_out_is_in_no_fold_and_one_stem_changes_nothing(tmp_path):
    jupiter = list(STEMS.index[STEMS.title == "Jupiter"])
    titles = set(divide(tmp_path, left_out=jupiter, folds=4, fold=1).title)
    assert titles == set(STEMS.title) - {"Jupiter"}
    whole = divide(tmp_path, folds=4, fold=2).split
    pd.testing.assert_series_equal(
        divide(tmp_path, failed=jupiter[:1], folds=4, fold=2).split, whole.drop(index=jupiter[:1])
    )


def test_a_fold_whose_test_titles_failed_is_told(tmp_path):
    whole = divide(tmp_path, folds=4, fold=3).split
    with pytest.raises(UserError, match=r"no stem of the test titles .* has passed; .*data\.leave_out"):
        divide(tmp_path, failed=whole.index[whole == "test"], folds=4, fold=3)


@pytest.mark.parametrize(("folds", "fold"), [(0, 1), (4, 5), (4, -1)])
def test_a_fold_that_is_not_there_is_told(tmp_path, folds, fold):
    with pytest.raises(UserError, match=rf"--fold {fold}: split\.folds is {folds}"):
        divide(tmp_path, folds=folds, fold=fold)


@pytest.mark.parametrize(("seconds", "part"), [(1.0, "train"), (5.0, "train")])
def test_stems_too_short_for_a_clip_of_each_part_are_told(tmp_path, seconds, part):
    with pytest.raises(UserError, match=rf"no stem is long enough to give {part} a clip of 2\.13 s"):
        divide(tmp_path, unit="clip", seconds=seconds)


def test_a_split_by_clip_is_read_back_as_it_was_drawn(tmp_path, capsys):
    table = divide(tmp_path, unit="clip")
    window = 64 / 30
    drawn = split_clips(pd.Series(60.0, STEMS.index), window, 7)
    assert {(stem.Index, stem.split): stem.clips for stem in table.itertuples()} == drawn
    assert set(table.window) == {window}
    assert len(held_out(table)) == 149
    # 28 whole clips in a minute: 22, 3, 3.
    assert "test: 149 stems, 15.9 min" in capsys.readouterr().out
    assert set(divide(tmp_path).clips) == {None}
