"""Fingering charts of mini-URMP's players, and how much of the pitch they show."""

import numpy as np
import pytest

from vimusic.data.fingering import (
    CHARTS,
    KEYS,
    LIPS_SPREAD,
    OVERBLOWN,
    RANGES,
    SHOWN,
    SIGNS,
    SOUNDS,
    ceiling,
    chart,
    hold,
)
from vimusic.data.urmp import INSTRUMENTS


def pressed(instrument, pitch):
    """Letters of the keys that are down."""
    return {key for key, down in zip(KEYS, hold(instrument, pitch).keys, strict=True) if down}


@pytest.mark.parametrize("instrument", RANGES)
def test_every_note_of_the_range_has_a_hold_and_no_other(instrument):
    low, high = RANGES[instrument]
    for pitch in range(low, high + 1):
        assert 0 <= hold(instrument, pitch).lips <= 1
    for outside in (low - 1, high + 1):
        with pytest.raises(ValueError, match=f"{instrument} does not play {outside}"):
            hold(instrument, outside)


@pytest.mark.parametrize("instrument", CHARTS)
def test_a_chart_holds_known_keys_for_as_many_notes_as_the_range(instrument):
    first, chart = CHARTS[instrument]
    low, high = RANGES[instrument]
    assert first + SOUNDS.get(instrument, 0) == low
    assert len(chart.split()) == high - low + 1
    assert set(chart) <= set(KEYS) | set(" -h")


@pytest.mark.parametrize("instrument", CHARTS)
def test_the_twelve_notes_of_an_octave_are_fingered_differently(instrument):
    low, high = RANGES[instrument]
    for start in range(low, high - 10):
        octave = [hold(instrument, pitch) for pitch in range(start, start + 12)]
        assert len({each._replace(lips=0) for each in octave}) == 12, start


@pytest.mark.parametrize(
    ("instrument", "pitch", "keys"),
    [
        ("fl", 74, "T23456"),  # D5: the first finger of the left hand is up
        ("fl", 67, "T123e"),  # G4
        ("cl", 60, "T12"),  # sounding C4 is written D4
        ("sax", 60, "12"),  # sounding C4 is written A4
        ("ob", 69, "12"),  # A4
        ("bn", 43, "T123456"),  # G2
        ("tpt", 58, ""),  # sounding B flat 3: the open tube
        ("tpt", 57, "1"),  # the second valve of three
    ],
)
def test_known_fingerings(instrument, pitch, keys):
    assert pressed(instrument, pitch) == set(keys)


def test_strings_are_stopped_where_the_pitch_lies():
    assert hold("vn", 69)[1:3] == (pytest.approx(2 / 3), 0)  # open A
    assert hold("vn", 70).reach == pytest.approx(1 - 2 ** (-1 / 12))


def test_lips_tell_registers_and_partials_apart():
    assert [hold("fl", pitch).lips for pitch in (73, 74, 86)] == [0, 0.5, 1]
    assert hold("tpt", 58).lips < hold("tpt", 65).lips < hold("tpt", 70).lips  # partials 2, 3, 4
    assert all(start == sorted(start) for start in map(list, OVERBLOWN.values()))


@pytest.mark.parametrize("instrument", ["vn", "fl", "tpt", "hn", "tba"])
def test_the_ceiling_is_what_an_eye_that_knows_the_odds_reads(instrument):
    """A million drawn notes, each named as the pitch whose hold is likeliest."""
    rng = np.random.default_rng(0)
    low, high = RANGES[instrument]
    holds = [hold(instrument, pitch) for pitch in range(low, high + 1)]
    seen, lips = zip(*((each._replace(lips=0), each.lips) for each in holds), strict=True)
    right, named = 0, 0
    for each, mean in zip(seen, lips, strict=True):
        alike = [n for n, other in enumerate(seen) if other == each]
        shown = rng.normal(mean, LIPS_SPREAD, 20_000)
        guess = np.array(alike)[np.abs(shown[:, None] - np.array(lips)[alike]).argmin(1)]
        right += (guess == holds.index(each._replace(lips=mean))).mean()
        named += 1
    assert ceiling(instrument)[1] == pytest.approx(right / named, abs=0.01)
    assert ceiling(instrument)[0] >= ceiling(instrument)[1]


def test_strings_and_reeds_show_all_of_the_pitch_and_brass_does_not():
    for instrument in RANGES:
        chroma, pitch = ceiling(instrument)
        if instrument in ("tpt", "hn", "tbn", "tba"):
            assert 0.5 < pitch <= chroma < 0.95
        else:
            assert pitch > 0.99


def signs_of(instrument, pitch):
    """Parts of a row of the chart, by ``SHOWN``."""
    return np.split(chart(instrument)[pitch], np.cumsum(SHOWN)[:-1])


def test_a_chart_has_a_row_for_each_note_of_the_range_alone():
    for instrument in INSTRUMENTS:
        table = chart(instrument)
        assert table.shape == (128, SIGNS)
        low, high = RANGES[instrument]
        assert set(np.flatnonzero(np.abs(table).sum(1))) == set(range(low, high + 1))


def test_what_a_row_shows():
    keys, valves, strings, stops, _, partials = signs_of("fl", 74)
    assert {key for key, sign in zip(KEYS, keys, strict=True) if sign == 1} == set("T23456")
    assert set(keys) == {1, -1} and partials.argmax() == 1 and not np.any([*valves, *strings, *stops])
    _, valves, *_, partials = signs_of("tpt", 57)
    assert valves.tolist() == [-1, 1, -1] and partials.argmax() == 0
    *_, slides, partials = signs_of("tbn", 56)  # a semitone below the third partial
    assert slides.argmax() == 2 and partials.argmax() == 2
    _, _, strings, stops, *_ = signs_of("vn", 71)
    assert strings.argmax() == 2 and stops.argmax() == 2


@pytest.mark.parametrize("instrument", RANGES)
def test_rows_are_as_different_as_what_is_shown(instrument):
    low, high = RANGES[instrument]
    rows = {tuple(row) for row in chart(instrument)[low : high + 1]}
    assert len(rows) == len({hold(instrument, pitch) for pitch in range(low, high + 1)})
