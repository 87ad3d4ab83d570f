"""What identifies a training: the code it imports, its options, its data."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import train
from models_io import embeddings

from vimusic.errors import UserError
from vimusic.models.clips import Seen, Stem

SCRIPTS = Path(__file__).parents[2] / "scripts"
# In a process of its own: this one has imported other tests' modules.
LIST = """import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/models"]
import train
from vimusic.models.inputs import INPUTS
INPUTS["roll"]
print(*train.sources(), sep="\\n")"""


def test_only_code_that_training_imports_counts():
    done = subprocess.run([sys.executable, "-c", LIST, SCRIPTS], capture_output=True, text=True, check=True)
    names = {str(Path(line).relative_to(SCRIPTS)) for line in done.stdout.splitlines()}
    library = {f"vimusic/{name}.py" for name in ("models/training", "models/clips", "models/inputs/roll")}
    assert {"models/train.py", *library} <= names
    assert not [name for name in names if "/report/" in name or "/evaluation/" in name]
    assert "vimusic/models/outputs/linear.py" not in names  # an entry that was not asked for


def stem_of(**changes):
    seen = Seen("a", 50, 0, np.ones((50, 128), np.float32), embeddings(20))
    clips = changes.pop("clips", None)
    return Stem(replace(seen, **changes), np.zeros((50, 12), np.float32), clips)


@pytest.mark.parametrize(
    "changes",
    [{"name": "b"}, {"roll": None}, {"visual": embeddings(20, seed=1)}, {"clips": [0, 2]}],
    ids=lambda changes: next(iter(changes)),
)
def test_other_data_are_another_training(changes):
    def identity(stem):
        return train.fingerprint({"train": [stem], "val": [stem_of()]}, {"seed": 0})

    assert identity(stem_of()) == identity(stem_of()) != identity(stem_of(**changes))


@pytest.fixture
def resumed(tmp_path, monkeypatch):
    """Makes the name of the file that a training with these options would continue from."""
    for track in "12":
        stem = tmp_path / "piece" / track
        stem.mkdir(parents=True)
        (stem / "length.json").write_text(json.dumps({"samples": 256 * 49}))
        np.save(stem / "mel.npy", np.zeros((50, 12), np.float32))
        np.save(stem / "roll.npy", np.zeros((50, 128), np.float32))
    rows = [("piece.1", "piece", 1, "vn", "train", "01"), ("piece.2", "piece", 2, "vn", "val", "01")]
    table = pd.DataFrame(rows, columns=["stem", "piece", "track", "instrument", "split", "take"])
    table.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    usual = {
        "split": tmp_path / "split.tsv", "data": tmp_path, "features": tmp_path,
        "row": "midi", "seed": 0, "devices": 1,
        "threads": 1, "variant": {"inputs": ["roll"]}, "checkpoints": tmp_path / "checkpoints",
        "model": "model.safetensors", "history": "history.csv", "environment": "environment.json",
        "data.name": "urmp",
        "video.fps": 30, "video.size": 32, "audio.sample_rate": 22050, "audio.n_fft": 1024,
        "audio.hop_length": 256, "audio.n_mels": 12, "clips.window": 8,
        "encoder.weights": "none", "encoder.seed": 0, "encoder.components": 4, "encoder.dropout": 0,
        "model.fusion": 8, "model.decoder": 8, "training.epochs": 1, "training.batch_size": 4,
        "training.learning_rate": 0.01, "training.schedule": "constant", "training.clip_norm": 0,
        "training.window": 0, "training.step": 4, "training.offsets": "fixed",
        "training.precision": "32-true",
    }  # fmt: skip

    def made(windows=None, **changes):
        names, windows = [], [] if windows is None else windows

        def trained(*given, **options):
            names.append(given[3].name)
            windows.append(given[2].window)

        monkeypatch.setattr(train, "train", trained)
        words = usual | {name.replace("__", "."): value for name, value in changes.items()}
        words["variant"] = json.dumps(words["variant"])
        train.main([str(word) for name, value in words.items() for word in (f"--{name}", value)])
        return names[0]

    return made


def test_threads_and_places_are_no_other_training(resumed, tmp_path):
    assert resumed() == resumed(threads=3, checkpoints=tmp_path / "elsewhere", model="other.pt")


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"variant": {"inputs": ["roll", "instrument"]}},
        {"training__learning_rate": 0.02},
        {"training__step": 8},
        {"training__window": 4},
        {"model__fusion": 9},
        {"encoder__seed": 1},
        {"devices": 2},
    ],
    ids=str,
)
def test_other_options_are_another_training(resumed, changes):
    assert resumed() != resumed(**changes)


def test_stale_checkpoints_of_the_same_row_and_seed_are_removed(resumed, tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name in ("midi.0.stale.pt", "midi.1.other.pt", "midi_instrument.0.other.pt"):
        (folder / name).touch()
    resumed()
    assert {path.name for path in folder.iterdir()} == {"midi.1.other.pt", "midi_instrument.0.other.pt"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"variant": {"inputs": ["video"]}}, "--variant: midi reads video; name its crops"),
        ({"variant": {"inputs": ["smell"]}}, "--variant"),
    ],
    ids=["no crops", "no such input"],
)
def test_a_variant_that_cannot_be_trained_is_one_line(resumed, changes, told):
    with pytest.raises(UserError, match=told) as caught:
        resumed(**changes)
    assert "\n" not in str(caught.value)


def test_training_clips_may_be_shorter_than_a_window_of_inference(resumed):
    windows = []
    resumed(windows), resumed(windows, training__window=4)
    assert windows == [8, 4]
