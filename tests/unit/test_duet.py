"""The real duet's bow: docs/results/duet.csv is what the excerpt gives, and the test of it can tell."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
EXCERPT = ROOT.parent / "shared/urmp-real/excerpt"
SPEC = importlib.util.spec_from_file_location("duet", ROOT / "docs/duet.py")
duet = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(duet)


@pytest.mark.skipif(not EXCERPT.is_dir(), reason=f"{EXCERPT}: no real URMP film here")
def test_the_documented_numbers_are_those_of_the_excerpt():
    points, onsets, seconds = duet.watch(EXCERPT)
    assert seconds == pytest.approx(5) and len(points) == 125
    found = duet.measured(points, onsets, seconds)
    documented = pd.read_csv(ROOT / "docs/results/duet.csv")
    # Another processor may round the networks' sums otherwise.
    pd.testing.assert_frame_equal(found, documented, rtol=0, atol=0.005)


def bow(onsets, seconds):
    """A wrist that turns back at each onset, (V, 75, 3), along a slope."""
    times = np.arange(round(seconds * duet.FPS)) / duet.FPS
    phase = np.interp(times, [-1, *onsets, seconds + 1], np.arange(len(onsets) + 2))
    points = np.zeros((len(times), 75, 3))
    points[..., 2] = 1
    points[:, duet.WRISTS[1], :2] = np.outer(np.cos(np.pi * phase), [30, -40])
    return points


ONSETS = np.array([0.4, 1.2, 1.9, 2.9, 3.7, 4.4, 5.5, 6.3])


def test_a_bow_that_turns_at_each_onset_is_told_from_chance():
    found = duet.measured(bow(ONSETS, 7), ONSETS, 7).set_index("way")
    reversal = found.loc["a reversal"]
    # Shifts of less than 100 ms either way change little, so p cannot be much below 0.2 s of 7 s.
    assert reversal.near == 1 and reversal.p < 0.03 and reversal.chance < 0.5
    assert abs(reversal.lead) < 0.02


def test_a_picture_that_is_late_or_early_is_seen_to_be_so():
    found = duet.measured(bow(ONSETS - 0.2, 7), ONSETS, 7)
    assert found.lead[0] == pytest.approx(0.2, abs=0.02) and found.near[0] < 0.5


def test_the_direction_is_that_of_most_motion():
    _, direction = duet.along(bow(ONSETS, 7))
    np.testing.assert_allclose(direction, [0.6, -0.8], atol=1e-6)


def test_events_that_know_nothing_of_the_onsets_reach_what_chance_gives():
    rng = np.random.default_rng(0)
    ps = [duet.tested(np.sort(rng.uniform(0, 30, 20)), rng.uniform(0, 30, 15), 30)[2] for _ in range(20)]
    assert np.mean(np.array(ps) < 0.05) <= 0.2


def test_nothing_that_happens_is_near_nothing():
    assert duet.near(np.empty(0), ONSETS) == 0
