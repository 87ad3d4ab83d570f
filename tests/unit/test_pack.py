"""A packed model: one file without pickle, with a card of what it was trained on and never of more."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from models_io import RECIPE
from safetensors import safe_open
from safetensors.torch import save_file

from vimusic.errors import UserError
from vimusic.models import pack
from vimusic.models.predictor import Predictor
from vimusic.models.regressor import build, load, save

NOTES = [(0.05, 0.3, 69), (0.3, 0.6, 72)]


@pytest.fixture
def trained(tmp_path):
    """Folder of a model in the first of a run's folds, with what a finished run has beside it."""
    run = tmp_path / "results/toy"
    folder = run / "folds/1/models/test.0"
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    save(folder / "model.safetensors", RECIPE, build(RECIPE).state_dict())
    (folder / "environment.json").write_text(json.dumps({"seed": 0, "packages": {"torch": "2"}}))
    (run / "rows.json").write_text("[]")
    (run / "folds/1/features").mkdir()
    rows = [("A.1", "train", ""), ("B.1", "test", ""), ("C.1", "train", "")]
    split = pd.DataFrame(rows, columns=["stem", "split", "take"])
    split.to_csv(run / "folds/1/features/split.tsv", sep="\t", index=False)
    (run / "tables").mkdir()
    cells = [("test", "mse", 4.0, 3.0, 5.0, 2), ("other", "mse", 1.0, 1.0, 1.0, 2)]
    table = pd.DataFrame(cells, columns=["row", "metric", "value", "low", "high", "pieces"])
    table.to_csv(run / "tables/table1.csv", index=False)
    return folder


def packed(trained, tmp_path):
    out = tmp_path / "it's packed.safetensors"
    pack.main([str(trained), "-o", str(out)])
    return out


def test_it_plays_what_the_model_plays_from_half_the_bytes(trained, tmp_path):
    out = packed(trained, tmp_path)
    assert out.stat().st_size < 0.6 * (trained / "model.safetensors").stat().st_size
    mels = [
        Predictor.load(path, device="cpu").predict(notes=NOTES, seconds=0.7)
        for path in (out, trained / "model.safetensors")
    ]
    # Half precision has 11 bits.
    np.testing.assert_allclose(*mels, atol=1e-2)
    assert not np.array_equal(*mels)


def test_its_card_says_what_trained_it_and_what_was_measured_on_other_stems(trained, tmp_path):
    card = Predictor.load(packed(trained, tmp_path), device="cpu").card
    assert card["trained_on"] == ["A.1", "C.1"]
    assert card["held_out"] == {"mse": [4.0, 3.0, 5.0, 2]}
    assert card["synthetic"] is True and card["seed"] == 0


def test_an_unfinished_run_cannot_be_packed_and_nothing_is_left(trained, tmp_path):
    (tmp_path / "results/toy/tables/table1.csv").unlink()
    with pytest.raises(UserError, match=r"table1\.csv: not found; finish the run"):
        packed(trained, tmp_path)
    assert not list(tmp_path.glob("*.safetensors"))


def test_weights_of_another_model_are_refused_in_one_line_that_names_both(trained, tmp_path):
    with safe_open(trained / "model.safetensors", "pt") as file:
        told, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    state["fusion.weight"] = torch.zeros(3, 3)
    save_file(state, tmp_path / "odd.safetensors", told)
    with pytest.raises(UserError) as caught:
        load(tmp_path / "odd.safetensors")
    assert "fusion.weight" in str(caught.value) and "[3, 3]" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x80\x04\x95" + bytes(100)])
def test_what_is_no_packed_model_is_one_line(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="holds no weights of this program's models"):
        load(path)
