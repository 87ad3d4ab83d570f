"""Digital silence."""

import numpy as np

from vimusic.features.audio import FLOOR

KNOWS = ()


def predict(mel: np.ndarray, instrument: str, train: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """See ``vimusic.models.baselines``."""
    return np.full_like(mel, np.log(FLOOR))
