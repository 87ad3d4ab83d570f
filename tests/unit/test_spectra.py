"""Chroma and STFT distances on sounds whose answer is known."""

import math

import librosa
import numpy as np
import pytest
from signals import tone

from vimusic.evaluation.spectra import FLOOR, RESOLUTIONS, chroma_similarity, mr_stft

RATE = 22050
SILENCE = np.zeros(RATE, np.float32)
A4 = tone(440, 1, RATE, partials=1)
NOISE = 0.1 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)


def similar(hertz):
    return chroma_similarity(tone(hertz, 1, RATE, partials=1), A4, RATE)


def test_same_sound_has_the_same_chroma_at_any_level():
    assert chroma_similarity(0.01 * A4, A4, RATE) == pytest.approx(1, abs=1e-4)


def test_octave_keeps_the_chroma_and_a_tritone_loses_it():
    assert similar(880) > 0.98
    assert similar(440 * 2**0.5) < 0.05
    assert similar(440 * 2 ** (1 / 12)) < 0.5 * similar(880)


def test_noise_lies_between():
    assert 0.1 < chroma_similarity(NOISE, A4, RATE) < 0.5


def test_chroma_of_silence():
    assert chroma_similarity(SILENCE, A4, RATE) == 0
    assert chroma_similarity(1e-5 * A4, A4, RATE) == 0
    assert math.isnan(chroma_similarity(A4, SILENCE, RATE))


def test_chroma_counts_only_where_the_recording_sounds():
    reference = np.concatenate([A4, SILENCE])
    noisy = np.concatenate([A4, NOISE])
    assert chroma_similarity(noisy, reference, RATE) > 0.9


def test_stft_distance_of_equal_signals_is_0_and_the_shorter_length_counts():
    assert mr_stft(A4, A4) == 0
    assert mr_stft(A4[:9000], A4[:9000]) == mr_stft(A4[:9000], A4) == 0


def test_stft_distance_of_another_level_is_known():
    # Convergence |1 - g|, log distance |ln g|, wherever the power is above the floor.
    assert mr_stft(0.5 * NOISE, NOISE) == pytest.approx(0.5 + math.log(2), rel=1e-3)


def test_stft_distance_of_silence_is_known():
    # Convergence 1 and the distance of the magnitudes from the floor.
    magnitudes = [np.abs(librosa.stft(NOISE, n_fft=n, hop_length=n // 4)) for n in RESOLUTIONS]
    expected = np.mean([1 + np.mean(np.log(np.maximum(m, FLOOR) / FLOOR)) for m in magnitudes])
    assert mr_stft(SILENCE, NOISE) == pytest.approx(expected, rel=1e-3)
    assert math.isnan(mr_stft(NOISE, SILENCE))


def test_a_recording_written_as_16_bit_wav_is_the_same_sound():
    reference = np.concatenate([A4, SILENCE]) + 1e-6 * np.random.default_rng(1).standard_normal(2 * RATE)
    assert mr_stft(np.round(reference * 2**15) / 2**15, reference) < 0.01


def test_nearer_sounds_are_nearer():
    assert mr_stft(A4 + 0.01 * NOISE, A4) < mr_stft(A4 + NOISE, A4) < mr_stft(NOISE, A4)


@pytest.mark.filterwarnings("ignore:n_fft=.* is too large")
def test_signal_shorter_than_a_window_is_padded():
    assert mr_stft(A4[:300], A4[:300]) == 0
    assert chroma_similarity(A4[:300], A4[:300], RATE) == pytest.approx(1, abs=1e-4)
