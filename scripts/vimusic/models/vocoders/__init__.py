"""Vocoders: each file's ``vocode(log_mel, length, **settings)`` turns a log-mel (T, n_mels) into sound.

It returns a waveform (length,) float32 at ``sample_rate``; settings are those of ``audio`` and ``inference``.
One that others have trained reads ``weights``, beside which lies the file that its ``CONFIG`` names.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from vimusic.errors import UserError
from vimusic.registry import Registry, said

VOCODERS = Registry(__name__, "vocode")


def chosen(vocoder: str, iterations: int, weights: str) -> Callable[..., np.ndarray]:
    """The ``vocode`` of a ``vocoder`` with these settings of ``inference``; raises as ``files``."""
    vocode = VOCODERS[vocoder]
    files(vocoder, weights)
    return partial(vocode, iterations=iterations, weights=weights)


def files(vocoder: str, weights: str) -> list[Path]:
    """What the ``vocoder`` reads: its ``weights`` and their configuration, or nothing.

    Raises
    ------
    UserError
        They are not there, are not named, or are named for one that has none.
    """
    config = said(f"models.vocoders.{vocoder}", "CONFIG", "")
    if not config:
        if weights:
            raise UserError(f"inference.weights: {vocoder} has none; leave it out, or choose another vocoder")
        return []
    if not weights:
        raise UserError(f"inference.weights: {vocoder} needs the path of published weights")
    found = [Path(weights), Path(weights).with_name(config)]
    for path in found:
        if not path.is_file():
            raise UserError(f"{path}: not found; inference.weights names a checkpoint beside its {config}")
    return found
