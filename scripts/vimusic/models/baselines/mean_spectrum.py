"""The mean log-mel frame of the training set, held throughout."""

import numpy as np

KNOWS = ()


def predict(mel: np.ndarray, instrument: str, train: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """See ``vimusic.models.baselines``."""
    # Every frame counts the same, whatever the length of its stem.
    total = sum(frames.sum(axis=0, dtype=np.float64) for _, frames in train)
    mean = (total / sum(len(frames) for _, frames in train)).astype(np.float32)
    return np.broadcast_to(mean, mel.shape)
