"""Additive synthesis of one stem from a performance."""

from collections.abc import Iterator

import numpy as np
from scipy.signal import butter, sosfilt

from vimusic.data.miniurmp.music import FLOOR_DB, RATE, Performance

SAMPLE_RATE = 48000
FULL_RMS = 0.07  # RMS of a fortissimo stem: peaks near 0.22, so four of them cannot clip
CEILING = 16000  # Hz, no harmonic above
ROOM = 10 ** (-70 / 20)  # RMS of the room
TABLE = 8192  # points of one wave period

# Instrument: (slope in dB per octave when soft, when loud, gain in dB of even harmonics,
#              noise relative to tone, formants as (Hz, width in octaves, dB)).
VOICES = {
    "vn": (-11, -5, 0, 0.03, ((500, 0.4, 6), (1100, 0.4, 5), (2800, 0.6, 8))),
    "va": (-12, -6, 0, 0.03, ((350, 0.4, 6), (900, 0.4, 6), (2000, 0.6, 6))),
    "vc": (-12, -6, 0, 0.03, ((220, 0.5, 6), (600, 0.5, 6), (1500, 0.6, 5))),
    "db": (-13, -7, 0, 0.04, ((110, 0.5, 6), (350, 0.5, 6), (900, 0.6, 4))),
    "fl": (-20, -10, 0, 0.06, ((800, 1.0, 4),)),
    "ob": (-9, -4, 0, 0.02, ((1100, 0.4, 12), (2900, 0.4, 8))),
    "cl": (-15, -7, -22, 0.02, ((1500, 0.8, 5),)),
    "sax": (-12, -4, 0, 0.04, ((900, 0.7, 6), (2200, 0.7, 4))),
    "bn": (-12, -6, 0, 0.02, ((500, 0.4, 14), (1150, 0.4, 6))),
    "tpt": (-14, -3, 0, 0.015, ((1200, 0.8, 10), (2400, 0.6, 5))),
    "hn": (-18, -7, 0, 0.02, ((350, 0.6, 10),)),
    "tbn": (-15, -4, 0, 0.02, ((550, 0.7, 10), (1500, 0.7, 4))),
    "tba": (-18, -8, 0, 0.03, ((250, 0.7, 8),)),
}


def synthesize(performance: Performance, instrument: str, rng: np.random.Generator) -> np.ndarray:
    """Sound of ``performance`` at 48 kHz, float64 of shape (seconds * 48000,).

    A tone of amplitude 1 has an RMS of ``FULL_RMS`` whatever its pitch or instrument; louder
    tones are also brighter, as on real instruments.
    """
    size = len(performance.f0) * SAMPLE_RATE // RATE
    grid = np.arange(len(performance.f0)) * SAMPLE_RATE // RATE
    samples = np.arange(size)
    amplitude = np.interp(samples, grid, performance.amplitude)
    brightness = np.interp(samples, grid, np.clip(1 - performance.dynamic / FLOOR_DB, 0, 1))
    f0 = np.repeat(performance.f0, SAMPLE_RATE // RATE)
    turns = np.cumsum(f0 / SAMPLE_RATE) % 1
    phases = rng.uniform(0, 2 * np.pi, TABLE // 2)  # random, so that the crest factor stays low
    tone = np.zeros(size)
    for n, hertz in enumerate(performance.hertz()):
        inside = np.flatnonzero(performance.note == n)[[0, -1]] * SAMPLE_RATE // RATE
        span = slice(inside[0], inside[1] + SAMPLE_RATE // RATE)
        place = turns[span] * TABLE
        soft, loud = (_look_up(table, place) for table in _tables(instrument, hertz, phases))
        mix = brightness[span]
        tone[span] = soft * (1 - mix) + loud * mix
    noise = VOICES[instrument][3] * _friction(performance, size, rng)
    return FULL_RMS * amplitude * (tone + noise) + ROOM * _hiss(size, rng)


def _tables(instrument: str, hertz: float, phases: np.ndarray) -> Iterator[np.ndarray]:
    """One period of unit RMS, soft and loud, each of shape (TABLE + 1,)."""
    soft, loud, even, _, formants = VOICES[instrument]
    number = np.arange(1, max(2, int(CEILING / hertz)))
    frequency = number * hertz
    body = sum(
        gain * np.exp(-0.5 * (np.log2(frequency / centre) / width) ** 2) for centre, width, gain in formants
    )
    body = body + np.where(number % 2 == 0, even, 0)
    for slope in (soft, loud):
        spectrum = np.zeros(TABLE // 2 + 1, complex)
        gains = 10 ** ((body + slope * np.log2(number)) / 20)
        spectrum[number] = gains * np.exp(1j * phases[number])
        period = np.fft.irfft(spectrum)
        period /= np.sqrt(np.mean(period**2))
        yield np.append(period, period[0])


def _look_up(table: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Table values at fractional indices ``place``, linearly interpolated."""
    index = place.astype(int)
    return table[index] + (place - index) * (table[index + 1] - table[index])


def _friction(performance: Performance, size: int, rng: np.random.Generator) -> np.ndarray:
    """Bow or breath noise of unit RMS, stronger for 50 ms after each onset: shape (size,)."""
    band = butter(1, (800, 6000), "band", fs=SAMPLE_RATE, output="sos")
    noise = sosfilt(band, rng.normal(size=size))
    time = np.arange(size) / SAMPLE_RATE
    last = np.searchsorted(performance.onsets, time, side="right") - 1
    age = time - performance.onsets[np.maximum(last, 0)]
    return noise / noise.std() * (1 + 5 * np.exp(-np.abs(age) / 0.05))


def _hiss(size: int, rng: np.random.Generator) -> np.ndarray:
    """Room noise of unit RMS, darker than white: shape (size,)."""
    noise = sosfilt(butter(1, 600, fs=SAMPLE_RATE, output="sos"), rng.normal(size=size))
    return noise / noise.std()
