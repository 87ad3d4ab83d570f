"""The benchmarks' harness and summary; no long runs."""

import csv

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import harness
import summary
import training_step


def test_contestants_warm_up_and_then_run_in_turn():
    calls = []
    contestants = {name: lambda name=name: calls.append(name) for name in "AB"}
    seconds = harness.alternate(contestants, 3)
    assert calls == list("AB" * 4)
    assert [len(each) for each in seconds.values()] == [3, 3]


def test_seconds_are_those_of_the_contestant(monkeypatch):
    clock = iter([0, 1, 10, 15, 20, 22, 30, 37])
    monkeypatch.setattr(harness.time, "perf_counter", lambda: next(clock))
    assert harness.alternate({"A": int, "B": int}, 2) == {"A": [1, 2], "B": [5, 7]}


def test_table_has_the_columns_and_four_digits(tmp_path):
    harness.save(tmp_path / "a.csv", [harness.row("frames", 1 / 3, 40.0, 120.0, "s/clip", "other: x, y")])
    with (tmp_path / "a.csv").open() as file:
        (read,) = csv.DictReader(file)
    assert read == {
        "name": "frames", "ours": "0.3333", "other": "40", "ratio": "120", "unit": "s/clip",
        "note": "other: x, y",
    }  # fmt: skip


@pytest.mark.parametrize("contestant", ["cached features", "fine-tuning, not channels_last"])
def test_every_training_step_lowers_the_loss(tmp_path, contestant):
    store = tmp_path / "frames.zip"
    training_step.store_noise(store, 32)
    training_step.prepare(store, *training_step.CONTESTANTS[contestant], threads=1)
    first, _, last = [training_step.step() for _ in range(3)]
    assert last < first


def touch(size):
    """Use ``size`` bytes for a moment."""
    b"x" * size


def test_fresh_process_counts_its_own_memory():
    with harness.fresh_process() as process:
        process.submit(touch, 1).result()  # imports this module there
        before = process.submit(harness.peak_memory).result()
        process.submit(touch, 1 << 28).result()
        after = process.submit(harness.peak_memory).result()
    assert after - before == pytest.approx(1 << 28, rel=0.1)


@pytest.mark.parametrize(
    "note, goal", [("other: x; target 40", 40), ("target 1", 1), ("target below 10 GB", None), ("x", None)]
)
def test_target_is_read_from_the_note(note, goal):
    assert summary.target(note) == goal


def test_summary_joins_the_tables_and_draws_every_ratio(tmp_path):
    for name, ratio, note in (("a", 50.0, "target 40"), ("b", 0.5, "")):
        harness.save(tmp_path / f"{name}.csv", [harness.row(name, 1.0, ratio, ratio, "s", note)])
    words = ["--tables", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    summary.main([*words, "--out", str(tmp_path / "all.csv"), "--plot", str(tmp_path / "all.png")])
    joined = pd.read_csv(tmp_path / "all.csv")
    assert list(joined.columns) == ["name", "ours", "other", "ratio", "unit"]
    assert list(joined.ratio) == [50, 0.5]
    (axis,) = summary.ratios(joined.assign(note=["target 40", ""])).axes
    assert [bar.get_x() + bar.get_width() for bar in axis.patches] == pytest.approx([50, 0.5])
    assert axis.get_xscale() == "log"
    plt.close("all")
    assert (tmp_path / "all.png").stat().st_size > 0
