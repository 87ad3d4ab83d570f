"""Where the partials of a note lie in the log-mel (the harmonic half of harmonic plus noise; Serra and
Smith 1990; Engel et al. 2020, which the paper's section 5 looks forward to)."""

import numpy as np

from vimusic.features.audio import mel_filters

FINE = 16  # steps per STFT bin at which a partial may lie
REACH = 8  # bins on either side over which the window's transform is kept; it is 90 dB down there
FLOOR = 1e-12  # of the strongest band, where a note has nothing


def log_comb(sample_rate: int, n_fft: int, n_mels: int) -> np.ndarray:
    """ln mel power of each MIDI pitch with partials of equal strength: (128, n_mels) float32.

    Each row is 0 in its strongest band. Low pitches are flat where a band holds several partials.
    """
    window = np.hanning(n_fft + 1)[:-1]
    lobe = np.abs(np.fft.rfft(window, n_fft * FINE)[: REACH * FINE + 1]) ** 2
    lobe = np.concatenate([lobe[:0:-1], lobe])
    power = np.empty((128, 1 + n_fft // 2))
    for pitch in range(128):
        f0 = 440 * 2 ** ((pitch - 69) / 12)
        partials = np.arange(f0, sample_rate / 2, f0) * n_fft / sample_rate
        places = np.round(partials * FINE).astype(int)
        comb = np.bincount(places, minlength=n_fft // 2 * FINE + 1)
        power[pitch] = np.convolve(comb, lobe, "same")[::FINE]
    mel = power @ mel_filters(sample_rate, n_fft, n_mels).T
    mel = mel / np.maximum(mel.max(axis=1, keepdims=True), FLOOR)
    return np.log(np.maximum(mel, FLOOR)).astype(np.float32)
