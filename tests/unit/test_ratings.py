"""Table 2 from answers whose means are known, and with none."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
import table2
from scipy.stats import binomtest

from vimusic.errors import UserError
from vimusic.report.listening import answers, ratings

PUBLISHED = Path(__file__).parents[2] / "workflow/resources/published.csv"
KEY = {
    "study": "s",
    "data": "mini-urmp",
    "stems": {
        "A.1": {"instrument": "violin", "family": "strings", "start": 0},
        "B.1": {"instrument": "tuba", "family": "brass", "start": 0},
    },
    "trials": {
        "q1": {"part": "questions", "stem": "A.1", "clips": {"c1": "vision_midi"}},
        "q2": {"part": "questions", "stem": "B.1", "clips": {"c2": "vision_midi"}},
        "m1": {
            "part": "comparison",
            "stem": "A.1",
            "clips": {"c3": "recording", "c4": "anchor", "c5": "vision_midi"},
        },
    },
}
# listener -> (coherent, family) of violin and tuba, and the hidden reference, anchor and system
LISTENERS = {
    1: (("yes", "strings"), ("yes", "brass"), (100, 20, 60)),
    2: (("yes", "strings"), ("no", "rhythmic"), (95, 10, 40)),
    3: (("no", "woodwind"), ("no", "rhythmic"), (90, 30, 50)),
    4: (("yes", "strings"), ("no", "strings"), (50, 100, 100)),  # does not find the reference
}


def record(listener, trial, answer):
    return {
        "study": "s", "session": f"{listener:032x}", "trial": trial, "place": 1, "seconds": 9,
        "shown": list(KEY["trials"][trial]["clips"]), "answer": answer,
    }  # fmt: skip


def records():
    for listener, (violin, tuba, (hidden, anchor, system)) in LISTENERS.items():
        for trial, (coherent, family) in (("q1", violin), ("q2", tuba)):
            yield record(listener, trial, {"coherent": coherent, "family": family})
        yield record(listener, "m1", {"c3": hidden, "c4": anchor, "c5": system})


@pytest.fixture(scope="module")
def table():
    theirs = pd.read_csv(PUBLISHED).query("artifact == 'Table 2'")
    return ratings.table2(ratings.ratings(records(), KEY), theirs)


def cell(table, row, metric, source="ours"):
    (found,) = table[(table.row == row) & (table.metric == metric) & (table.source == source)].itertuples()
    return found


def test_answers_are_what_the_server_accepts():
    for given in records():
        answers.check(given, KEY)


@pytest.mark.parametrize(
    ("row", "metric", "value", "listeners", "rated"),
    [
        ("vision_midi", "coherent", 4 / 8, 4, 8),
        ("vision_midi", "correct_family", 4 / 8, 4, 8),
        ("vision_midi", "rhythmic", 2 / 8, 4, 8),
        ("violin_vision_midi", "coherent", 3 / 4, 4, 4),
        ("violin_vision_midi", "strings", 3 / 4, 4, 4),
        ("tuba_vision_midi", "correct_family", 1 / 4, 4, 4),
        # Without listener 4, who rates the hidden reference under 90.
        ("vision_midi", "mushra", 50, 3, 3),
        ("recording", "mushra", 95, 3, 3),
        ("anchor", "mushra", 20, 3, 3),
    ],
)
def test_means_are_those_of_the_answers(table, row, metric, value, listeners, rated):
    found = cell(table, row, metric)
    assert found.value == pytest.approx(value)
    assert (found.listeners, found.ratings) == (listeners, rated)
    assert found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9


def test_intervals_of_mushra_draw_whole_listeners(table):
    # 60, 40, 50 of three listeners: a bootstrap of three reaches from three times 40 to three times 60.
    found = cell(table, "vision_midi", "mushra")
    assert (found.low, found.high) == (40, 60)


@pytest.mark.parametrize(("yes", "count"), [(0, 5), (1, 5), (5, 5), (3, 4), (1, 1)])
def test_a_share_s_interval_is_wilson_s(yes, count):
    theirs = binomtest(yes, count).proportion_ci(method="wilson")
    assert ratings.wilson(yes / count, count) == pytest.approx((theirs.low, theirs.high))


def test_listeners_who_agree_do_not_make_an_interval_of_no_width(table):
    for source in ("ours", "paper"):
        shares = table[(table.source == source) & (table.metric != "mushra")]
        assert (shares.high - shares.low > 0.3).all()
    found = cell(table, "violin_vision_midi", "coherent", "paper")  # five of five
    assert (found.low, found.high) == pytest.approx((0.566, 1), abs=1e-3)


def test_one_listener_s_rating_has_no_interval():
    alone = [given for given in records() if given["session"].endswith("1")]
    found = cell(ratings.table2(ratings.ratings(alone, KEY), pd.DataFrame()), "vision_midi", "mushra")
    assert found.value == 60
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@pytest.mark.parametrize(("low", "of", "out"), [(1, 7, False), (1, 6, True), (3, 20, False), (4, 20, True)])
def test_post_screening_leaves_out_more_than_15_percent(low, of, out):
    hidden = pd.DataFrame(
        [("s", "mushra", "recording", 89.0 if k < low else 90.0) for k in range(of)],
        columns=["session", "metric", "system", "value"],
    )
    assert ratings.screened_out(hidden) == ({"s"} if out else set())


@pytest.mark.parametrize(
    ("row", "metric", "yes"),
    [
        ("violin_vision", "rhythmic", 4), ("clarinet_vision", "rhythmic", 3),
        ("trumpet_vision", "rhythmic", 1),
        ("violin_vision_midi", "coherent", 5), ("clarinet_vision_midi", "coherent", 4),
        ("trumpet_vision_midi", "coherent", 1), ("violin_vision_midi", "strings", 4),
        ("clarinet_vision_midi", "woodwind", 3), ("trumpet_vision_midi", "brass", 2),
    ],
)  # fmt: skip
def test_the_paper_s_table_2_is_as_printed(table, row, metric, yes):
    assert cell(table, row, metric, "paper").value == pytest.approx(yes / 5)
    assert (table.source == "paper").sum() == 9


def test_by_clip_is_the_paper_s_layout(table):
    shown = ratings.by_clip(table, ["vision_midi", "recording", "anchor"]).set_index(["measured by", "clip"])
    three, one = "3/4 [30, 95] %", "1/4 [5, 70] %"
    assert tuple(shown.loc["ours", "violin_vision_midi"]) == (three, f"strings: {three}")
    assert tuple(shown.loc["ours", "tuba_vision_midi"]) == (one, "rhythmic: 2/4 [15, 85] %")
    assert tuple(shown.loc["paper", "violin_vision"]) == ("N/A", "rhythmic: 4/5 [38, 96] %")
    assert tuple(shown.loc["paper", "trumpet_vision_midi"]) == ("1/5 [4, 62] %", "brass: 2/5 [12, 77] %")
    assert len(shown) == 2 + 6


def test_what_is_shown_follows_from_the_table_alone(table):
    by_system, by_clip = ratings.shown(table)
    assert list(by_system.system) == ["vision_midi", "recording", "anchor"]
    assert set(by_clip["measured by"]) == {"ours", "paper"}
    [paper] = ratings.shown(table[table.source == "paper"])
    assert len(paper) == 6


def run_table2(folder, *words):
    (folder / "key.json").write_text(json.dumps(KEY))
    made = {
        kind: folder / f"table2.{end}"
        for kind, end in (("table", "csv"), ("markdown", "md"), ("latex", "tex"))
    }
    out = [word for kind, path in made.items() for word in (f"--{kind}", str(path))]
    table2.main(["--published", str(PUBLISHED), *out, *words])
    return {path.suffix[1:]: path.read_text() for path in made.values()}


def test_without_answers_only_the_paper_s_rows_are_shown(tmp_path):
    (tmp_path / "answers").mkdir()
    with_key = ["--key", str(tmp_path / "key.json"), "--answers", str(tmp_path / "answers")]
    for words in ([], with_key):
        made = run_table2(tmp_path, *words)
        assert "No listening study has been run" in made["md"]
        assert "No listening study has been run" in made["tex"]
        assert set(pd.read_csv(tmp_path / "table2.csv").source) == {"paper"}
        assert "ours |" not in made["md"]


def test_with_answers_both_are_shown_apart(tmp_path):
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers/all.json").write_text(json.dumps(list(records())))
    made = run_table2(tmp_path, "--key", str(tmp_path / "key.json"), "--answers", str(tmp_path / "answers"))
    assert "SYNTHETIC data (mini-URMP): 4 listeners" in made["md"]
    assert "leaves out 1 of them" in made["md"]
    assert "50 [40, 60]" in made["md"]
    assert "15\\%" in made["tex"] and "15%" in made["md"]
    assert set(pd.read_csv(tmp_path / "table2.csv").source) == {"ours", "paper"}


def test_answers_without_their_key_are_a_users_mistake(tmp_path):
    with pytest.raises(UserError, match="name it with --key"):
        run_table2(tmp_path, "--answers", str(tmp_path))
