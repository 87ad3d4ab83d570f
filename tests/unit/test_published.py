"""Verdicts on published numbers, each case made by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest

from vimusic.published import against_paper, shown, stitched
from vimusic.timebase import TimeBase

PUBLISHED = pd.read_csv(Path(__file__).parents[2] / "workflow/resources/published.csv")
NO_PAIRS = pd.DataFrame(columns=["row", "other", "metric", "difference", "better"])


def verdict(value, low, high, pairs=NO_PAIRS, data="urmp"):
    """Verdict on vision_midi's published MSE of 4.0."""
    table = pd.DataFrame(
        [("vision_midi", "mse", value, low, high)], columns=["row", "metric", "value", "low", "high"]
    )
    against = against_paper(PUBLISHED, table, pairs, TimeBase(), data)
    [cell] = against[(against.row == "vision_midi") & (against.metric == "mse")].itertuples()
    return cell.verdict


def pairs(difference, better):
    columns = NO_PAIRS.columns
    return pd.DataFrame([("vision_midi", "vision", "mse", difference, better)], columns=columns)


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (6, 3.9, 8, "reproduced"),  # in the interval
        (6, 4.1, 8, "not reproduced"),
        (4.4, 4.3, 4.5, "reproduced"),  # within 0.5
        (4.6, 4.55, 4.65, "not reproduced"),
        (4.2, math.nan, math.nan, "reproduced"),
        (9, math.nan, math.nan, "not reproduced"),
    ],
)
def test_verdict_on_urmp(value, low, high, expected):
    assert verdict(value, low, high) == expected


@pytest.mark.parametrize(
    ("difference", "better", "expected"),
    [
        (-3, "yes", "direction reproduced"),
        (3, "no", "not reproduced"),
        (-3, "unclear", "not reproduced"),
        (-3, "unknown", "not reproduced"),
    ],
)
def test_direction_needs_the_papers_side_and_an_interval(difference, better, expected):
    assert verdict(8, 7, 9, pairs(difference, better)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [("mini-urmp", "synthetic: not comparable"), ("custom", "other data: not comparable")],
)
def test_other_data_never_reproduces(data, expected):
    assert verdict(4, 3, 5, pairs(-9, "yes"), data) == expected


def test_every_published_number_has_a_line_and_a_reason():
    empty = pd.DataFrame(columns=["row", "metric", "value", "low", "high"])
    against = against_paper(PUBLISHED, empty, NO_PAIRS, TimeBase(), "urmp")
    assert len(against) == len(PUBLISHED) == len(shown(against))
    others = against[against.artifact != "Section 3.5"]
    assert others.verdict.str.startswith("not reproducible here: ").all()
    assert others.ours.isna().all()


def test_difference_is_ours_less_theirs():
    table = pd.DataFrame([("vision", "mse", 11.5, 11, 12)], columns=["row", "metric", "value", "low", "high"])
    against = against_paper(PUBLISHED, table, NO_PAIRS, TimeBase(), "urmp")
    [cell] = against[(against.row == "vision") & (against.metric == "mse")].itertuples()
    assert (cell.ours, cell.low, cell.high) == (11.5, 11, 12)
    assert cell.difference == pytest.approx(-1.5)


def test_the_papers_clip_is_counted_as_the_paper_prints_it():
    assert stitched(TimeBase()) == {"windows": 57, "mel_frames": 5336, "samples": 1365760}


def test_another_hop_does_not_give_the_papers_counts():
    empty = pd.DataFrame(columns=["row", "metric", "value", "low", "high"])
    against = against_paper(PUBLISHED, empty, NO_PAIRS, TimeBase(hop_length=512), "urmp")
    verdicts = against[against.artifact == "Section 3.5"].set_index("metric").verdict
    assert verdicts["windows"] == "reproduced"
    assert verdicts["mel_frames"] == "not reproduced"
