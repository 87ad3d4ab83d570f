"""What pretrained landmarks find of mini-URMP's drawn players, and what they tell of the sound."""

import numpy as np
import pytest

from vimusic.data.miniurmp import player
from vimusic.data.miniurmp.motion import gestures, moment
from vimusic.data.miniurmp.music import RANGES, compose, perform
from vimusic.data.miniurmp.pen import Pen
from vimusic.data.miniurmp.seeds import generator
from vimusic.features.landmarks import tracker

SIDE = 224  # pixels
SHOULDERS, LEFT, RIGHT = [11, 12], 15, 16
FRAMES, PLAYERS = 8, 2  # frames of a player, players of an instrument
BACK = (150, 150, 150)


def watched(instrument, seed, frames=FRAMES, every=5, start=6.0):
    """Gestures of a player, and the landmarks found in each frame: (frames, POINTS, 3)."""
    performance = perform(compose("Aria", 1, instrument, 24, seed), instrument, 24, "01", 1, seed)
    times = start + np.arange(frames) * every / 30
    moves = gestures(performance, instrument, times, generator(2, instrument, seed))
    look, track = player.draw_look(generator(instrument, seed)), tracker()
    found = []
    for frame in range(frames):
        view = np.full((SIDE, SIDE, 3), BACK, np.uint8)
        pen = Pen(view, (SIDE / 2, -0.02 * SIDE), 0.97 * SIDE)
        player.draw_player(pen, instrument, moment(moves, frame), look)
        found.append(track(view))
    return moves, np.stack(found)


@pytest.mark.parametrize("instrument", RANGES)
def test_the_body_is_found_in_nine_frames_of_ten(instrument):
    found = np.concatenate([watched(instrument, seed)[1] for seed in range(PLAYERS)])
    assert (found[:, SHOULDERS, 2] > 0).all(1).mean() >= 0.9
    assert (found[:, [LEFT, RIGHT], 2] > 0).mean() >= 0.75  # a wrist is hidden now and then


def agreement(track, found, wrist):
    """Share of the variance of ``track`` (n,) that the place of a wrist tells, least squares."""
    seen = found[:, wrist, 2] > 0
    given = np.c_[found[seen, wrist, :2], np.ones(seen.sum())]
    told = given @ np.linalg.lstsq(given, track[seen], rcond=None)[0]
    return 1 - np.var(track[seen] - told) / np.var(track[seen])


@pytest.mark.parametrize("instrument", ["vn", "vc", "db"])
def test_the_right_wrist_draws_the_bow(instrument):
    moves, found = watched(instrument, 1, frames=40, every=1)
    assert agreement(moves["bow"], found, RIGHT) > 0.7


@pytest.mark.parametrize("instrument", ["vc", "db"])
def test_the_left_wrist_goes_where_the_hand_is_on_the_string(instrument):
    moves, found = watched(instrument, 1, frames=30, every=12, start=4.0)
    played = moves["active"] > 0.9
    assert agreement(moves["place"][played], found[played], LEFT) > 0.5


def test_the_right_wrist_carries_the_slide():
    moves, found = watched("tbn", 1, frames=30, every=12, start=4.0)
    played = moves["active"] > 0.9
    assert agreement(moves["slide"][played], found[played], RIGHT) > 0.5


@pytest.mark.parametrize("instrument", ["cl", "tpt"])
def test_hands_rise_with_loudness(instrument):
    moves, found = watched(instrument, 1, frames=30, every=12, start=4.0)
    played = moves["active"] > 0.9
    assert agreement(moves["level"][played], found[played], RIGHT) > 0.5
