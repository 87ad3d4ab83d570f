"""The encoder that keeps hands and mouth from near."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from clips_io import Film
from models_io import RECIPE

from vimusic.features.embedding import embed, embed_players, make_encoder
from vimusic.features.encoders import hands, motion
from vimusic.features.encoders.hands import CALM, EVERY, RECENT, SIDE, SQUARES
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

    monkeypatch.setattr(hands, "tracker", lambda: track)
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
