"""The split: whole titles and takes, near 80/10/10, the same for the same seed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.data.split import SPLITS, deal_folds, groups, split_fold, split_stems
from vimusic.data.urmp import read_stems
from vimusic.errors import UserError

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def stems():
    return read_stems(Path(__file__).parents[2] / "workflow/resources/stems.tsv")


@pytest.fixture(scope="module")
def seconds(stems):
    """Made-up durations, one per piece as in URMP."""
    pieces = sorted(set(stems.piece))
    length = dict(zip(pieces, np.random.default_rng(0).uniform(40, 300, len(pieces)), strict=True))
    return stems.piece.map(length)


@pytest.fixture(scope="module")
def splits(stems, seconds):
    """seed -> split of the real inventory."""
    return {seed: split_stems(stems, seconds, seed) for seed in SEEDS}


def inventory(rows):
    """Stems from (title, take) pairs, all violins."""
    table = pd.DataFrame(rows, columns=["title", "take"]).assign(instrument="vn")
    return table.set_index(pd.Index([f"{k}.1" for k in range(len(table))], name="stem"))


# A few stems: (title, take) and how long each lasts, with as many folds as may be.
STEMS = st.lists(st.tuples(st.sampled_from("ABCDEFGH"), st.sampled_from("12345678")), min_size=3, max_size=20)


@st.composite
def dealt(draw):
    """(stems, seconds, folds): at least three independent titles."""
    table = inventory(draw(STEMS.filter(lambda rows: len(set(groups(inventory(rows)))) >= 3)))
    seconds = draw(st.lists(st.floats(1, 500), min_size=len(table), max_size=len(table)))
    return table, pd.Series(seconds, table.index), draw(st.integers(3, len(set(groups(table)))))


@settings(max_examples=100, deadline=None)
@given(dealt(), st.integers(0, 5))
def test_every_title_is_tested_once_and_nothing_crosses(case, seed):
    stems, seconds, folds = case
    tested = deal_folds(stems, seconds, seed, folds)
    assert set(tested) == set(range(1, folds + 1))
    splits = {fold: split_fold(tested, fold) for fold in range(1, folds + 1)}
    for split in splits.values():
        assert set(split) == set(SPLITS)
        for shared in (stems.title, stems["take"]):
            assert split.groupby(shared).nunique().max() == 1
    for part in ("val", "test"):
        held = pd.concat([split[split == part] for split in splits.values()])
        assert sorted(held.index) == sorted(stems.index)
    # Dealt to the shortest fold: a longer one is no longer than it was before its last group came.
    length, group = seconds.groupby(tested).sum(), seconds.groupby(groups(stems)).sum()
    assert length.max() - length.min() <= group.max() * (1 + 1e-9)


def test_as_many_folds_as_independent_titles_leave_each_out(stems, seconds):
    count = len(set(groups(stems)))
    tested = deal_folds(stems, seconds, 0, count)
    assert tested.groupby(pd.Series(groups(stems), stems.index)).nunique().max() == 1
    assert tested.nunique() == count


def test_more_folds_than_independent_titles_are_told(stems, seconds):
    count = len(set(groups(stems)))
    with pytest.raises(UserError, match=rf"^split.folds: {count + 1} .*only {count} independent") as caught:
        deal_folds(stems, seconds, 0, count + 1)
    assert "\n" not in str(caught.value)


def test_folds_of_the_real_inventory_last_as_long_as_each_other(stems, seconds):
    length = seconds.groupby(deal_folds(stems, seconds, 0, 5)).sum()
    assert length.max() / length.min() < 1.1


def test_seed_decides_the_folds_and_the_order_of_the_inventory_does_not(stems, seconds):
    tested = deal_folds(stems, seconds, 0, 5)
    pd.testing.assert_series_equal(tested, deal_folds(stems[::-1], seconds[::-1], 0, 5)[::-1])
    assert not tested.equals(deal_folds(stems, seconds, 1, 5))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_title_and_no_take_crosses_the_split(stems, splits, seed):
    split = splits[seed]
    assert set(split) == set(SPLITS)
    assert split.groupby(stems.title).nunique().max() == 1
    assert split.groupby(stems["take"]).nunique().max() == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_shares_of_duration_are_near_80_10_10(seconds, splits, seed):
    share = seconds.groupby(splits[seed]).sum() / seconds.sum()
    assert share["train"] == pytest.approx(0.8, abs=0.04)
    assert share["val"] == pytest.approx(0.1, abs=0.03)
    assert share["test"] == pytest.approx(0.1, abs=0.03)


def test_every_tested_instrument_is_trained_on(stems, splits):
    split = splits[0]
    assert set(stems.instrument[split == "test"]) <= set(stems.instrument[split == "train"])


def test_seed_decides(stems, seconds, splits):
    pd.testing.assert_series_equal(splits[0], split_stems(stems, seconds, 0))
    assert any(not splits[0].equals(splits[seed]) for seed in SEEDS[1:])


def test_order_of_the_inventory_does_not_matter(stems, seconds, splits):
    backwards = split_stems(stems[::-1], seconds[::-1], 0)
    pd.testing.assert_series_equal(backwards[::-1], splits[0])


def test_named_titles_are_held_out(stems, seconds):
    split = split_stems(stems, seconds, 0, ["Jupiter"], ["Maria", "Fugue"])
    assert set(stems.title[split == "val"]) == {"Jupiter"}
    assert set(stems.title[split == "test"]) == {"Maria", "Fugue"}


def test_titles_that_share_a_take_are_one_group_through_a_chain():
    table = inventory([("A", "1"), ("B", "1"), ("B", "2"), ("C", "2"), ("D", "3")])
    label = groups(table)
    assert len(set(label[:4])) == 1
    assert label[4] != label[0]


def test_three_titles_give_one_each():
    table = inventory([("A", "1"), ("B", "2"), ("C", "3")])
    split = split_stems(table, pd.Series(60.0, table.index), 0)
    assert sorted(split) == ["test", "train", "val"]


@pytest.mark.parametrize(
    ("val", "test", "told"),
    [
        (["Nothing"], ["Maria"], "no title 'Nothing'"),
        (["Maria"], [], "both be given"),
        ([], ["Maria"], "both be given"),
        (["Maria"], ["Maria"], "must not share"),
    ],
)
def test_impossible_titles_are_told(stems, seconds, val, test, told):
    with pytest.raises(UserError, match=told):
        split_stems(stems, seconds, 0, val, test)


def test_nothing_left_to_train_on_is_told():
    table = inventory([("A", "1"), ("B", "2")])
    with pytest.raises(UserError, match="leave a title to train on"):
        split_stems(table, pd.Series(60.0, table.index), 0, ["A"], ["B"])


def test_two_independent_titles_are_too_few():
    table = inventory([("A", "1"), ("B", "1"), ("C", "2")])
    with pytest.raises(UserError, match="2 independent titles"):
        split_stems(table, pd.Series(60.0, table.index), 0)
