"""Loudness and intonation of a recording, of sounds whose are known."""

import numpy as np
import pytest

from vimusic.features.performance import COLUMNS, performance


def test_loudness_is_the_power_of_all_bands_and_intonation_the_distance_to_the_nearest_semitone():
    mel = np.log(np.full((4, 10), 0.1))
    mel[1] += np.log(100)
    hertz = 440 * 2 ** (np.array([0, 0.25, 12 - 0.4, 0]) / 12)
    hertz[3] = 0  # nothing annotated
    table = dict(zip(COLUMNS, performance(mel, hertz).T, strict=True))
    assert table["loudness"].tolist() == pytest.approx([0, 20, 0, 0], abs=1e-5)
    assert table["intonation"].tolist() == pytest.approx([0, 0.25, -0.4, 0], abs=1e-5)
