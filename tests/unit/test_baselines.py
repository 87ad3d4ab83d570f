"""The anchor rows."""

import numpy as np
import pytest

from vimusic.models.baselines import BASELINES

MEL = np.full((7, 3), -5, np.float32)
TRAIN = [
    ("vn", np.full((10, 3), 1, np.float32)),
    ("vn", np.full((30, 3), 5, np.float32)),
    ("fl", np.full((60, 3), -1, np.float32)),
]


@pytest.mark.parametrize(
    ("row", "instrument", "level"),
    [
        ("silence", "vn", np.log(1e-10)),
        # Every frame counts the same: (10 * 1 + 30 * 5 - 60) / 100.
        ("mean_spectrum", "vn", 1.0),
        ("mean_spectrum", "tba", 1.0),
        ("instrument_mean", "vn", 4.0),
        ("instrument_mean", "fl", -1.0),
        ("instrument_mean", "tba", 1.0),  # never trained on: the mean of all
        ("copy_synthesis", "vn", -5.0),
    ],
)
def test_anchor_predicts_its_level(row, instrument, level):
    predicted = BASELINES[row](MEL, instrument, TRAIN)
    assert predicted.shape == MEL.shape
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, level, rtol=1e-6)


@pytest.mark.parametrize("row", ["silence", "mean_spectrum", "instrument_mean"])
def test_anchor_does_not_look_at_the_truth(row):
    one, other = (BASELINES[row](mel, "vn", TRAIN) for mel in (MEL, MEL + 3))
    np.testing.assert_array_equal(one, other)


def test_mean_spectrum_keeps_the_bands_apart():
    train = [("vn", np.array([[0, 2], [4, 8]], np.float32))]
    predicted = BASELINES["mean_spectrum"](np.zeros((3, 2), np.float32), "vn", train)
    np.testing.assert_array_equal(predicted, [[2, 5]] * 3)
