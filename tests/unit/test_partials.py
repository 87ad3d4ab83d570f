"""Partials of a note in the log-mel, against the STFT of such a note."""

import numpy as np
import pytest

from vimusic.features.audio import log_mel, mel_filters
from vimusic.models.partials import log_comb

RATE, N_FFT, HOP, BANDS = 22050, 1024, 256, 80


@pytest.fixture(scope="module")
def comb():
    return log_comb(RATE, N_FFT, BANDS)


def test_every_pitch_is_finite_and_0_in_its_strongest_band(comb):
    assert comb.shape == (128, BANDS) and comb.dtype == np.float32
    assert np.isfinite(comb).all()
    heard = 119  # above it no partial lies below the mels' 8 kHz
    assert comb[:heard].max(axis=1) == pytest.approx(np.zeros(heard), abs=1e-6)
    assert (comb[121:] < -20).all()


@pytest.mark.parametrize("pitch", [57, 69, 81, 93])
def test_a_synthesized_note_has_its_partials_where_the_comb_has_them(comb, pitch):
    f0 = 440 * 2 ** ((pitch - 69) / 12)
    times = np.arange(RATE) / RATE
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    partials = np.arange(1, int(RATE / 2 / f0) + 1)
    note = sum(np.cos(2 * np.pi * k * f0 * times + phases[k - 1]) for k in partials) / len(partials)
    heard = log_mel(note.astype(np.float32), RATE, N_FFT, HOP, BANDS)[20:-20].mean(axis=0)
    heard = heard - heard.max()
    loud = comb[pitch] > -3  # bands that hold a partial; neighbours of none are only rounding noise
    assert np.abs(heard - comb[pitch])[loud].max() < 0.7


def test_an_octave_leaves_out_every_other_partial(comb):
    # Between the first two partials of A5, at 1320 Hz, lies the third of A4.
    band = np.argmax(mel_filters(RATE, N_FFT, BANDS)[:, round(1320 * N_FFT / RATE)])
    assert comb[69, band] > -3 and comb[81, band] < -20
