"""Windows of a whole stem put together again, and the second reading of the paper's lengths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.errors import UserError
from vimusic.models.stitching import STITCHES, concat, exact, paper, reread
from vimusic.settings import declared
from vimusic.timebase import TimeBase

CLOCK = TimeBase()
BANDS = 5


def mel_of(length, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-23, 5, (length, BANDS)).astype(np.float32)


def windows_of(mel, clock=CLOCK):
    """The windows of ``mel``, and what a perfect model predicts for each."""
    windows = clock.windows(len(mel))
    return windows, [mel[window.mel : window.mel + clock.window_mels] for window in windows]


@settings(deadline=None, max_examples=50)
@given(st.integers(CLOCK.window_mels, 4000), st.integers(0, 2**32 - 1))
def test_exact_stitch_of_true_windows_is_the_truth(length, seed):
    mel = mel_of(length, seed)
    stitched = exact(*windows_of(mel), length, CLOCK)
    assert stitched.shape == mel.shape
    assert stitched.dtype == np.float32
    np.testing.assert_allclose(stitched, mel, atol=1e-4)


def test_exact_stitch_fades_from_one_window_to_the_next():
    length = CLOCK.window_mels + 92
    windows = CLOCK.windows(length)
    levels = [np.full((CLOCK.window_mels, 1), float(k)) for k in range(len(windows))]
    stitched = exact(windows, levels, length, CLOCK)[:, 0]
    assert len(windows) == 2
    assert np.all(np.diff(stitched) >= 0)
    assert np.max(np.diff(stitched)) < 0.05  # no step where a window begins or ends
    assert (stitched[0], stitched[-1]) == (0, 1)


@settings(deadline=None, max_examples=25)
@given(st.integers(CLOCK.window_mels, 20_000))
def test_papers_stitch_steps_by_92_and_drops_the_tail(length):
    windows, predicted = windows_of(np.zeros((length, 1), np.float32))
    regular = sum(window.frame == k * 32 for k, window in enumerate(windows))
    assert len(paper(windows, predicted, length, CLOCK)) == (regular - 1) * 92 + 184


def test_papers_stitch_of_62_s_is_the_truth_where_steps_are_exact():
    mel = mel_of(CLOCK.mel_frames(62 * CLOCK.sample_rate))
    stitched = paper(*windows_of(mel), len(mel), CLOCK)
    assert stitched.shape == (5336, BANDS)
    # The first window's first half is its own; later ones slip by 0.125 of a mel frame each.
    np.testing.assert_allclose(stitched[:92], mel[:92], atol=1e-4)


@pytest.mark.parametrize("stitch", [exact, paper])
def test_windows_that_leave_gaps_are_refused(stitch):
    clock = TimeBase(step=65)
    windows, predicted = windows_of(mel_of(1000), clock)
    with pytest.raises(UserError, match=r"clips\.step: windows leave gaps, the first at mel frame 184;"):
        stitch(windows, predicted, 1000, clock)


@pytest.mark.parametrize("stitch", [exact, paper])
def test_windows_that_just_meet_leave_no_gap(stitch):
    clock = TimeBase(step=64)
    stitched = stitch(*windows_of(mel_of(5000), clock), 5000, clock)
    assert np.isfinite(stitched).all()


def test_concat_at_hop_512_has_the_papers_length_too():
    clock = TimeBase(hop_length=512)
    mel = mel_of(clock.mel_frames(62 * clock.sample_rate))
    windows, predicted = windows_of(mel, clock)
    joined = concat(windows, predicted, len(mel), clock)
    assert joined.shape == (5336, BANDS)
    np.testing.assert_array_equal(joined[92:184], predicted[1])


def test_config_can_name_every_stitch():
    assert set(declared("inference.stitch").annotation.__args__) == set(STITCHES)
    assert {"exact": exact, "paper": paper, "concat": concat} == STITCHES


def test_second_reading_of_62_seconds_is_58_windows_of_92_frames_the_papers_5336():
    length = CLOCK.mel_frames(62 * CLOCK.sample_rate)
    frames = np.arange(length, dtype=np.float32)[:, None]
    joined = reread(frames, CLOCK)
    assert joined.shape == (5336, 1)
    # A window runs at twice the hop; the next one starts 32 video frames later, inside it.
    assert list(joined[:3, 0]) == [0, 2, 4]
    assert joined[92, 0] == 2 * round(32 / 30 * 22050 / 512)
    # The last window ends with the stem.
    assert joined[-1, 0] == 2 * ((length - 1) // 2)
