"""CREPE's smallest network, about 15 times faster than the full one."""

import numpy as np

from vimusic.evaluation.trackers import crepe


def track(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """See ``vimusic.evaluation.trackers``."""
    return crepe.track(signal, model="tiny")
