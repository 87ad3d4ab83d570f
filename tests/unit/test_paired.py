"""Paired differences, their verdicts and the anchors a row must beat, on scores worked out by hand."""

import math

import pandas as pd
import pytest

from vimusic.paired import anchors, footnote, paired, shown, unbeaten

INPUTS = {
    "vision": ["video"],
    "vision_midi": ["video", "roll"],
    "midi": ["roll"],
    "midi_instrument": ["roll", "instrument"],
}


def scores(rows, metric="mse", pieces="ABCD"):
    """Scores from row -> value per piece (one stem each)."""
    return pd.DataFrame(
        [
            {"stem": f"{p}.1", "piece": p, "row": row, "seed": 0, "metric": metric, "value": value}
            for row, values in rows.items()
            for p, value in zip(pieces, values, strict=True)
        ]
    )


def pair(pairs, row, other):
    [found] = pairs[(pairs.row == row) & (pairs.other == other)].itertuples()
    return found


def test_difference_is_the_mean_over_stems():
    pairs = paired(scores({"midi": [3, 4, 6, 3], "silence": [5, 5, 8, 6]}), ["midi"])
    found = pair(pairs, "midi", "silence")
    assert found.difference == pytest.approx(-2)  # -2, -1, -2, -3
    assert -3 <= found.low < -2 < found.high <= -1
    assert (found.pieces, found.better) == (4, "yes")


def test_only_variants_are_compared():
    pairs = paired(scores({"midi": [1, 2, 3, 4], "silence": [2, 3, 4, 5]}), ["midi"])
    assert list(zip(pairs.row, pairs.other, strict=True)) == [("midi", "silence")]


@pytest.mark.parametrize(
    ("metric", "verdict"), [("mse", "no"), ("mr_stft", "no"), ("pitch_accuracy", "yes"), ("note_f1", "yes")]
)
def test_more_is_better_or_worse_by_the_metric(metric, verdict):
    pairs = paired(scores({"midi": [2, 3, 4, 5], "silence": [1, 1, 1, 1]}, metric), ["midi"])
    assert pair(pairs, "midi", "silence").better == verdict


def test_interval_over_0_is_unclear():
    pairs = paired(scores({"midi": [1, 2, 1, 2], "silence": [2, 1, 2, 1]}), ["midi"])
    assert pair(pairs, "midi", "silence").better == "unclear"


def test_one_piece_has_no_interval_and_no_verdict():
    pairs = paired(scores({"midi": [1], "silence": [9]}, pieces="A"), ["midi"])
    found = pair(pairs, "midi", "silence")
    assert math.isnan(found.low)
    assert found.better == "unknown"
    missed = unbeaten(pairs, INPUTS)
    assert missed == {("midi", "mse"): ["silence"]}
    assert footnote(missed, pairs).startswith("† One held-out piece")


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
    worse = scores({"vision": [9, 9, 9, 9], "midi": [1, 1, 1, 1], "silence": [50, 50, 50, 50]})
    assert unbeaten(paired(worse, ["vision", "midi"]), INPUTS) == {}


def test_footnote_names_row_metric_and_anchor():
    pairs = paired(scores({"vision": [5, 6, 7, 8], "mean_spectrum": [4, 5, 6, 7]}), ["vision"])
    text = footnote(unbeaten(pairs, INPUTS), pairs)
    assert "vision (mse): mean_spectrum" in text
    assert footnote({}, pairs) == ""


def test_shown_gives_pitch_in_points_of_a_hundred():
    high = {"midi": [0.5, 0.5, 0.5, 0.5], "silence": [0.25, 0.25, 0.25, 0.25]}
    [line] = shown(paired(scores(high, "pitch_accuracy"), ["midi"])).itertuples()
    assert line.difference == "25.0 [25.0, 25.0]"
