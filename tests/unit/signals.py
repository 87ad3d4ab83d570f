"""Sounds with a known pitch, for the tests."""

import numpy as np


def tone(hertz, seconds, sample_rate, partials=8):
    """Harmonic tone (N,) float32: partial k at amplitude 0.3 / k."""
    times = np.arange(round(seconds * sample_rate)) / sample_rate
    waves = (np.sin(2 * np.pi * hertz * k * times) / k for k in range(1, partials + 1))
    return (0.3 * sum(waves)).astype(np.float32)


def cents_off(estimate, hertz):
    """Distance in cents of each f0 of ``estimate`` from ``hertz``."""
    return np.abs(1200 * np.log2(np.asarray(estimate) / hertz))


def plucks(times, hertz, seconds, sample_rate):
    """Decaying notes (N,) float32, each struck at one of ``times`` (s) and damped by the next."""
    signal = np.zeros(round(seconds * sample_rate), np.float32)
    for onset, end, f0 in zip(times, [*times[1:], seconds], hertz, strict=True):
        note = tone(f0, end - onset, sample_rate)
        note *= np.exp(-4 * np.arange(len(note)) / sample_rate)
        first = round(onset * sample_rate)
        signal[first : first + len(note)] = note[: len(signal) - first]
    return signal
