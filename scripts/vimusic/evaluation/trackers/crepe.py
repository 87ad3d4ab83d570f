"""CREPE (Kim et al. 2018) through torchcrepe with CREPE's own decoder."""

import numpy as np

from vimusic.evaluation.trackers import HIGHEST, HOP, LOWEST, RATE


def track(signal: np.ndarray, model: str = "full") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """See ``vimusic.evaluation.trackers``; ``model`` is ``full`` or ``tiny``."""
    import torch
    import torchcrepe

    hertz, confidence = torchcrepe.predict(
        torch.from_numpy(signal)[None],
        RATE,
        hop_length=HOP,
        fmin=LOWEST,
        fmax=HIGHEST,
        model=model,
        decoder=torchcrepe.decode.weighted_argmax,
        batch_size=512,
        device="cuda" if torch.cuda.is_available() else "cpu",
        return_periodicity=True,
    )
    hertz = hertz[0].cpu().numpy()
    return np.arange(len(hertz)) * HOP / RATE, hertz, confidence[0].cpu().numpy()
