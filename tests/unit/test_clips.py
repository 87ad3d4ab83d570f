"""Clips loaded ahead by threads."""

import itertools

import numpy as np
import pytest
import torch
from clips_io import Film

from vimusic.features.prefetch import load_batches
from vimusic.models.clips import Clips, Seen, Stem
from vimusic.timebase import TimeBase


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    mel = rng.normal(size=(2000, 80)).astype(np.float32)
    visual = rng.normal(size=(700, 512)).astype(np.float32)
    return Clips([Stem(Seen("a", 2000, 3, visual=visual), mel)], TimeBase(step=64))


def test_frames_of_a_batch_are_those_of_its_clips():
    films = [Film(np.random.default_rng(k).integers(0, 256, (70, 8, 8, 3), dtype=np.uint8)) for k in (0, 1)]
    mel = np.zeros((200, 80), np.float32)
    clips = Clips([Stem(Seen("a", 200, 3, frames=film), mel) for film in films], TimeBase())
    batch = clips.batch([1, 0, 1])
    assert set(batch) == set(clips[0])
    for name, values in batch.items():
        torch.testing.assert_close(values, torch.stack([clips[k][name] for k in (1, 0, 1)]), rtol=0, atol=0)


def test_memory_of_a_batch_is_used_again_but_not_while_the_batch_is_held(monkeypatch):
    film = Film(np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), dtype=np.uint8))
    clips = Clips([Stem(Seen("a", 500, 3, frames=film), np.zeros((500, 80), np.float32))], TimeBase())
    made, empty = [], np.empty
    monkeypatch.setattr(np, "empty", lambda *given: made.append(given) or empty(*given))
    for _ in load_batches(clips.batch, [[0, 1]] * 50, 2):
        pass
    assert 1 <= len(made) <= 5
    kept = [batch["frames"].flatten(0, 1) for batch in load_batches(clips.batch, [[0], [1], [2]] * 9, 2)]
    for k, frames in enumerate(kept):
        torch.testing.assert_close(frames, clips[k % 3]["frames"], rtol=0, atol=0)


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_are_the_clips_asked_for_in_order(clips, threads):
    indices = [[3, 0], [1, 1], [2]]
    batches = list(load_batches(clips.batch, indices, threads))
    assert len(batches) == len(indices)
    for batch, part in zip(batches, indices, strict=True):
        for name, values in batch.items():
            torch.testing.assert_close(values, torch.stack([clips[k][name] for k in part]), rtol=0, atol=0)


def test_only_as_many_batches_as_threads_are_made_ahead(clips):
    asked = []
    endless = map(lambda k: asked.append(k) or [0], itertools.count())
    batches = load_batches(clips.batch, endless, 2)
    next(batches)
    next(batches)
    assert len(asked) == 4
    batches.close()


def test_trouble_while_loading_reaches_the_training(clips):
    with pytest.raises(IndexError):
        list(load_batches(clips.batch, [[0], [10**6]], 2))
