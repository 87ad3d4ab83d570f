"""Clocks: the paper's three numbers, and windows over stems of any length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.models import stitching
from vimusic.options import Named
from vimusic.timebase import TimeBase

CLOCK = TimeBase()
HOUR = CLOCK.mel_frames(60 * 60 * CLOCK.sample_rate)
lengths = st.integers(CLOCK.window_mels, HOUR)
properties = settings(deadline=None, max_examples=50)


def regular(windows):
    """The windows that follow the step, without one aligned to the end."""
    return [window for k, window in enumerate(windows) if window.frame == k * CLOCK.step]


def test_clip_of_62_s_gives_the_papers_three_numbers():
    mel_frames = CLOCK.mel_frames(62 * CLOCK.sample_rate)
    windows = CLOCK.windows(mel_frames)
    predicted = [np.zeros((CLOCK.window_mels, 80), np.float32)] * len(windows)
    stitched = stitching.paper(windows, predicted, mel_frames, CLOCK)
    assert len(regular(windows)) == 57
    assert stitched.shape == (5336, 80)
    assert CLOCK.samples(len(stitched)) == 1_365_760


@pytest.mark.parametrize(
    ("steps", "step"),
    [({"clips": {"step": 16}}, 16), ({"training": {"step": 48}}, 48), ({"training": {"epochs": 3}}, None)],
)
def test_clock_of_a_program_is_what_its_settings_say(steps, step):
    sections = {"audio": Named(sample_rate=16000, hop_length=200, n_fft=512), "video": Named(fps=25)}
    sections |= {"clips": Named({"window": 50} | steps.pop("clips", {}))} | steps
    if step is None:
        with pytest.raises(KeyError):
            TimeBase.of(Named(sections))
    else:
        assert TimeBase.of(Named(sections)) == TimeBase(16000, 200, 25, 50, step)


@pytest.mark.parametrize(("hop_length", "mels"), [(256, 184), (512, 92)])
def test_window_of_64_video_frames_in_mel_frames(hop_length, mels):
    assert TimeBase(hop_length=hop_length).window_mels == mels


def test_clip_of_62_s_has_1860_video_frames():
    # The stem's last mel frame may fall before its last video frame, never after it.
    assert CLOCK.video_frames(CLOCK.mel_frames(62 * CLOCK.sample_rate)) in (1860, 1861)


def test_stem_shorter_than_a_window_is_refused():
    with pytest.raises(ValueError, match="183 mel frames"):
        CLOCK.windows(CLOCK.window_mels - 1)


def test_stem_of_exactly_one_window_has_one_window():
    assert [(w.frame, w.mel) for w in CLOCK.windows(CLOCK.window_mels)] == [(0, 0)]


@properties
@given(lengths)
def test_windows_cover_every_mel_frame_and_end_at_the_end(mel_frames):
    starts = np.array([window.mel for window in CLOCK.windows(mel_frames)])
    assert starts[0] == 0
    assert np.all(np.diff(starts) > 0)
    assert np.all(np.diff(starts) <= CLOCK.window_mels)
    assert starts[-1] + CLOCK.window_mels == mel_frames


@properties
@given(lengths)
def test_positions_stay_within_the_windows_frames(mel_frames):
    for window in (CLOCK.windows(mel_frames)[0], CLOCK.windows(mel_frames)[-1]):
        positions = CLOCK.positions(window)
        assert positions.shape == (CLOCK.window_mels,)
        assert np.all(np.diff(positions) >= 0)
        assert positions[0] >= 0
        assert positions[-1] <= CLOCK.window - 1


@properties
@given(lengths)
def test_mel_time_and_video_position_agree(mel_frames):
    half_mel = 0.5 * CLOCK.hop_length / CLOCK.sample_rate
    windows = CLOCK.windows(mel_frames)
    for window in (windows[0], windows[len(windows) // 2], windows[-1]):
        positions = CLOCK.positions(window)
        shown = (window.frame + positions) / CLOCK.fps
        heard = (window.mel + np.arange(CLOCK.window_mels)) * CLOCK.hop_length / CLOCK.sample_rate
        free = (positions > 0) & (positions < CLOCK.window - 1)
        assert np.all(np.abs(shown - heard)[free] <= half_mel)
        # A clamped end holds a frame, for less than two frames' time.
        assert np.all(np.abs(shown - heard) < 2 / CLOCK.fps)


def test_an_hour_does_not_drift():
    windows = regular(CLOCK.windows(HOUR))
    seen = np.array([window.frame for window in windows]) / CLOCK.fps
    heard = np.array([window.mel for window in windows]) * CLOCK.hop_length / CLOCK.sample_rate
    assert seen[-1] > 3590
    # Half a mel frame is the rounding of one window's start: 5.8 ms, at the end as at the start.
    assert np.max(np.abs(seen - heard)) <= 0.5 * CLOCK.hop_length / CLOCK.sample_rate + 1e-9


@properties
@given(st.integers(0, 10**8))
def test_mel_frames_and_samples_are_inverse_up_to_one_hop(samples):
    shortest = CLOCK.samples(CLOCK.mel_frames(samples))
    assert 0 <= samples - shortest < CLOCK.hop_length
    assert CLOCK.mel_frames(shortest) == CLOCK.mel_frames(samples)


@properties
@given(lengths)
def test_last_video_frame_is_the_last_one_before_the_end(mel_frames):
    end = CLOCK.mel_times(mel_frames)[-1]
    count = CLOCK.video_frames(mel_frames)
    assert (count - 1) / CLOCK.fps <= end + 1e-9
    assert count / CLOCK.fps > end - 1e-9


@properties
@given(lengths, st.integers(0, CLOCK.step - 1))
def test_windows_from_an_offset_start_there_and_reach_the_end(mel_frames, offset):
    windows = CLOCK.windows(mel_frames, offset)
    starts = np.array([window.mel for window in windows])
    assert starts[0] <= round(offset * CLOCK.mels_per_frame)
    assert np.all(np.diff(starts) > 0)
    assert starts[-1] + CLOCK.window_mels == mel_frames
    if len(windows) > 1:
        assert windows[0].frame == offset
