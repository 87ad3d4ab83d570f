"""Non-negative mel inversion, then Griffin-Lim (paper 3.5)."""

import numpy as np

from vimusic.features import audio


def vocode(
    log_mel: np.ndarray,
    length: int,
    sample_rate: int,
    n_fft: int,
    hop_length: int,
    iterations: int,
    weights: str = "",
    seed: int = 0,
) -> np.ndarray:
    """See ``vimusic.models.vocoders``; it has no ``weights``."""
    power = audio.invert_mel(log_mel, sample_rate, n_fft)
    return audio.griffin_lim(power, hop_length, iterations, length, seed)
