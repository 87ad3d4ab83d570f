"""How far the pitch of long notes wavers.

Heard by YIN, because it neither looks at more than 46 ms at once nor quantises: of 30 cents at 4.5 to 7 Hz
it hears 25 to 28, SwiftF0 14 to 29, CREPE's smallest network 20 to 25. On 379 bowed notes of URMP's Jerusalem
its extents go with those of basic-pitch's contours (correlation 0.88 to 0.97, by stem).
"""

import librosa
import numpy as np

from vimusic.data.urmp import Notes
from vimusic.evaluation.pitch import SILENT

LOWEST, HIGHEST = 60.0, 2000.0  # Hz; of a lower note the window holds too few periods
WINDOW, STEP = 0.046, 0.01  # s
AFTER_ONSET, BEFORE_END = 0.08, 0.05  # s of a note that are left out: its attack and release
SHORTEST = 0.32  # s that remain: a bit over one and a half periods of the slowest vibrato
SLOWEST, FASTEST = 3.5, 9.0  # Hz
STRAY, STRAYING = (
    120.0,
    0.1,
)  # cents from the note's median; share of frames that may lie farther or be unvoiced
N_FFT = 512


def track(signal: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """f0 of ``signal`` (N,) by YIN: times (n,) s and hertz (n,), a guess in every frame; 0 in silence."""
    hop, length = round(STEP * sample_rate), round(WINDOW * sample_rate)
    if len(signal) < length or np.abs(signal).max() < SILENT:
        return np.zeros(1), np.zeros(1)
    hertz = librosa.yin(
        signal, fmin=LOWEST, fmax=HIGHEST, sr=sample_rate, frame_length=length, hop_length=hop
    )
    return np.arange(len(hertz)) * hop / sample_rate, hertz


def extents(notes: Notes, times: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Extent of the vibrato of each of ``notes``, (n,) in cents from its middle to its crest: the largest
    component between 3.5 and 9 Hz of an f0 track (times s, hertz; each (m,)), its slow drift taken out.

    NaN for a note that is too short, or that the track does not hold.
    """
    return np.array(
        [_extent(*note, times, hertz) for note in zip(notes.onset, notes.duration, strict=True)], float
    )


def _extent(onset: float, duration: float, times: np.ndarray, hertz: np.ndarray) -> float:
    grid = np.arange(onset + AFTER_ONSET, onset + duration - BEFORE_END, STEP)
    if len(grid) * STEP < SHORTEST:
        return np.nan
    f0 = hertz[np.clip(np.searchsorted(times, grid), 0, len(times) - 1)]
    voiced = f0 > 0
    if np.mean(voiced) < 1 - STRAYING:
        return np.nan
    cents = 1200 * np.log2(f0[voiced] / np.median(f0[voiced]))
    held = np.abs(cents) <= STRAY
    if held.sum() < (1 - STRAYING) * len(grid):
        return np.nan
    when = grid[voiced][held]
    cents = np.interp(grid, when, cents[held])
    centred = grid - grid.mean()
    cents -= np.polyval(np.polyfit(centred, cents, 2), centred)
    window = np.hanning(len(cents))
    amplitudes = 2 * np.abs(np.fft.rfft(cents * window, max(N_FFT, len(cents)))) / window.sum()
    rates = np.fft.rfftfreq(max(N_FFT, len(cents)), STEP)
    return amplitudes[(rates >= SLOWEST) & (rates <= FASTEST)].max()
