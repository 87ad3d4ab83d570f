"""What ``vimusic init`` writes is a run: the worked example of docs/own_recordings.md."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from clips_io import write_video
from dag import ROOT
from odd_films import score
from recordings_io import RATE, player
from signals import plucks

from vimusic.features.recordings import main
from vimusic.models.regressor import load

SECONDS, STEP = 3.0, 0.5  # of a piece, and between its notes
# Nothing is to be learnt; one of the rows that init names.
TINY = {
    "rows": ["vision_midi"],
    "video": {"size": 32},
    "encoder": {"weights": "none"},
    "model": {"fusion": 16, "decoder": 8},
    "training": {"epochs": 1, "threads": 1},
    "compute": {"gpus": 0},
    "inference": {"iterations": 2},
    "evaluation": {"tracker": "swift_f0"},
}


def run(*words, config):
    """Snakemake as the command says, in the working directory; (exit code, what it printed)."""
    command = [sys.executable, "-m", "snakemake", *words, "--snakefile", ROOT / "Snakefile", "--cores", "1"]
    done = subprocess.run([*command, "--configfile", *config], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_the_workflow_takes_what_init_writes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for piece in ('Für Oma\'s "Fest"', "$HOME 2", "Lied"):
        player(tmp_path / "my 'tapes'" / piece, "1 violin")
    main(["my 'tapes'"])
    code, output = run("--dry-run", config=["my 'tapes'/config.yaml"])
    assert code == 0, output
    assert "train" in output


def melody(low, seed):
    """Six (onset s, MIDI pitch) upwards from ``low``."""
    steps = np.random.default_rng(seed).integers(0, 12, 6)
    return [(0.1 + STEP * k, int(low + step)) for k, step in enumerate(steps)]


def record(folder, parts, joint=None):
    """A piece: a wav for each of the ``parts`` (name: lowest pitch) with its MIDI, or that of all, called
    ``joint``; and a film in which a square for each player rises where they play."""
    folder.mkdir(parents=True)
    notes = {name: melody(low, seed) for seed, (name, low) in enumerate(parts.items())}
    pictures = np.zeros((round(25 * SECONDS), 96, 96 * len(parts)), np.uint8)
    for number, (name, own) in enumerate(notes.items()):
        onsets, pitches = zip(*own, strict=True)
        hertz = [440 * 2 ** ((pitch - 69) / 12) for pitch in pitches]
        soundfile.write(folder / f"{name}.wav", plucks(onsets, hertz, SECONDS, RATE), RATE)
        for onset, pitch in own:
            begin, top = round(25 * onset), 96 - pitch
            pictures[begin : begin + 8, top : top + 20, 96 * number + 38 : 96 * number + 58] = 255
        if not joint:
            score(folder / f"{name}.mid", ("", 0, *own))
    if joint:
        score(folder / joint, *((name.partition("_")[2], 0, *own) for name, own in notes.items()))
    write_video(folder / "film.mp4", pictures, rate=25)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """What the files of the worked example hold."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my_recordings"
    record(folder / "Air", {"flute": 72})
    record(folder / "Duet", {"1 violin": 67, "2 cello": 48})
    record(folder / "Waltz", {"1_vn": 67, "2_va": 60, "3_vc": 48}, joint="waltz.mid")
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_worked_example_trains_and_is_scored_on_a_piece_held_out(recorded, tmp_path):
    main(["my_recordings"])
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    fold = tmp_path / "results/my_recordings/folds/1"
    target = "results/my_recordings/folds/1/metrics/vision_midi.0.csv"
    code, output = run(target, config=["my_recordings/config.yaml", "tiny.yaml"])
    assert code == 0, output[-4000:]
    verdicts = pd.read_csv(tmp_path / "results/my_recordings/validation.tsv", sep="\t", index_col="stem")
    assert len(verdicts) == 6 and set(verdicts.verdict) == {"ok"}, verdicts.reason.to_list()
    split = pd.read_csv(fold / "features/split.tsv", sep="\t", index_col="stem")
    held = split[split.split == "test"]
    assert held.title.nunique() == 1 and set(split.split) == {"train", "val", "test"}
    scores = pd.read_csv(fold / "metrics/vision_midi.0.csv")
    assert set(scores.stem) == set(held.index)
    assert np.isfinite(scores[scores.metric == "mse"].value).all()
    for wav in fold.glob("audio/vision_midi.0/*.wav"):
        assert soundfile.info(wav).duration == pytest.approx(SECONDS, abs=1e-3)
    _, recipe, _ = load(fold / "models/vision_midi.0/model.safetensors")
    assert recipe.data == "custom" and not set(recipe.heard) - {"fl", "vn", "va", "vc"}
    assert {path: path.read_bytes() for path in recorded} == recorded
