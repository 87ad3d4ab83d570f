"""Every f0 tracker hears the same tone, and none hears anything in silence.

The full CREPE is left to docs/real_stems.md: it takes seconds per second of sound.
"""

import numpy as np
import pytest
from signals import cents_off, tone

from vimusic.evaluation.pitch import TRACKERS, track

RATE = 22050
FAST = [name for name in TRACKERS if name != "crepe"]


@pytest.mark.parametrize("tracker", FAST)
def test_tone_is_heard_within_20_cents(tracker):
    times, hertz = track(tone(220, 1.5, RATE), RATE, tracker)
    inside = (times > 0.2) & (times < 1.3)
    assert inside.sum() > 50
    assert np.all(hertz[inside] > 0)
    assert np.median(cents_off(hertz[inside], 220)) < 20


@pytest.mark.parametrize("tracker", FAST)
def test_silence_after_a_tone_is_gated_to_0(tracker):
    signal = np.concatenate([tone(220, 0.7, RATE), np.zeros(round(0.8 * RATE), np.float32)])
    times, hertz = track(signal, RATE, tracker)
    assert np.all(hertz[times > 0.85] == 0)
    assert np.median(hertz[(times > 0.2) & (times < 0.5)]) > 0


@pytest.mark.parametrize("tracker", TRACKERS)
def test_silent_signal_has_no_pitch_at_all(tracker):
    times, hertz = track(np.zeros(RATE, np.float32), RATE, tracker)
    assert len(times) == len(hertz) > 50
    assert not hertz.any()


def test_times_start_near_0_and_reach_the_end():
    times, _ = track(tone(220, 1.5, RATE), RATE, "swift_f0")
    assert 0 <= times[0] < 0.02
    assert np.all(np.diff(times) > 0)
    assert times[-1] == pytest.approx(1.5, abs=0.05)
