"""Clips loaded ahead by threads."""

import itertools

import numpy as np
import pytest
import torch

from vimusic.clips import Clips, Stem, load_batches
from vimusic.timebase import TimeBase


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    mel = rng.normal(size=(2000, 80)).astype(np.float32)
    visual = rng.normal(size=(700, 512)).astype(np.float32)
    return Clips([Stem("a", mel, 3, visual=visual)], TimeBase(step=64))


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_are_the_clips_asked_for_in_order(clips, threads):
    indices = [[3, 0], [1, 1], [2]]
    batches = list(load_batches(clips, indices, threads))
    assert len(batches) == len(indices)
    for batch, part in zip(batches, indices, strict=True):
        for name, values in batch.items():
            torch.testing.assert_close(values, torch.stack([clips[k][name] for k in part]), rtol=0, atol=0)


def test_only_as_many_batches_as_threads_are_made_ahead(clips):
    asked = []
    endless = map(lambda k: asked.append(k) or [0], itertools.count())
    batches = load_batches(clips, endless, 2)
    next(batches)
    next(batches)
    assert len(asked) == 4
    batches.close()


def test_trouble_while_loading_reaches_the_training(clips):
    with pytest.raises(IndexError):
        list(load_batches(clips, [[0], [10**6]], 2))
