"""The encoder that keeps grey frames, and the network that reads what moves in them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from clips_io import Film
from models_io import RECIPE

from vimusic.features.embedding import embed, embed_players, make_encoder
from vimusic.features.encoders.motion import NEIGHBOURS, SHIFT, SIDE, Reader, shifted
from vimusic.models.regressor import build

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def film():
    return Film(np.random.default_rng(0).integers(0, 256, (40, 96, 96, 3), dtype=np.uint8))


def test_what_is_kept_is_the_grey_frame_small(film):
    halves = np.zeros((1, 2 * SIDE, 2 * SIDE, 3), np.uint8)
    halves[:, :, SIDE:] = (255, 0, 0)
    kept = embed(make_encoder("motion", "none", 0), Film(halves), "cpu").reshape(SIDE, SIDE)
    assert (kept[:, : SIDE // 2] == 0).all()
    assert (kept[:, SIDE // 2 :] == round(0.299 * 255)).all()
    random = embed(make_encoder("motion", "none", 0), film, "cpu")
    assert random.shape == (40, SIDE * SIDE)
    np.testing.assert_array_equal(random.astype("uint8"), random)  # is stored without loss


def test_frames_that_come_one_by_one_are_kept_alike(film):
    encoder = make_encoder("motion", "none", 0)
    seen = embed_players([encoder] * 2, ((k % 2, frame) for k, frame in enumerate(film)), "cpu")
    for player, each in enumerate(seen):
        np.testing.assert_array_equal(each.values, embed(encoder, Film(film[player::2]), "cpu"))


def test_a_frame_is_read_beside_its_neighbours_and_no_further():
    torch.manual_seed(0)
    reader = Reader().eval()
    clip = torch.randint(0, 256, (1, 20, SIDE * SIDE), dtype=torch.uint8)
    changed = clip.clone()
    changed[:, 10] = 255 - changed[:, 10]
    with torch.no_grad():
        moved = (reader(clip) - reader(changed)).abs().amax((0, 2)) > 1e-6
    assert set(moved.nonzero().flatten().tolist()) == {10, *(10 - k for k in NEIGHBOURS)}


def test_a_training_clip_moves_as_a_whole_by_no_more_than_the_shift():
    torch.manual_seed(0)
    grey = torch.rand(50, 2, SIDE, SIDE)
    found = set()
    for clip, moved in zip(grey, shifted(grey), strict=True):
        inner = clip[:, SHIFT:-SHIFT, SHIFT:-SHIFT]
        places = [
            (top, left)
            for top in range(2 * SHIFT + 1)
            for left in range(2 * SHIFT + 1)
            if torch.equal(moved[:, top : top + SIDE - 2 * SHIFT, left : left + SIDE - 2 * SHIFT], inner)
        ]
        assert len(places) == 1
        found |= set(places)
    assert len(found) > 20


def test_a_model_trains_it():
    torch.manual_seed(0)
    model = build(replace(RECIPE, inputs=("video",), encoder="motion"))
    clips = {
        "visual": torch.randint(0, 256, (2, 8, SIDE * SIDE), dtype=torch.uint8),
        "positions": torch.linspace(0, 7, 23).expand(2, 23),
    }
    model(clips).sum().backward()
    assert all(part.grad.abs().max() > 0 for part in model.inputs[0].parameters())
