"""A model that clicks where it sees white or reads a note, and where clicks lie in what is played."""

from dataclasses import replace

import av
import numpy as np
import pytest
import soundfile
from models_io import RECIPE

from vimusic.errors import UserError
from vimusic.features.embedding import Embeddings
from vimusic.features.video import open_video, shown, start
from vimusic.models.dubbing import main
from vimusic.models.predictor import Predictor

RATE = RECIPE.sample_rate


def click(signal, seconds):
    """``signal`` (N,) with 20 ms of 2 kHz from ``seconds`` on."""
    first = round(seconds * RATE)
    times = np.arange(RATE // 50) / RATE
    signal[first : first + len(times)] += 0.9 * np.sin(2 * np.pi * 2000 * times)[: len(signal) - first]


class Clicking(Predictor):
    """One without weights, that clicks where its crop turns white and where a note begins."""

    voice, arithmetic = None, "float32"

    def __init__(self, *inputs):
        self.recipe, self.clock, self.name = replace(RECIPE, inputs=inputs), RECIPE.clock, "model.safetensors"

    def eyes(self, players):
        return [None] * players

    def watch(self, crops, eyes):
        seen = [[] for _ in eyes]
        for player, frame in crops:
            seen[player].append(frame[12:20, 12:20].mean())
        return [Embeddings(np.array(levels)) for levels in seen]

    def play(self, frames, notes, seconds, instrument, **inference):
        self.check(frames, notes, instrument)
        signal = np.zeros(round(seconds * RATE), np.float32)
        for onset in (*self.white(frames), *(onset for onset, _, _ in notes or ())):
            click(signal, onset)
        return signal

    def white(self, frames):
        """When (s) it sees white: the first time."""
        return [] if frames is None else np.flatnonzero(frames.values > 127)[:1] / self.recipe.fps


def played(path):
    """(number of pictures, s of the first white one, s of the film, s of the first click, s of the sound) of
    a film, as it is played."""
    with open_video(path) as (container, stream):
        zero = start(container, stream)
        pictures = [
            (begin, end, picture.to_ndarray(format="gray"))
            for begin, end, picture in shown(container, stream)
        ]
    middle = [(begin, grey[len(grey) // 2, grey.shape[1] // 2]) for begin, _, grey in pictures]
    white = next((begin for begin, level in middle if level > 127), None)
    with av.open(str(path)) as container:
        [stream] = container.streams.audio
        parts = [(frame.time, frame.to_ndarray().mean(axis=0)) for frame in container.decode(stream)]
        rate = stream.rate
    times = np.concatenate([time + np.arange(len(part)) / rate for time, part in parts]) - zero
    sound = np.abs(np.concatenate([part for _, part in parts]))
    heard = times[np.argmax(sound > 0.4 * sound.max())] if sound.max() > 0.1 else None
    return len(pictures), white, pictures[-1][1], heard, times[-1] + 1 / rate


def clicks(path):
    """Where (s) the clicks of a wav begin."""
    signal, rate = soundfile.read(path)
    loud = np.flatnonzero(np.abs(signal) > 0.4) / rate
    return loud[np.diff(loud, prepend=-1) > 0.05]


def refused(words, told, folder):
    """``sonify`` with these ``words`` ends in one line that says what is ``told``, and ``folder`` holds what
    it held before."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(UserError, match=told) as caught:
        main(list(map(str, words)))
    assert "\n" not in str(caught.value)
    assert sorted(folder.rglob("*")) == before
