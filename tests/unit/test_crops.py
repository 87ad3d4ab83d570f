"""Each way to crop gives a rectangle for every player, or says why not."""

from types import SimpleNamespace

import numpy as np
import pytest
from clips_io import write_video

from vimusic.errors import UserError
from vimusic.features.crops import CROPS
from vimusic.features.video import Crop

WIDTH, HEIGHT = 320, 180  # a sixth of URMP's picture
LEFT, RIGHT = Crop(0, 0, 165, HEIGHT), Crop(155, 0, 165, HEIGHT)  # halves, and 30 of 1080 lines beside


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Something moves in the right half."""
    pictures = np.full((30, HEIGHT, WIDTH), 90, np.uint8)
    pictures[::2, 80:100, 230:250] = 250
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", pictures)


def player(slot, square=("", "", "")):
    return SimpleNamespace(
        slot=slot, players=2, **dict(zip(("crop_x", "crop_y", "crop_side"), square, strict=True))
    )


def test_equal_slices_overlap_by_their_margins(film):
    assert CROPS["equal"](film, [player(1), player(2, ("600", "60", "300"))]) == [LEFT, RIGHT]


def test_a_published_square_is_scaled_and_a_player_without_one_has_a_slice(film):
    players = [player(1), player(2, ("1200", "300", "600"))]
    assert CROPS["published"](film, players) == [LEFT, Crop(200, 50, 100, 100)]


def test_a_published_square_beyond_the_picture_is_told(film):
    with pytest.raises(UserError, match=r"film\.mp4: 320x180 does not hold .*; use crops: equal"):
        CROPS["published"](film, [player(2, ("1500", "300", "600"))])


def test_motion_is_found_in_its_slice_and_stillness_is_the_slice(film):
    still, moving = CROPS["auto"](film, [player(1), player(2)])
    assert still == LEFT
    assert moving.width == moving.height < 60
    assert moving.x <= 230 and moving.x + moving.width >= 250
    assert moving.y <= 80 and moving.y + moving.height >= 100
