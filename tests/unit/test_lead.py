"""The estimate of how far the picture runs ahead."""

import numpy as np
import pytest

from vimusic.features import lead
from vimusic.timebase import TimeBase

CLOCK = TimeBase()


def planted(shift, seed=0, frames=600):
    """(frames, log-mel): flashes and sounds at the same moments, the flashes ``shift`` frames early."""
    rng = np.random.default_rng(seed)
    moments = np.flatnonzero(rng.random(frames) < 0.06)
    moments = moments[(moments > 20) & (moments < frames - 20)]
    pictures = np.zeros((frames, 4, 4, 3), np.uint8)
    for moment in moments:
        pictures[moment - shift :] = 255 - pictures[moment - shift :]
    mel = np.full((CLOCK.mel_frames(frames * 735), 8), -20.0)
    for moment in moments:
        first = round((moment - 0.5) / CLOCK.fps * CLOCK.sample_rate / CLOCK.hop_length)
        mel[first : first + 4] += np.array([8, 6, 4, 2])[:, None]
    return pictures, mel


@pytest.mark.parametrize("shift", [-7, -1, 0, 3, 5, 12])
def test_finds_a_planted_lead(shift):
    pictures, mel = planted(shift)
    moving = lead.motion(pictures)
    found, strength = lead.estimate([lead.correlation(moving, lead.onset_strength(mel, len(moving), CLOCK))])
    assert found == pytest.approx(shift, abs=0.6)
    assert strength > 0.5


def test_players_of_a_piece_are_pooled():
    curves = np.zeros((2, 2 * lead.REACH + 1))
    curves[0, lead.REACH + 4], curves[0, lead.REACH - 6] = 0.5, 0.6
    curves[1, lead.REACH + 4] = 0.5
    assert lead.estimate(curves[:1])[0] == pytest.approx(-6)
    assert lead.estimate(curves)[0] == pytest.approx(4)


def test_a_still_picture_correlates_with_nothing():
    still = lead.motion(np.zeros((50, 4, 4, 3), np.uint8))
    assert np.abs(lead.correlation(still, np.random.default_rng(0).random(49))).max() == 0
