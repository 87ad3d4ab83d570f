"""A listening study about the tiny run: made on demand, and kept once somebody has answered."""

import json

import pandas as pd
import pytest
from dag import RESULTS, snakemake

PAGE = f"{RESULTS}/listening/page.html"


@pytest.fixture
def answered(copied):
    """A copy of the tiny run with a study that one listener has answered, and the study's key."""
    code, output = snakemake(copied, PAGE)
    assert code == 0, output[-4000:]
    study = copied / RESULTS / "listening"
    key = json.loads((study / "key.json").read_text())
    records = [
        {
            "study": key["study"], "session": "0" * 32, "trial": trial, "place": 1, "seconds": 9,
            "shown": list(of["clips"]), "answer": {"coherent": "yes", "family": "strings"},
        }
        for trial, of in key["trials"].items()
        if of["part"] == "questions"
    ]  # fmt: skip
    (study / "answers").mkdir()
    (study / "answers/one.json").write_text(json.dumps(records))
    return copied


def test_answers_reach_the_tables_and_another_training_spares_their_key(answered):
    study = answered / RESULTS / "listening"
    kept = {path: path.read_bytes() for path in study.rglob("*.*")}
    code, output = snakemake(answered, f"{RESULTS}/tables/table1.md", "--quiet")
    assert code == 0, output[-4000:]
    heard = pd.read_csv(answered / RESULTS / "tables/table2.csv")
    assert (
        heard.value[(heard.source == "ours") & (heard.row == "vision") & (heard.metric == "coherent")].item()
        == 1
    )
    against = pd.read_csv(answered / RESULTS / "tables/against_paper.csv").set_index(["row", "metric"])
    assert against.ours["violin_vision_midi", "coherent"] == 1
    overlay = {"training": {"learning_rate": 0.01}}
    code, output = snakemake(answered, "--dry-run", overlay=overlay)
    assert code == 0, output[-4000:]
    assert "rule train:" in output and "listening_kit" not in output
    code, output = snakemake(answered, PAGE, overlay=overlay)
    assert code != 0 and "No rule to produce" in output
    assert {path: path.read_bytes() for path in kept} == kept
