"""The encoder that keeps hands and mouth from near."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from clips_io import Film
from models_io import RECIPE

from vimusic.features.embedding import embed, embed_players, make_encoder
from vimusic.features.encoders import hands, motion
from vimusic.features.encoders.hands import AROUND, CALM, EVERY, HELD, RECENT, SIDE, SQUARES, evened, toned
from vimusic.features.landmarks import POINTS
from vimusic.models.regressor import build

torch.set_num_threads(1)
SIZE = 224


def film_of(middles):
    """Black frames (N, SIZE, SIZE, 3) with a white dot where the left hand is, (N, 2) in 0..1."""
    frames = np.zeros((len(middles), SIZE, SIZE, 3), np.uint8)
    for frame, (x, y) in zip(frames, middles, strict=True):
        column, row = round(x * SIZE), round(y * SIZE)
        frame[row - 2 : row + 3, column - 2 : column + 3] = 255
    return frames


@pytest.fixture
def seen(monkeypatch):
    """Makes the landmarks be where the white dot is, for the left hand alone; counts the looks."""
    looks = []

    def track(frame):
        points = np.zeros((POINTS, 3), np.float32)
        rows, columns = np.nonzero(frame[..., 0])
        if len(rows):
            points[list(SQUARES["left hand"][0])] = (columns.mean() / SIZE, rows.mean() / SIZE, 1)
        looks.append(frame)
        return points

    monkeypatch.setattr(hands, "tracker", lambda hands: track)
    return looks


def squares(kept):
    """{name: (N, SIDE, SIDE)} of what is kept of N frames."""
    near = kept[:, motion.Encoder.width :].reshape(len(kept), len(SQUARES), SIDE, SIDE)
    return {name: near[:, k] for k, name in enumerate(SQUARES)}


def brightest(square):
    """(x, y) of what is white in a square, in its sides."""
    rows, columns = np.nonzero(square > 60)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5]) / SIDE


def test_the_square_lies_over_the_hand_and_the_whole_is_kept_beside(seen):
    film = film_of([(0.6, 0.4)] * 4)
    kept = embed(make_encoder("hands", "none", 0), Film(film), "cpu")
    assert kept.shape == (4, hands.Encoder.width)
    np.testing.assert_array_equal(
        kept[:, : motion.Encoder.width], embed(make_encoder("motion", "none", 0), Film(film), "cpu")
    )
    np.testing.assert_allclose(brightest(squares(kept)["left hand"][3]), 0.5, atol=0.03)
    np.testing.assert_array_equal(kept, kept.astype(np.uint8))  # is stored without loss


def test_what_is_not_found_is_looked_for_in_the_middle(seen):
    kept = embed(make_encoder("hands", "none", 0), Film(film_of([(0.5, 0.5)] * 2)), "cpu")
    np.testing.assert_allclose(brightest(squares(kept)["mouth"][0]), 0.5, atol=0.05)
    assert not np.isnan(
        embed(make_encoder("hands", "none", 0), Film(np.zeros_like(film_of([(0, 0)]))), "cpu")
    ).any()


def test_the_square_stays_until_the_hand_is_about_to_leave_it_and_then_follows(seen):
    part = SQUARES["left hand"][1]
    calm = 0.8 * CALM * part
    rests, leaves = [(0.5, 0.5)] * 30 + [(0.5 + calm, 0.5)] * 30, [(0.5 + 0.3, 0.5)] * 30
    shown = squares(embed(make_encoder("hands", "none", 0), Film(film_of(rests + leaves)), "cpu"))[
        "left hand"
    ]
    assert brightest(shown[10])[0] == pytest.approx(0.5, abs=0.03)
    assert brightest(shown[55])[0] == pytest.approx(0.5 + calm / part, abs=0.03)  # moved in the square
    late = 60 + EVERY * (RECENT // 2 + 2)
    assert brightest(shown[late])[0] == pytest.approx(0.5, abs=0.05)  # it followed


def test_one_wrong_look_moves_nothing(seen):
    film = film_of([(0.4, 0.6)] * 60)
    film[30 : 30 + EVERY] = film_of([(0.9, 0.1)] * EVERY)
    shown = squares(embed(make_encoder("hands", "none", 0), Film(film), "cpu"))["left hand"]
    for k in (20, 40, 59):
        np.testing.assert_allclose(brightest(shown[k]), 0.5, atol=0.03)


def test_landmarks_are_looked_for_now_and_then(seen):
    embed(make_encoder("hands", "none", 0), Film(film_of([(0.5, 0.5)] * 40)), "cpu")
    assert len(seen) == -(-40 // EVERY)


def test_frames_that_come_one_by_one_are_kept_alike(seen):
    rng = np.random.default_rng(0)
    film = film_of(rng.uniform(0.3, 0.7, (80, 2)))
    encoder = make_encoder("hands", "none", 0)
    eyes = [encoder.fresh(), encoder.fresh()]
    shown = embed_players(eyes, ((k % 2, frame) for k, frame in enumerate(film)), "cpu")
    for player, each in enumerate(shown):
        np.testing.assert_array_equal(each.values, embed(encoder, Film(film[player::2]), "cpu"))


def test_a_model_trains_it():
    torch.manual_seed(0)
    model = build(replace(RECIPE, inputs=("video",), encoder="hands"))
    clips = {
        "visual": torch.randint(0, 256, (2, 8, hands.Encoder.width), dtype=torch.uint8),
        "positions": torch.linspace(0, 7, 23).expand(2, 23),
    }
    model(clips).sum().backward()
    assert all(part.grad.abs().max() > 0 for part in model.inputs[0].parameters())


def squares_of(seed):
    return torch.rand(3, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("around", AROUND)
def test_brighter_skin_and_a_lighter_shirt_read_alike(around):
    grey = squares_of(0)
    even = evened(grey, around)
    torch.testing.assert_close(evened(0.5 * grey + 0.3, around), even, atol=0.02, rtol=0.05)
    assert 0.5 < even.std() < 1.5 and evened(torch.full((1, 1, SIDE, SIDE), 0.7), around).abs().max() < 1e-3


def test_a_plain_surface_stays_plain_under_the_cameras_noise():
    noise = 0.004 * torch.randn(4, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    assert evened(0.5 + noise, AROUND[-1]).std() < 0.25


def test_a_square_is_seen_through_one_curve_of_grey_levels():
    torch.manual_seed(0)
    ramp = torch.linspace(0, 1, SIDE * SIDE).view(1, 1, SIDE, SIDE).expand(3, 1, SIDE, SIDE)
    seen = toned(ramp)
    assert seen.shape == ramp.shape and seen.min() >= 0 and seen.max() <= 1
    assert (seen[0] - seen[1]).abs().max() > 0.05  # each through its own
    assert (seen.flatten(1).diff().abs() < 10 / SIDE**2).all()  # without a step


@pytest.mark.parametrize("count", [1, HELD - 1, HELD, 2 * HELD + 1])
def test_frames_share_a_look_at_the_hands(count):
    torch.manual_seed(0)
    reader = hands.Reader().eval()
    visual = torch.randint(0, 256, (2, count, hands.Encoder.width), dtype=torch.uint8)
    near = reader(visual)[..., motion.Reader.width :]
    assert near.shape == (2, count, hands.Reader.width - motion.Reader.width)
    for first in range(0, count, HELD):
        group = near[:, first : first + HELD]
        torch.testing.assert_close(group, group[:, :1].expand_as(group))
        middle = min(first + HELD // 2, count - 1)
        torch.testing.assert_close(
            group[:, 0], reader(visual[:, middle : middle + 1])[:, 0, motion.Reader.width :]
        )
