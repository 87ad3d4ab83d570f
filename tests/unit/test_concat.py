"""The second reading of the paper's lengths."""

import numpy as np

from vimusic.models.second_reading import concat
from vimusic.timebase import TimeBase

CLOCK = TimeBase()


def test_62_seconds_give_58_windows_of_92_frames_which_is_the_papers_5336():
    length = CLOCK.mel_frames(62 * CLOCK.sample_rate)
    frames = np.arange(length, dtype=np.float32)[:, None]
    joined = concat(frames, CLOCK)
    assert joined.shape == (5336, 1)
    # A window runs at twice the hop; the next one starts 32 video frames later, inside it.
    assert list(joined[:3, 0]) == [0, 2, 4]
    assert joined[92, 0] == 2 * round(32 / 30 * 22050 / 512)
    # The last window ends with the stem.
    assert joined[-1, 0] == 2 * ((length - 1) // 2)
