"""Silent video of a musician to sound. ``from vimusic import Predictor`` gives a trained model."""

from importlib import import_module
from typing import Any

# Loaded when asked for: most programs need no torch. By name, so that no program's code depends on it.
LAZY = {"Predictor": "vimusic.models.predictor"}


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
