"""Verdicts on published numbers, each case made by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest

from vimusic.evaluation.published import against_paper, shown, stitched
from vimusic.timebase import TimeBase

PUBLISHED = pd.read_csv(Path(__file__).parents[2] / "workflow/resources/published.csv")
NO_PAIRS = pd.DataFrame(columns=["row", "other", "metric", "difference", "better"])


ABSENT = (math.nan, math.nan, math.nan, 0)
CELL = ["row", "metric", "value", "low", "high"]


def compared(cells, pairs=NO_PAIRS, clock=None, data="urmp", tracker="crepe", saved=ABSENT, heard=None):
    """The comparison of a Table 1 of ``cells`` (row, metric, value, low, high)."""
    table = pd.DataFrame(cells, columns=CELL)
    return against_paper(
        PUBLISHED, table, pairs, clock or TimeBase(),
        data=data, measured=f"{data}; pitch by {tracker}", tracker=tracker, reduction=saved, heard=heard,
    )  # fmt: skip


def line(against, row, metric):
    [cell] = against[(against.row == row) & (against.metric == metric)].itertuples()
    return cell


def verdict(value, low, high, pairs=NO_PAIRS, data="urmp"):
    """Verdict on vision_midi's published MSE of 4.0, without the remark on its scale."""
    cell = line(compared([("vision_midi", "mse", value, low, high)], pairs, data=data), "vision_midi", "mse")
    assert data != "urmp" or cell.verdict.endswith(" (the paper's log scale is unstated)")
    return cell.verdict.partition(" (")[0]


def pairs(difference, better):
    columns = NO_PAIRS.columns
    return pd.DataFrame([("vision_midi", "vision", "mse", difference, better)], columns=columns)


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (6, 3.9, 8, "compatible, too wide to tell"),  # in the interval, which is no evidence
        (4.8, 3.9, 5.7, "reproduced"),  # in an interval that reaches no further than 1
        (4.8, 3.9, 5.9, "compatible, too wide to tell"),
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
        (-3, "too few pieces", "not reproduced, too few pieces to tell the direction"),
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
    against = compared([])
    assert len(against) == len(PUBLISHED) == len(shown(against))
    others = against[against.artifact != "Section 3.5"]
    assert others.verdict.str.startswith("not reproducible here: ").all()
    assert others.ours.isna().all()
    assert list(against.note) == list(PUBLISHED.note)


def test_difference_is_ours_less_theirs():
    cell = line(compared([("vision", "mse", 11.5, 11, 12)]), "vision", "mse")
    assert (cell.ours, cell.low, cell.high) == (11.5, 11, 12)
    assert cell.difference == pytest.approx(-1.5)


def test_the_papers_clip_is_counted_as_the_paper_prints_it():
    assert stitched(TimeBase()) == {"windows": 57, "mel_frames": 5336, "samples": 1365760}


def test_another_hop_does_not_give_the_papers_counts():
    against = compared([], clock=TimeBase(hop_length=512))
    verdicts = against[against.artifact == "Section 3.5"].set_index("metric").verdict
    assert verdicts["windows"] == "reproduced"
    assert verdicts["mel_frames"] == "not reproduced"


@pytest.mark.parametrize(
    ("tracker", "value", "expected"),
    [
        ("crepe", 0.47, "reproduced"),
        ("swift_f0", 0.47, "reproduced by swift_f0"),
        ("crepe_tiny", 0.47, "reproduced by crepe_tiny"),
        ("swift_f0", 0.9, "not reproduced"),
    ],
)
def test_pitch_by_another_tracker_is_no_plain_reproduction(tracker, value, expected):
    cells = [("vision_midi", "pitch_accuracy", value, value - 0.01, value + 0.01)]
    found = line(compared(cells, tracker=tracker), "vision_midi", "pitch_accuracy")
    assert found.verdict == expected
    assert found.data == f"urmp; pitch by {tracker}"


@pytest.mark.parametrize(
    ("saved", "data", "expected"),
    [
        ((0.69, 0.6, 0.8, 8), "urmp", "reproduced"),
        ((0.55, 0.4, 0.7, 8), "urmp", "compatible, too wide to tell"),
        ((0.3, 0.2, 0.4, 8), "urmp", "not reproduced"),
        ((0.69, 0.6, 0.8, 3), "urmp", "too few pieces"),
        ((0.69, 0.6, 0.8, 8), "mini-urmp", "synthetic: not comparable"),
        (ABSENT, "urmp", "not reproducible here: this run has no such row"),
    ],
)
def test_the_papers_reduction_needs_no_scale(saved, data, expected):
    found = line(compared([], saved=saved, data=data), "vision_midi", "mse_reduction")
    assert found.verdict == expected
    assert (found.ours == saved[0]) or math.isnan(saved[0])


def test_a_value_that_no_stem_has_is_no_row():
    found = line(compared([("vision", "mse", math.nan, math.nan, math.nan)]), "vision", "mse")
    assert found.verdict == "not reproducible here: this run has no such row"


def test_listeners_answers_are_set_beside_the_papers():
    heard = pd.DataFrame(
        [("violin_vision_midi", "coherent", 0.75, 0.3, 0.95, "ours"),
         ("violin_vision_midi", "coherent", 1.0, 0.57, 1.0, "paper")],
        columns=[*CELL, "source"],
    )  # fmt: skip
    against = compared([], heard=heard)
    found = line(against, "violin_vision_midi", "coherent")
    assert (found.ours, found.low, found.high) == (0.75, 0.3, 0.95)
    assert (found.verdict, found.data) == ("other listeners", "listeners")
    assert line(against, "violin_vision_midi", "strings").verdict == "not reproducible here: needs listeners"
