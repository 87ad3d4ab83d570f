"""Frames by time stamp, crops, and damaged files."""

import numpy as np
import pytest
from clips_io import BITS, CELL, NTSC, number, numbered, write_video

from vimusic.errors import UserError
from vimusic.features.validation import STILL
from vimusic.features.video import (
    BURSTS,
    URMP_FPS,
    WATCH,
    Crop,
    _bursts,
    auto_crop,
    crop_players,
    equal_crop,
    motion,
    open_video,
    picture_rows,
)

COUNT = 1200  # 40 s: a reader that assumes 30 fps is 1.2 frames off at the end
WHOLE = Crop(0, 0, BITS * CELL, 2 * CELL)
SIZE = 4 * BITS
ROUNDED = 0.51e-3 * URMP_FPS  # frames: half of the millisecond to which some containers round


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", numbered(COUNT))


def shown(path, leads, fps=30):
    """The indices that each player's frames show."""
    indices = [[] for _ in leads]
    for player, frame in crop_players(path, [WHOLE] * len(leads), leads, SIZE, fps):
        assert frame.shape == (SIZE, SIZE, 3)
        assert frame.dtype == np.uint8
        indices[player].append(number(frame))
    return indices


def moving_block(centre, frames=60, shape=(180, 320), swing=12, side=20):
    """A bright block that circles around ``centre`` (x, y) on a dim ground."""
    pictures = np.full((frames, *shape), 60, np.uint8)
    for k, picture in enumerate(pictures):
        x = round(centre[0] + swing * np.cos(k / 3)) - side // 2
        y = round(centre[1] + swing * np.sin(k / 3)) - side // 2
        picture[y : y + side, x : x + side] = 230
    return pictures


def test_frames_are_chosen_by_time_stamp_with_each_players_lead(film):
    leads = [0, 5]
    for lead, indices in zip(leads, shown(film, leads), strict=True):
        # Frame k is due at k / 30 s and the lead; the film's frames stand at i / 29.97 s.
        due = np.arange(len(indices)) / 30 * URMP_FPS + lead
        assert np.all((np.array(indices) <= due + ROUNDED) & (np.array(indices) > due - 1))
        assert indices[0] == lead
        assert indices[-1] == COUNT - 1


def test_stem_gets_a_frame_for_every_30th_of_its_film(film):
    [indices] = shown(film, [0])
    assert len(indices) == pytest.approx(COUNT / URMP_FPS * 30, abs=1)
    # 1,200 frames at 29.97 fps last 1,201.2 thirtieths: one picture is shown twice.
    assert sorted(set(indices)) == list(range(COUNT))


def test_fewer_frames_a_second_skip_evenly(tmp_path):
    path = write_video(tmp_path / "film.mp4", numbered(60), rate="30")
    [indices] = shown(path, [0], fps=10)
    assert indices == list(range(0, 60, 3))


def test_film_at_25_fps_repeats_frames_instead_of_speeding_up(tmp_path):
    path = write_video(tmp_path / "film.mp4", numbered(50), rate="25")
    [indices] = shown(path, [0])
    assert indices == [k * 25 // 30 for k in range(60)]


def test_crop_is_scaled_to_fit_and_padded_to_the_square(film):
    _, frame = next(iter(crop_players(film, [WHOLE], [0], SIZE, 30)))
    bar = SIZE // 2 - SIZE * WHOLE.height // WHOLE.width // 2
    assert not frame[: bar - 1].any()
    assert not frame[-bar + 1 :].any()


def test_letterbox_rows_are_found(tmp_path):
    pictures = np.zeros((60, 90, 160), np.uint8)
    pictures[:, 14:74] = 120
    assert picture_rows(write_video(tmp_path / "film.mp4", pictures)) == (14, 74)


def test_picture_without_letterbox_is_taken_whole(tmp_path):
    bright = np.full((30, 90, 160), 120, np.uint8)
    assert picture_rows(write_video(tmp_path / "bright.mp4", bright)) == (0, 90)
    assert picture_rows(write_video(tmp_path / "black.mp4", 0 * bright)) == (0, 90)


def test_equal_slices_cover_the_picture_and_stay_inside():
    slices = [equal_crop(1920, 1080, (163, 888), slot, 4) for slot in (1, 2, 3, 4)]
    assert slices[0] == Crop(0, 163, 510, 725)
    assert slices[1] == Crop(450, 163, 540, 725)
    assert slices[-1].x + slices[-1].width == 1920


def test_auto_crop_finds_what_moves_and_stays_in_the_slot(tmp_path):
    centre, swing, side = (240, 90), 12, 20
    path = write_video(tmp_path / "film.mp4", moving_block(centre, swing=swing, side=side))
    slots = [equal_crop(320, 180, (0, 180), slot, 2) for slot in (1, 2)]
    crops = auto_crop(path, slots)
    for crop, slot in zip(crops, slots, strict=True):
        assert slot.x <= crop.x and crop.x + crop.width <= slot.x + slot.width
        assert slot.y <= crop.y and crop.y + crop.height <= slot.y + slot.height
    found, reach = crops[1], swing + side / 2
    assert found.width == found.height < 100
    assert found.x <= centre[0] - reach and centre[0] + reach <= found.x + found.width
    assert found.y <= centre[1] - reach and centre[1] + reach <= found.y + found.height


def test_auto_crop_of_a_player_at_the_edge_stays_in_the_picture(tmp_path):
    path = write_video(tmp_path / "film.mp4", moving_block((300, 155)))
    slot = equal_crop(320, 180, (10, 178), 2, 2)
    [crop] = auto_crop(path, [slot])
    assert crop.width == crop.height
    assert slot.x <= crop.x and crop.x + crop.width <= slot.x + slot.width
    assert slot.y <= crop.y and crop.y + crop.height <= slot.y + slot.height


def test_auto_crop_without_motion_is_the_slot(tmp_path):
    path = write_video(tmp_path / "film.mp4", np.full((40, 90, 160), 120, np.uint8))
    slot = Crop(0, 0, 80, 90)
    assert auto_crop(path, [slot]) == [slot]


def test_auto_crop_sees_a_player_who_waits(tmp_path):
    waiting = np.full((1350, 180, 320), 60, np.uint8)
    path = write_video(tmp_path / "film.mp4", np.concatenate([waiting, moving_block((80, 60), frames=450)]))
    slots = [equal_crop(320, 180, (0, 180), slot, 2) for slot in (1, 2)]
    first, second = auto_crop(path, slots)
    assert abs(first.x + first.width / 2 - 80) < 15 and abs(first.y + first.height / 2 - 60) < 15
    assert second == slots[1]
    moving, still = motion(path, slots)
    assert moving > STILL > still


def test_auto_crop_sees_colour_that_moves(tmp_path):
    block = moving_block((240, 90)) == 230
    # Red and green of nearly one luma.
    pictures = np.where(block[..., None], np.uint8([150, 0, 0]), np.uint8([0, 76, 0]))
    slot = Crop(160, 0, 160, 180)
    [crop] = auto_crop(write_video(tmp_path / "film.mp4", pictures), [slot])
    assert crop.width < 100
    assert abs(crop.x + crop.width / 2 - 240) < 10 and abs(crop.y + crop.height / 2 - 90) < 10


def test_faint_noise_is_no_player(tmp_path):
    noise = np.random.default_rng(0).normal(120, 5, (60, 90, 160)).clip(0, 255).astype(np.uint8)
    slot = Crop(0, 0, 80, 90)
    assert auto_crop(write_video(tmp_path / "film.mp4", noise), [slot]) == [slot]


def test_a_long_film_is_looked_at_all_over_but_no_longer_than_a_short_one(tmp_path):
    path = write_video(tmp_path / "film.mp4", numbered(4 * COUNT))
    with open_video(path) as (container, stream):
        times = [frame.time for frame in _bursts(container, stream)]
    assert len(times) == pytest.approx(10 * WATCH, abs=BURSTS)
    assert np.diff(times).min() > 0 and np.diff(times).max() < 4 * COUNT / URMP_FPS / BURSTS + 10
    assert times[0] == 0 and times[-1] > 4 * COUNT / URMP_FPS - 30


@pytest.mark.parametrize("faststart", [False, True], ids=["index lost", "index kept"])
def test_film_cut_in_half_is_told_in_one_line(tmp_path, faststart):
    path = write_video(tmp_path / "film.mp4", numbered(300), NTSC, faststart)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match="truncated") as caught:
        list(crop_players(path, [WHOLE], [0], SIZE, 30))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_film_and_film_without_picture_are_told(tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("no film at all")
    for path, told in ((tmp_path / "none.mp4", "video not found"), (text, "cannot be decoded")):
        with pytest.raises(UserError, match=told) as caught, open_video(path):
            pass
        assert str(path) in str(caught.value)
