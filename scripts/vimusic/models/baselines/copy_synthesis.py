"""The true log-mel: what the mel inversion alone costs."""

import numpy as np

KNOWS = ("recording",)


def predict(mel: np.ndarray, instrument: str, train: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """See ``vimusic.models.baselines``."""
    return mel
