"""Which seconds listeners hear, and how loud, on signals whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import tone

from vimusic.data.urmp import Notes
from vimusic.report.listening import excerpts

RATE = 22050


def notes(*played):
    """Notes from (onset s, duration s)."""
    onset, duration = np.array(played, dtype=float).T
    return Notes(onset, np.full(len(onset), 440.0), duration)


def decibels(signal):
    """Level of the middle of ``signal``, where a filter has settled."""
    middle = signal[len(signal) // 4 : -len(signal) // 4]
    return 20 * np.log10(np.sqrt(np.mean(middle**2)))


def test_excerpt_holds_the_most_played_time():
    # 2 s sound from 1 s on, 3 s from 10 s on: only a start at 10 s holds all of the longer note.
    assert excerpts.most_played(notes((1, 2), (10, 3)), 20, 3) == 10


def test_the_earliest_of_equal_excerpts_wins_and_double_stops_count_once():
    assert excerpts.most_played(notes((4, 2), (4, 2), (8, 2)), 20, 2) == 4
    assert excerpts.most_played(notes((4, 1), (4, 1), (8, 2)), 20, 2) == 8


def test_a_short_stem_is_heard_from_its_start():
    assert excerpts.most_played(notes((1, 1)), 3, 8) == 0


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.floats(0, 28), st.floats(0.1, 4)), min_size=1, max_size=8),
    st.floats(0.5, 29),
)
def test_an_excerpt_lies_inside_its_stem(played, seconds):
    start = excerpts.most_played(notes(*played), 30, seconds)
    assert 0 <= start <= 30 - seconds + 1 / excerpts.GRID


def test_cut_takes_the_asked_seconds_and_fades():
    signal = np.ones(10 * RATE, np.float32)
    clip = excerpts.cut(signal, 2.5, 4, RATE)
    assert len(clip) == 4 * RATE
    assert clip[0] == clip[-1] == 0
    assert clip[len(clip) // 2] == 1
    assert signal.min() == 1  # the stem itself is left as it was


def test_a_full_scale_sine_is_minus_3_lufs():
    # BS.1770's own calibration: 0 dBFS at 997 Hz reads -3.01 LKFS.
    times = np.arange(5 * 48000) / 48000
    assert excerpts.loudness(np.sin(2 * np.pi * 997 * times), 48000) == pytest.approx(-3.01, abs=0.05)


def test_clips_get_one_loudness_whatever_theirs_was():
    clips = [gain * tone(hertz, 2, RATE) for gain, hertz in ((0.01, 220), (0.1, 440), (0.3, 1500))]
    matched, level = excerpts.match_levels(clips, RATE)
    assert level == excerpts.TARGET
    for clip in matched:
        assert excerpts.loudness(clip, RATE) == pytest.approx(excerpts.TARGET, abs=0.1)


def test_a_clip_with_a_high_peak_turns_all_down_alike():
    click = np.zeros(2 * RATE, np.float32)
    click[:: RATE // 5] = 1
    matched, level = excerpts.match_levels([click, tone(440, 2, RATE)], RATE)
    assert level < excerpts.TARGET
    assert np.max(np.abs(matched[0])) == pytest.approx(excerpts.PEAK, abs=1e-4)
    assert excerpts.loudness(matched[1], RATE) == pytest.approx(level, abs=0.1)


def test_silence_stays_silent():
    matched, level = excerpts.match_levels([np.zeros(RATE, np.float32), tone(440, 1, RATE)], RATE)
    assert not np.any(matched[0])
    assert level == excerpts.TARGET


@pytest.mark.parametrize(
    ("hertz", "low", "high"),
    [(1000, -0.1, 0.1), (3500, -0.1, 0.1), (4000, -np.inf, -25), (4500, -np.inf, -50)],
)
def test_low_anchor_meets_the_recommendation(hertz, low, high):
    # ITU-R BS.1534-3: ripple within 0.1 dB to 3.5 kHz, 25 dB down at 4 kHz, 50 dB at 4.5 kHz.
    sine = tone(hertz, 1, RATE, partials=1)
    assert low <= decibels(excerpts.low_anchor(sine, RATE)) - decibels(sine) <= high


def test_low_anchor_is_in_time_with_its_reference():
    click = np.zeros(RATE, np.float32)
    click[1000] = 1
    anchor = excerpts.low_anchor(click, RATE)
    assert len(anchor) == len(click)
    assert np.argmax(anchor) == 1000


def test_noise_has_as_much_power_in_each_octave():
    power = np.abs(np.fft.rfft(excerpts.level_noise(10, RATE, seed=3))) ** 2
    hertz = np.fft.rfftfreq(10 * RATE, 1 / RATE)
    octaves = [power[(hertz >= low) & (hertz < 2 * low)].sum() for low in (100, 400, 1600)]
    assert octaves == pytest.approx([np.mean(octaves)] * 3, rel=0.15)


STEMS = pd.DataFrame(
    {"family": ["strings"] * 4 + ["brass"] * 2 + ["woodwind"]}, index=[f"stem{k}" for k in range(7)]
)


def test_stems_are_one_of_each_family_in_turn():
    chosen = excerpts.choose_stems(STEMS, 6, seed=0)
    assert list(STEMS.family[chosen]) == ["brass", "strings", "woodwind", "brass", "strings", "strings"]
    assert len(set(chosen)) == 6


def test_stems_follow_from_the_seed():
    draws = {tuple(excerpts.choose_stems(STEMS, 3, seed)) for seed in range(10)}
    assert len(draws) > 1
    assert excerpts.choose_stems(STEMS, 3, 5) == excerpts.choose_stems(STEMS, 3, 5)
    assert len(excerpts.choose_stems(STEMS, 99, 0)) == len(STEMS)
