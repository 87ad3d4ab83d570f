"""The encoder that keeps where a player's joints are, and the network that reads how they move."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from clips_io import Film
from hypothesis import given
from hypothesis import strategies as st
from models_io import RECIPE

from vimusic.features.embedding import embed, embed_players, make_encoder
from vimusic.features.encoders import pose
from vimusic.features.encoders.pose import EXTREME, GAP, Reader, bridged, from_shoulders
from vimusic.features.skeleton import BODY, HAND, POINTS, SHOULDERS
from vimusic.models.clips import Seen
from vimusic.models.inputs.video import ReadVisual
from vimusic.models.regressor import build

torch.set_num_threads(1)


def player(frames=20, seed=0):
    """Points of one clip, (1, frames, POINTS, 3), all seen, around shoulders that are 0.2 apart."""
    points = torch.rand(1, frames, POINTS, 3, generator=torch.Generator().manual_seed(seed))
    points[..., 2] = 1
    points[:, :, SHOULDERS[0], :2] = torch.tensor([0.6, 0.4])
    points[:, :, SHOULDERS[1], :2] = torch.tensor([0.4, 0.4])
    return points


def read(points):
    return from_shoulders(points.flatten(2))


@pytest.fixture
def counting(monkeypatch):
    """Trackers that remember how many frames they have seen, and say that of each point."""

    def tracker():
        seen = []

        def track(frame):
            seen.append(frame)
            return np.full((POINTS, 3), len(seen) / 64, np.float32)

        return track

    monkeypatch.setattr(pose, "tracker", tracker)


def test_every_stem_is_tracked_anew(counting):
    film = Film(np.zeros((40, 8, 8, 3), np.uint8))
    encoder = make_encoder("pose", "none", 0)
    first, again = (embed(encoder, film, "cpu") for _ in range(2))
    np.testing.assert_array_equal(first[:, 0], np.arange(1, 41) / 64)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first.astype(encoder.stored), first)


def test_players_of_one_film_are_tracked_apart_and_on_through_its_blocks(counting):
    eyes = [make_encoder("pose", "none", 0).fresh() for _ in range(2)]
    film = [(k % 2, np.zeros((8, 8, 3), np.uint8)) for k in range(100)]
    for block in (0, 1):
        for seen in embed_players(eyes, film, "cpu"):
            np.testing.assert_array_equal(seen.values[:, 0], (50 * block + np.arange(1, 51)) / 64)


def test_points_are_seen_from_the_shoulders_in_their_width():
    points = player()
    points[:, :, 13, :2] = torch.tensor([0.9, 0.4])  # an elbow, 0.4 right of the middle
    values, known, visibility = read(points)
    assert known[:, 1:-1].all() and (visibility == 1).all()
    torch.testing.assert_close(values[:, :, 13, :2], torch.tensor([2.0, 0.0]).expand(1, 20, 2))
    torch.testing.assert_close(values[:, :, SHOULDERS[0], 0], torch.full((1, 20), 0.5))


@given(st.floats(0.3, 1), st.floats(0, 0.2), st.floats(0, 0.2))
def test_neither_place_nor_size_in_the_picture_is_read(scale, right, down):
    points, moved = player(), player()
    moved[..., :2] = scale * points[..., :2] + torch.tensor([right, down])
    torch.testing.assert_close(read(moved)[0], read(points)[0], rtol=1e-3, atol=1e-3)


def test_fingers_are_seen_from_their_own_wrist():
    points, moved = player(), player()
    moved[:, :, BODY : BODY + HAND, :2] += 0.1  # the left hand as a whole
    apart = (read(moved)[0] - read(points)[0]).abs().amax((0, 1, 3)) > 1e-4
    assert apart.nonzero().flatten().tolist() == [BODY]


def test_an_even_motion_has_an_even_velocity():
    points = player()
    points[:, :, 16, 0] = 0.3 + 0.01 * torch.arange(20)
    values, known, _ = read(points)
    torch.testing.assert_close(values[0, 1:-1, 16, 2], torch.full((18,), 0.01 / 0.2))
    assert not known[:, [0, -1], :, 2:].any() and not values[:, [0, -1], :, 2:].any()


@pytest.mark.parametrize("length", [1, GAP, GAP + 1])
def test_a_gap_is_bridged_up_to_its_length_and_said_to_be_one(length):
    points = player()
    points[0, :, 16, 0] = 0.02 * torch.arange(20)
    whole = read(points)[0][0, :, 16]
    points[0, 6 : 6 + length, 16] = 0
    values, known, visibility = (part[0, :, 16] for part in read(points))
    assert (visibility == 0).nonzero().flatten().tolist() == list(range(6, 6 + length))
    if length <= GAP:
        assert known[:, 0].all()
        torch.testing.assert_close(values[:, [0, 2]], whole[:, [0, 2]])
    else:
        assert (~known[:, 0]).nonzero().flatten().tolist() == list(range(6, 6 + length))
        assert not values[6 : 6 + length].any()
        assert not known[[5, 6 + length], 2].any()  # no velocity from a point that is not known


def test_what_was_never_found_is_never_invented():
    points = player()
    points[:, :, BODY:] = 0
    values, known, _ = read(points)
    assert not values[:, :, BODY:].any() and not known[:, :, BODY:].any()
    points[:, :, SHOULDERS[0]] = 0  # nowhere to see from
    values, known, _ = read(points)
    assert not values.any() and not known.any()


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_bridges_lie_between_found_frames_and_leave_them_alone(found):
    there = torch.tensor(found).view(1, -1, 1)
    places = torch.rand(1, len(found), 1, 2, generator=torch.Generator().manual_seed(1))
    filled, known = bridged(places, there)
    assert torch.equal(filled[there], places[there]) and known[there].all()
    for k in (known & ~there)[0, :, 0].nonzero().flatten().tolist():
        before = max(j for j in range(k) if found[j])
        after = min(j for j in range(k, len(found)) if found[j])
        assert after - before - 1 <= GAP
        share = (k - before) / (after - before)
        expected = (1 - share) * places[0, before, 0] + share * places[0, after, 0]
        torch.testing.assert_close(filled[0, k, 0], expected)


def test_the_reader_reads_in_deviations_of_the_training_set():
    stems = [player(400, seed).flatten(2)[0].numpy() for seed in range(3)]
    reader = Reader()
    reader.fit(stems)
    values, known, _ = zip(
        *(read(torch.from_numpy(stem).unflatten(1, (POINTS, 3))[None]) for stem in stems), strict=True
    )
    values, known = torch.cat(values, 1), torch.cat(known, 1)
    units = (values - reader.mean) / reader.std
    moving = [k for k in range(BODY) if k not in SHOULDERS]
    means = torch.where(known, units, torch.nan).nanmean((0, 1))[moving]
    torch.testing.assert_close(means, torch.zeros_like(means), atol=1e-3, rtol=0)
    spread = torch.where(known, units.square(), torch.nan).nanmean((0, 1))[moving]
    torch.testing.assert_close(spread, torch.ones_like(spread), atol=1e-3, rtol=0)


def test_a_jump_of_the_tracker_counts_as_an_extreme_value():
    torch.manual_seed(0)
    reader = Reader().eval()
    wide, wider = player(), player()
    wide[0, 10, 16, 0], wider[0, 10, 16, 0] = 2 * EXTREME, 4 * EXTREME
    assert torch.equal(reader(wide.flatten(2)), reader(wider.flatten(2)))


def test_a_model_fits_and_trains_it():
    torch.manual_seed(0)
    model = build(replace(RECIPE, inputs=("video",), encoder="pose"))
    visual = player(8).flatten(2)
    assert isinstance(model.inputs[0], ReadVisual)
    model.inputs[0].fit([Seen("", 23, 0, visual=visual[0].numpy())])
    assert model.inputs[0].reader.mean.any()
    model({"visual": visual, "positions": torch.linspace(0, 7, 23).expand(1, 23)}).sum().backward()
    assert all(part.grad.abs().max() > 0 for part in model.inputs[0].parameters())
