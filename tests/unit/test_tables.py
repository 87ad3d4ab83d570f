"""Table 1 from scores whose answer is known."""

import math

import numpy as np
import pandas as pd
import pytest

from vimusic.evaluation.metrics import METRICS
from vimusic.evaluation.tables import by_seed, by_stem, display, display_grouped, grouped, pooled, table1

PUBLISHED = pd.DataFrame(
    [("good", "mse", 4.0), ("good", "pitch_accuracy", 0.46)], columns=["row", "metric", "value"]
)
STEMS = {"A.1": "A", "A.2": "A", "B.1": "B", "C.1": "C"}


def scores_of(errors, seeds=(0,)):
    """Scores of rows from row -> MSE per stem; pitch accuracy is 1 / (1 + MSE)."""
    rows = []
    for row, values in errors.items():
        for (stem, piece), mse in zip(STEMS.items(), values, strict=True):
            for seed in seeds:
                shared = {"stem": stem, "piece": piece, "row": row, "seed": seed}
                rows.append(shared | {"metric": "mse", "value": mse})
                rows.append(shared | {"metric": "pitch_accuracy", "value": 1 / (1 + mse)})
    return pd.DataFrame(rows)


ERRORS = {
    "mean_spectrum": [16.0, 12.0, 8.0, 20.0],
    "good": [4.0, 5.0, 3.0, 6.0],
    "bad_one": [14.0, 13.0, 9.0, 15.0],
    "copy_synthesis": [0.0, 0.0, 0.0, 0.0],
}


@pytest.fixture(scope="module")
def table():
    return table1(scores_of(ERRORS), "custom")


def cell(table, row, metric):
    [found] = table[(table.row == row) & (table.metric == metric)].itertuples()
    return found


def test_values_are_means_over_stems(table):
    assert cell(table, "good", "mse").value == pytest.approx(4.5)
    assert cell(table, "good", "mse").pieces == 3
    assert set(table.data) == {"custom"}


def test_skill_is_0_for_the_mean_spectrum_and_1_for_the_truth(table):
    assert cell(table, "mean_spectrum", "skill").value == 0
    assert cell(table, "copy_synthesis", "skill").value == 1
    assert cell(table, "good", "skill").value == pytest.approx(1 - 4.5 / 14)


def test_interval_holds_the_value(table):
    for found in table.itertuples():
        assert found.low <= found.value <= found.high
    assert cell(table, "good", "mse").low < cell(table, "good", "mse").high


def test_seeds_are_averaged_before_stems():
    scores = scores_of({"mean_spectrum": ERRORS["mean_spectrum"], "good": ERRORS["good"]}, (0, 1))
    scores.loc[(scores.row == "good") & (scores.seed == 1) & (scores.metric == "mse"), "value"] += 2
    found = cell(table1(scores, "custom"), "good", "mse")
    assert found.value == pytest.approx(5.5)
    assert found.pieces == 3


def test_swapping_two_models_swaps_their_rows_and_nothing_else(table):
    swap = {"good": "bad_one", "bad_one": "good"}
    scores = scores_of(ERRORS)
    swapped = table1(scores.assign(row=scores.row.replace(swap)), "custom")
    expected = table.assign(row=table.row.replace(swap))
    pd.testing.assert_frame_equal(swapped, expected)


def test_what_is_measured_over_all_stems_at_once_has_a_column_and_no_interval(table):
    more = pd.concat([table, pooled({"good": 0.0123}, scores_of(ERRORS), "custom")])
    assert cell(more, "good", "frechet").pieces == 3
    shown = display(more).set_index("row")["Fréchet dist. ↓"]
    assert dict(shown) == dict.fromkeys(ERRORS, "–") | {"good": "0.012"}


def test_metric_without_any_value_has_a_line_without_one():
    scores = scores_of({"mean_spectrum": ERRORS["mean_spectrum"]})
    scores.loc[scores.metric == "pitch_accuracy", "value"] = float("nan")
    table = table1(scores, "custom")
    assert list(table.metric) == ["mse", "skill", "pitch_accuracy"]
    found = cell(table, "mean_spectrum", "pitch_accuracy")
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.pieces == 0
    assert display(table, PUBLISHED)["pitch acc. % ↑"].item() == "–"


def test_stem_without_a_value_is_left_out_of_its_mean():
    scores = scores_of({"mean_spectrum": ERRORS["mean_spectrum"]})
    lost = (scores.metric == "pitch_accuracy") & (scores.stem == "A.1")
    scores.loc[lost, "value"] = float("nan")
    expected = np.mean([1 / 13, 1 / 9, 1 / 21])
    found = cell(table1(scores, "custom"), "mean_spectrum", "pitch_accuracy")
    assert found.value == pytest.approx(expected)


def test_display_shows_intervals_and_the_papers_numbers_in_their_own_columns(table):
    shown = display(table, PUBLISHED).set_index("row")
    assert list(shown.index) == list(ERRORS)
    assert shown.loc["good", "MSE ↓"].startswith("4.50 [")
    assert shown.loc["good", "paper MSE (URMP)"] == "4"
    assert shown.loc["good", "paper pitch % (URMP)"] == "46"
    assert shown.loc["bad_one", "paper MSE (URMP)"] == ""
    assert shown.loc["good", "RPA 50 c % ↑"] == "–"  # not measured here


def test_dagger_marks_the_cell_that_beats_no_anchor(table):
    shown = display(table, PUBLISHED, {("bad_one", "mse")}).set_index("row")
    assert shown.loc["bad_one", "MSE ↓"].endswith(" †")
    assert shown.loc["bad_one", "skill ↑"].endswith(" †")  # follows from the MSE
    assert sum("†" in text for text in shown.to_numpy().ravel()) == 2


def test_groups_are_tables_of_their_stems():
    scores = scores_of(ERRORS).assign(
        family=lambda s: s.stem.map(lambda x: "brass" if x[0] == "A" else "strings")
    )
    found = grouped(scores, "family", "custom").set_index(["family", "row", "metric"])
    assert found.loc[("brass", "good", "mse"), "value"] == pytest.approx(4.5)
    assert math.isnan(found.loc[("brass", "good", "mse"), "low"])  # one piece
    assert found.loc[("strings", "good", "skill"), "value"] == pytest.approx(1 - 4.5 / 14)
    assert found.loc[("strings", "good", "mse"), "pieces"] == 2


def test_seeds_apart():
    scores = scores_of({"good": ERRORS["good"]}, (0, 1))
    scores.loc[(scores.seed == 1) & (scores.metric == "mse"), "value"] += 2
    table = by_seed(scores)
    found = table.set_index(["row", "seed", "metric"])
    assert found.value["good", 0, "mse"] == pytest.approx(4.5)
    assert found.value["good", 1, "mse"] == pytest.approx(6.5)
    assert found.low["good", 1, "mse"] == pytest.approx(found.low["good", 0, "mse"] + 2)
    assert (table.low < table.value).all()
    assert (table.value < table.high).all()
    assert set(table.pieces) == {3}
    shown = display_grouped(table, "seed")
    assert list(shown.seed) == [0, 1]
    assert shown["MSE ↓"].iloc[1].startswith("6.50 [")
    assert list(shown) == ["seed", "row", "MSE ↓", "pitch acc. % ↑"]


def test_stems_and_seeds_apart_have_their_skill():
    scores = scores_of(ERRORS, (0, 1)).assign(instrument="vn")
    found = by_stem(scores).set_index(["row", "seed", "metric", "stem"])
    assert found.value["good", 1, "skill", "B.1"] == pytest.approx(1 - 3 / 8)
    assert found.piece["good", 1, "skill", "B.1"] == "B"
    assert len(found) == len(scores) * 1.5


def test_without_a_mean_spectrum_there_is_no_skill():
    assert "skill" not in set(table1(scores_of({"good": ERRORS["good"]}), "custom").metric)


def test_columns_follow_the_metrics(table):
    headings = [metric.heading for metric in METRICS.values() if metric.shown]
    assert headings[:3] == ["MSE ↓", "skill ↑", "pitch acc. % ↑"]
    assert list(display(table)) == ["row", *headings]
    assert list(display(table, PUBLISHED)) == ["row", *headings, "paper MSE (URMP)", "paper pitch % (URMP)"]
