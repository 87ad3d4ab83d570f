"""The encoder that keeps grey frames, and the network that reads what moves in them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from clips_io import Film
from models_io import RECIPE

from vimusic.features.embedding import embed, embed_players, make_encoder
from vimusic.features.encoders.motion import NEIGHBOURS, SCALE, SHIFT, SIDE, Reader, varied
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


def test_a_training_clip_varies_as_a_whole_and_within_its_limits():
    torch.manual_seed(0)
    grey = torch.full((200, 3, SIDE, SIDE), 0.5)
    grey[:, :, 28:36, 28:36] = 0.9  # a square about the middle, which turning does not move
    changed = varied(grey)
    assert torch.equal(changed[:, 0], changed[:, 2])
    places = torch.arange(SIDE) - (SIDE - 1) / 2
    bright = (changed[:, 0] - 0.5).clamp(min=0)
    weight = bright.sum((1, 2))
    across, down = ((bright.sum(axis) * places).sum(1) / weight for axis in (1, 2))
    most = SHIFT * SIDE * (1 + SCALE) / (1 - SCALE)
    for moved in (across, down):
        assert moved.abs().max() < most + 0.5 and moved.std() > 0.3 * most
    sides = (bright > bright.amax((1, 2), keepdim=True) / 2).float().sum((1, 2)).sqrt()
    assert sides.min() > 8 * (1 - SCALE) - 1.5 and sides.max() < 8 * (1 + SCALE) / (1 - SCALE) + 1.5
    assert (bright.amax((1, 2)).max() / bright.amax((1, 2)).min()) > 1.4  # darker and lighter


def test_nothing_varies_once_it_is_trained():
    reader = Reader().eval()
    clip = torch.randint(0, 256, (1, 20, SIDE * SIDE), dtype=torch.uint8)
    with torch.no_grad():
        torch.testing.assert_close(reader(clip), reader(clip), rtol=0, atol=0)


def test_a_model_trains_it():
    torch.manual_seed(0)
    model = build(replace(RECIPE, inputs=("video",), encoder="motion"))
    clips = {
        "visual": torch.randint(0, 256, (2, 8, SIDE * SIDE), dtype=torch.uint8),
        "positions": torch.linspace(0, 7, 23).expand(2, 23),
    }
    model(clips).sum().backward()
    assert all(part.grad.abs().max() > 0 for part in model.inputs[0].parameters())
