"""Random generators named by words, so that every part of a piece has its own stable stream."""

import hashlib

import numpy as np


def generator(*words: str | int) -> np.random.Generator:
    """Generator that depends on ``words`` only.

    Python's ``hash`` changes from run to run, hence the digest.
    """
    digest = hashlib.sha256("\x1f".join(map(str, words)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
