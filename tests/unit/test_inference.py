"""A model over the windows of a whole stem; whom the shuffled-video control shows."""

import numpy as np
import pandas as pd
import pytest
import torch

from vimusic.errors import UserError
from vimusic.models.clips import Seen
from vimusic.models.inference import donors, predict
from vimusic.timebase import TimeBase

torch.set_num_threads(1)  # on models this small threads only wait for each other
CLOCK = TimeBase()


class Echo(torch.nn.Module):
    """A model that gives back the roll."""

    def forward(self, clips):
        return clips["roll"]


@pytest.mark.parametrize("length", [184, 185, 1000, 5341])
def test_prediction_has_the_stems_length_and_order(length):
    # 5,341 mel frames are 58 windows: more than one batch.
    roll = np.random.default_rng(0).uniform(-23, 5, (length, 5)).astype(np.float32)
    np.testing.assert_allclose(predict(Echo(), Seen("s", length, 0, roll), CLOCK), roll, atol=1e-4)


def test_a_clip_for_prediction_holds_no_truth():
    class Looking(Echo):
        def forward(self, clips):
            assert set(clips) == {"instrument", "positions", "roll"}
            return super().forward(clips)

    predict(Looking(), Seen("s", 200, 0, np.zeros((200, 128), np.float32)), CLOCK)


def split_of(**titles):
    """Split table of two stems per title: ``split_of(A="test")``. X and Y are takes of one playing."""
    rows = [
        (f"{title}.{track}", title, {"Y": "X"}.get(title, title), split, "vn", "strings")
        for title, split in titles.items()
        for track in (1, 2)
    ]
    columns = ["stem", "title", "take", "split", "instrument", "family"]
    return pd.DataFrame(rows, columns=columns).set_index("stem")


def test_control_shows_each_test_stem_one_of_another_title_each_used_once():
    table = split_of(A="test", B="test", C="test", D="val", E="train")
    shown = donors(table)
    assert list(shown) == list(table.index[table.split == "test"])
    assert sorted(shown.values()) == sorted(shown)
    assert all(table.title[own] != table.title[other] for own, other in shown.items())
    assert donors(table) == shown
    assert any(donors(table, seed) != shown for seed in range(1, 5))


def test_control_shows_no_other_take_of_the_same_playing():
    table = split_of(X="test", Y="test", Z="test")
    assert {shown for own, shown in donors(table).items() if own[0] in "XY"} == {"Z.1", "Z.2"}


def test_control_of_one_test_title_takes_validation_stems():
    assert set(donors(split_of(A="test", B="val", C="train")).values()) == {"B.1", "B.2"}


@pytest.mark.parametrize(
    ("players", "donor"),
    [
        ({"B": ("va", "strings"), "C": ("tba", "brass"), "D": ("vn", "strings")}, "D"),  # same instrument
        ({"B": ("va", "strings"), "C": ("tba", "brass"), "D": ("fl", "woodwind")}, "B"),  # same family
        ({"B": ("tba", "brass"), "C": ("tba", "brass"), "D": ("va", "strings")}, "D"),  # of validation
        ({"B": ("va", "strings"), "C": ("tba", "brass"), "D": ("va", "strings")}, "B"),  # test first
    ],
)
def test_control_shows_the_same_instrument_or_family_if_it_can(players, donor):
    table = split_of(A="test", B="test", C="test", D="val", E="train")
    for title, (instrument, family) in players.items():
        table.loc[table.title == title, ["instrument", "family"]] = instrument, family
    shown = donors(table)
    assert {table.title[shown[name]] for name in ("A.1", "A.2")} == {donor}
    assert shown["A.1"] != shown["A.2"]


def test_control_without_another_held_out_title_is_a_users_mistake():
    with pytest.raises(UserError, match="another title"):
        donors(split_of(A="test", B="train"))
