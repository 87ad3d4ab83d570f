"""What listeners hear: which stems, which seconds of them, how loud (paper 4.4)."""

import warnings

import numpy as np
import pandas as pd
import pyloudnorm
import scipy.signal

from vimusic.data.urmp import Notes

TARGET = -23.0  # LUFS of every clip (EBU R 128)
PEAK = 0.98  # of full scale; a study with a louder peak is turned down as a whole
FADE = 0.02  # s, so that a cut does not click
GRID = 100  # steps per second in the search for an excerpt
SHORTEST = 0.5  # s; the loudness meter needs one block of 0.4 s


def choose_stems(stems: pd.DataFrame, count: int, seed: int) -> list[str]:
    """Ids of ``count`` of the ``stems`` (column family), one of each instrument family in turn.

    Drawn by ``seed`` alone, so that nobody picks what sounds good; all of them if there are fewer.
    """
    drawn = stems.sample(frac=1, random_state=seed)
    turn = drawn.groupby("family").cumcount()
    return list(drawn.assign(turn=turn).sort_values(["turn", "family"]).index[:count])


def most_played(notes: Notes, total: float, seconds: float) -> float:
    """Start (s) of the ``seconds`` long excerpt of a stem of ``total`` s that holds the most played time.

    The earliest of equals; 0 for a stem that is no longer than the excerpt.
    """
    played = np.zeros(int(total * GRID))
    for onset, duration in zip(notes.onset, notes.duration, strict=True):
        played[round(onset * GRID) : round((onset + duration) * GRID)] = 1
    length = round(seconds * GRID)
    if length >= len(played):
        return 0.0
    held = np.convolve(played, np.ones(length), mode="valid")
    return int(np.argmax(np.round(held))) / GRID


def cut(signal: np.ndarray, start: float, seconds: float, sample_rate: int) -> np.ndarray:
    """The excerpt of ``signal`` (N,) that starts at ``start`` s, with short fades."""
    first = round(start * sample_rate)
    clip = signal[first : first + round(seconds * sample_rate)].copy()
    fade = round(FADE * sample_rate)
    ramp = np.linspace(0, 1, fade, dtype=clip.dtype)
    clip[:fade] *= ramp
    clip[-fade:] *= ramp[::-1]
    return clip


def loudness(clip: np.ndarray, sample_rate: int) -> float:
    """Integrated loudness of ``clip`` (N,) in LUFS (ITU-R BS.1770-4); -inf below its gate at -70 LUFS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # logarithm and mean of nothing
        level = float(pyloudnorm.Meter(sample_rate).integrated_loudness(clip))
    return level if np.isfinite(level) else -np.inf


def match_levels(clips: list[np.ndarray], sample_rate: int) -> tuple[list[np.ndarray], float]:
    """All ``clips``, each (N,), at the same loudness, and that loudness in LUFS.

    It is ``TARGET``, or lower if a clip would exceed ``PEAK`` there. Silence stays as it is.
    """
    measured = [loudness(clip, sample_rate) for clip in clips]
    gains = [10 ** ((TARGET - level) / 20) if np.isfinite(level) else 1.0 for level in measured]
    peak = max(gain * np.max(np.abs(clip)) for gain, clip in zip(gains, clips, strict=True))
    down = PEAK / max(peak, PEAK)
    matched = [(down * gain * clip).astype(np.float32) for gain, clip in zip(gains, clips, strict=True)]
    return matched, TARGET + 20 * np.log10(down)


def low_anchor(clip: np.ndarray, sample_rate: int) -> np.ndarray:
    """``clip`` (N,) through a 3.5 kHz low-pass: the low anchor of ITU-R BS.1534-3.

    Linear phase without delay: flat to 3.5 kHz, 60 dB down from 4 kHz on.
    """
    taps, beta = scipy.signal.kaiserord(60, 500 / (sample_rate / 2))
    window = scipy.signal.firwin(taps | 1, 3750, window=("kaiser", beta), fs=sample_rate)
    padded = np.pad(clip, len(window) // 2)
    return scipy.signal.fftconvolve(padded, window, mode="valid").astype(np.float32)


def level_noise(seconds: float, sample_rate: int, seed: int) -> np.ndarray:
    """Pink noise (N,) float32 to set the volume by: power falls with 1 / frequency from 50 Hz on."""
    samples = round(seconds * sample_rate)
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / sample_rate)
    spectrum[hertz < 50] = 0
    spectrum /= np.sqrt(np.maximum(hertz, 50))
    noise = np.fft.irfft(spectrum, samples)
    return (0.1 * noise / np.std(noise)).astype(np.float32)
