"""Paired differences, their verdicts and the anchors a row must beat, on scores worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from vimusic.evaluation.paired import FEW, anchors, footnote, paired, reduction, shown, unbeaten

INPUTS = {
    "vision": ["video"],
    "vision_midi": ["video", "roll"],
    "midi": ["roll"],
    "midi_instrument": ["roll", "instrument"],
}


def scores(rows, metric="mse", pieces="ABCDEF"):
    """Scores from row -> value per piece (one stem each)."""
    return pd.DataFrame(
        [
            {"stem": f"{p}.1", "piece": p, "row": row, "seed": 0, "metric": metric, "value": value}
            for row, values in rows.items()
            for p, value in zip(pieces, values, strict=False)
        ]
    )


def pair(pairs, row, other):
    [found] = pairs[(pairs.row == row) & (pairs.other == other)].itertuples()
    return found


def test_difference_is_the_mean_over_stems():
    pairs = paired(scores({"midi": [3, 4, 6, 3, 4, 4], "silence": [5, 5, 8, 6, 6, 6]}), ["midi"])
    found = pair(pairs, "midi", "silence")
    assert found.difference == pytest.approx(-2)  # -2, -1, -2, -3, -2, -2
    assert -3 <= found.low < -2 < found.high <= -1
    assert (found.pieces, found.better) == (6, "yes")
    assert found.p == 2 / 2**6


def test_only_variants_are_compared():
    pairs = paired(scores({"midi": [1, 2, 3, 4, 5, 6], "silence": [2, 3, 4, 5, 6, 7]}), ["midi"])
    assert list(zip(pairs.row, pairs.other, strict=True)) == [("midi", "silence")]


@pytest.mark.parametrize(
    ("metric", "verdict"), [("mse", "no"), ("mr_stft", "no"), ("pitch_accuracy", "yes"), ("note_f1", "yes")]
)
def test_more_is_better_or_worse_by_the_metric(metric, verdict):
    pairs = paired(scores({"midi": [2, 3, 4, 5, 6, 7], "silence": [1] * 6}, metric), ["midi"])
    assert pair(pairs, "midi", "silence").better == verdict


def test_differences_to_both_sides_are_unclear():
    pairs = paired(scores({"midi": [1, 2] * 3, "silence": [2, 1] * 3}), ["midi"])
    assert pair(pairs, "midi", "silence").better == "unclear"


def test_an_interval_clear_of_0_is_no_verdict():
    # Five of six pieces gain: the bootstrap interval lies below 0, yet chance does that too often.
    pairs = paired(scores({"midi": [1, 1, 1, 1, 1, 6], "silence": [5, 5, 5, 5, 5, 5]}), ["midi"])
    found = pair(pairs, "midi", "silence")
    assert found.high < 0
    assert found.p > 0.05
    assert found.better == "unclear"


@pytest.mark.parametrize("pieces", ["A", "ABC", "ABCDE"])
def test_under_six_pieces_there_is_no_verdict_and_no_dagger(pieces):
    pairs = paired(scores({"midi": [1] * 6, "silence": [9] * 6}, pieces=pieces), ["midi"])
    found = pair(pairs, "midi", "silence")
    assert math.isnan(found.low) == (pieces == "A")
    assert found.better == FEW
    assert unbeaten(pairs, INPUTS) == {}
    assert "no row can be shown" in footnote({}, pairs)
    assert "†" not in footnote({}, pairs)


def test_stems_of_a_piece_are_flipped_together():
    gains = pd.DataFrame({"piece": list("AABBCC"), "gain": [1.0, -1.0, 2.0, 2.0, 3.0, 3.0]})
    both = [
        gains.assign(stem=gains.piece + gains.index.astype(str), row=row, metric="rpa", value=value)
        for row, value in (("midi", gains.gain), ("silence", 0.0))
    ]
    found = pair(paired(pd.concat(both), ["midi"]), "midi", "silence")
    assert found.p == 2 * 2 / 2**3  # A's sum is 0: its sign does not matter
    assert found.pieces == 3


def test_reduction_is_a_ratio_of_the_same_stems():
    saved = reduction(
        scores({"vision_midi": [4, 2, 6], "vision": [8, 4, 12]}, pieces="ABC"), "vision_midi", "vision"
    )
    assert saved == pytest.approx((0.5, 0.5, 0.5, 3))
    *values, pieces = reduction(scores({"midi": [4, 2]}, pieces="AB"), "vision_midi", "vision")
    assert np.isnan(values).all()
    assert pieces == 0


def test_stems_that_one_row_lacks_are_left_out_of_the_pair():
    pairs = paired(scores({"midi": [1, math.nan, 3, 5], "silence": [2, 100, 4, 6]}), ["midi"])
    found = pair(pairs, "midi", "silence")
    assert found.difference == pytest.approx(-1)
    assert found.pieces == 3


def test_seeds_are_averaged_first():
    one = scores({"midi": [1, 2, 3, 4], "silence": [5, 5, 5, 5]})
    other = one.assign(seed=1, value=one.value.where(one.row == "silence", one.value + 2))
    assert pair(paired(pd.concat([one, other]), ["midi"]), "midi", "silence").difference == pytest.approx(
        -1.5
    )


def test_lag_has_no_better_side():
    assert paired(scores({"midi": [0, 0, 0, 0], "silence": [1, 1, 1, 1]}, "av_lag"), ["midi"]).empty


@pytest.mark.parametrize(
    ("row", "more"),
    [
        ("vision", {"vision_shuffled"}),
        ("midi", {"soundfont"}),
        ("midi_instrument", {"soundfont", "midi"}),
        ("vision_midi", {"soundfont", "vision_midi_shuffled", "vision", "midi"}),
    ],
)
def test_anchors_know_no_more_than_the_row(row, more):
    assert set(anchors(row, INPUTS)) == {"silence", "mean_spectrum", "instrument_mean"} | more


def test_a_row_is_not_held_against_one_that_knows_more():
    worse = scores({"vision": [9] * 6, "midi": [1] * 6, "silence": [50] * 6})
    assert unbeaten(paired(worse, ["vision", "midi"]), INPUTS) == {}


def test_footnote_names_of_each_row_the_anchors_and_metrics():
    values = {
        "vision": [5, 6, 7, 8, 9, 9],
        "mean_spectrum": [5, 6, 7, 8, 9, 9],
        "silence": [5, 6, 7, 8, 9, 9],
    }
    both = pd.concat(
        [scores(values), scores(values | {"silence": [0] * 6}, "note_f1"), scores(values, "rca")]
    )
    pairs = paired(both, ["vision"])
    text = footnote(unbeaten(pairs, INPUTS), pairs)
    assert "vision: mean_spectrum (MSE, note F1); silence (MSE)." in text
    assert "know the instrument" in text
    beaten = paired(scores({"vision": [1] * 6, "silence": [9] * 6}), ["vision"])
    assert footnote(unbeaten(beaten, INPUTS), beaten) == ""


def test_shown_gives_pitch_in_points_of_a_hundred():
    high = {"midi": [0.5] * 6, "silence": [0.25] * 6}
    [line] = shown(paired(scores(high, "pitch_accuracy"), ["midi"])).itertuples()
    assert line.difference == "25.0 [25.0, 25.0]"
