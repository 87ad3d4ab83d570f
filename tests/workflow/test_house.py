"""The DAG from anywhere, with odd names everywhere, and with new parts that are one file each."""

import os
import subprocess
import sys

import pandas as pd
import pytest
import yaml
from dag import copy_repository

ODD = "it's a ünit"
METRIC = '''

@metric("toy", better="higher", decimals=1, shown=True)
def toy(heard: Heard) -> float:
    """Length of the sound, s."""
    return len(heard.signal) / heard.sample_rate
'''
OUTPUT = '''"""An output of the test's own: the mean spectrum, whatever is read."""

from torch import nn

from vimusic.models.outputs import MelOutput


class Output(MelOutput):
    def __init__(self, width, recipe):
        super().__init__()
        self.bands = nn.Parameter(nn.init.zeros_(nn.Linear(1, recipe.n_mels).bias))

    def forward(self, hidden, clips, scale):
        return scale(self.bands.expand(*hidden.shape[:2], -1))
'''
VOCODER = '''"""A vocoder of the test's own: a hum."""

import numpy as np


def vocode(log_mel, length, sample_rate, **settings):
    return np.sin(2 * np.pi * 220 * np.arange(length) / sample_rate).astype(np.float32)
'''


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """(checkout, working directory) of a finished tiny run whose every name is odd."""
    checkout = copy_repository(tmp_path_factory.mktemp("home") / ODD)
    package = checkout / "scripts/vimusic"
    metrics = package / "evaluation/metrics.py"
    metrics.write_text(metrics.read_text().replace("\n\nif __name__ ==", f"{METRIC}\n\nif __name__ =="))
    (package / "models/outputs/toy.py").write_text(OUTPUT)
    (package / "models/vocoders/toy.py").write_text(VOCODER)
    work = tmp_path_factory.mktemp("scratch") / ODD
    work.mkdir()
    inventory = pd.read_csv(
        checkout / "workflow/resources/miniurmp.tsv", sep="\t", dtype=str, keep_default_na=False
    )
    pieces = {name: name.replace("_", f" {ODD}_", 1) for name in inventory.piece}
    for column in ("piece", "audio", "notes", "f0s", "video", "score"):
        inventory[column] = inventory[column].str.replace("_", f" {ODD}_", n=1)
    inventory.to_csv(work / f"{ODD}.tsv", sep="\t", index=False)
    tiny = yaml.safe_load((checkout / "configs/tiny.yaml").read_text())
    overlay = {
        "run": "odd",
        "data": {
            "path": f"results/{ODD}",
            "stems": f"{ODD}.tsv",
            "select": [pieces[name] for name in tiny["data"]["select"]],
        },
        "variants": {"toy": {"inputs": ["roll"], "output": "toy"}},
        "rows": ["toy", "vision"],
        "inference": {"vocoder": "toy"},
    }  # fmt: skip
    (work / "overlay.yaml").write_text(yaml.safe_dump(overlay))
    return checkout, work


def snakemake(checkout, work, *words):
    """Snakemake from a third place; (exit code, what it printed)."""
    command = [
        sys.executable, "-m", "snakemake", "--cores", "2", "--snakefile", checkout / "Snakefile",
        "--directory", work, *words, "--configfile", checkout / "configs/tiny.yaml", work / "overlay.yaml",
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=work.parent, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def run(odd):
    code, output = snakemake(*odd)
    assert code == 0, output[-4000:]
    return odd


def test_odd_names_and_another_directory_give_every_result(run):
    checkout, work = run
    assert (work / "results/odd/report.html").stat().st_size > 10000
    assert not (checkout / "results/odd").exists() and not (checkout / ".snakemake").exists()
    code, output = snakemake(*run)
    assert code == 0 and "Nothing to be done" in output


def test_a_metric_an_output_and_a_vocoder_are_one_file_each(run):
    _, work = run
    table = pd.read_csv(work / "results/odd/tables/table1.csv").set_index(["row", "metric"]).value
    assert table["toy", "toy"] == pytest.approx(5, abs=0.5)  # s, by the metric, of the vocoder's hum
    # The output starts, and stays, near the mean spectrum.
    assert table["toy", "skill"] == pytest.approx(0, abs=0.3)
    # The hum, which every row but the soundfont sounds like, has one pitch.
    assert table["vision", "chroma"] == pytest.approx(table["toy", "chroma"], abs=1e-6)
    assert "toy" in (work / "results/odd/tables/table1.md").read_text().splitlines()[2]
