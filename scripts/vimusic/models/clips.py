"""Stems and the 64-frame clips cut from them (paper 3.2)."""

import weakref
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vimusic.errors import UserError
from vimusic.features.frames import FrameStore
from vimusic.data.leak import numbers
from vimusic.timebase import TimeBase, Window
from vimusic.data.urmp import INSTRUMENTS

CODES = list(INSTRUMENTS)


@dataclass(frozen=True)
class Stem:
    """One player's features. T mel frames, V video frames.

    ``mel`` (T, n_mels) ln power; ``roll`` (T, 128) or None; ``visual`` (V, 512) frame embeddings
    or None; ``frames`` a FrameStore or None; ``instrument`` an index into ``CODES``; ``clips`` numbers
    of the clips that count where the split is by clip, else None.
    """

    name: str
    mel: np.ndarray
    instrument: int
    roll: np.ndarray | None = None
    visual: np.ndarray | None = None
    frames: FrameStore | None = None
    clips: list | None = None


def load_stem(row, features, timebase, inputs, crops=None, finetuned=False, centre=False):
    """Features of one stem from the folder ``features``; only what ``inputs`` names is read.

    Parameters
    ----------
    row : a row of split.tsv with piece, track, instrument; its index is the stem's name.
    inputs : subset of ``video``, ``roll``, ``instrument``.
    crops : how the players were cropped; read only where ``inputs`` has ``video``.
    finetuned : read frames instead of cached embeddings.
    centre : subtract the stem's mean embedding, which leaves motion and drops looks.

    Raises
    ------
    UserError
        A video shorter than one window, or a stem shorter than one window.
    """
    piece = Path(features) / row.piece
    stem = piece / str(row.track)
    mel = np.load(stem / "mel.npy")
    if len(mel) < timebase.window_mels:
        raise UserError(
            f"{stem / 'mel.npy'}: {len(mel)} mel frames are shorter than one window of "
            f"{timebase.window_mels} ({timebase.window / timebase.fps:.3f} s); leave this stem out"
        )
    roll = np.load(stem / "roll.npy") if "roll" in inputs else None
    visual = frames = None
    if "video" in inputs and finetuned:
        frames = FrameStore(piece / crops / "frames.zip", row.track)
    elif "video" in inputs:
        with np.load(piece / crops / "visual.npz") as tracks:
            visual = tracks[str(row.track)].astype(np.float32)
        if centre:
            visual = visual - visual.mean(axis=0)
    clips = numbers(getattr(row, "clips", None))
    return Stem(row.Index, mel, CODES.index(row.instrument), roll, visual, frames, clips)


def cut(stem, window, timebase, pixels=None):
    """The clip of ``stem`` at ``window``: a dict of tensors, only of what the stem holds.

    ``mel`` (T, n_mels), ``roll`` (T, 128), ``instrument`` (), ``visual`` (V, 512) or ``frames``
    (V, H, W, 3) uint8, and ``positions`` (T,), each mel frame's time in video frames of the
    window. A video that ends before its sound holds its last frame. ``pixels`` is an array for the
    frames, a new one if None.
    """
    mels = slice(window.mel, window.mel + timebase.window_mels)
    clip = {
        "mel": torch.from_numpy(stem.mel[mels]),
        "instrument": torch.tensor(stem.instrument),
    }
    if stem.roll is not None:
        clip["roll"] = torch.from_numpy(stem.roll[mels])
    if stem.visual is not None or stem.frames is not None:
        source = stem.visual if stem.visual is not None else stem.frames
        wanted = np.minimum(window.frame + np.arange(timebase.window), len(source) - 1)
        clip["positions"] = torch.from_numpy(timebase.positions(window))
        if stem.visual is not None:
            clip["visual"] = torch.from_numpy(stem.visual[wanted])
        else:
            clip["frames"] = torch.from_numpy(stem.frames.read(wanted, pixels))
    return clip


class Clips(torch.utils.data.Dataset):
    """All clips of ``stems`` as a map-style dataset of dicts (see ``cut``).

    Parameters
    ----------
    seed : None cuts every stem from its start; a number cuts each from a random offset below one
        step, another in each epoch, so that a model meets more than the same few clips.
    epoch : which one; it and the seed decide the offsets.
    """

    def __init__(self, stems, timebase: TimeBase, seed=None, epoch=0):
        self.timebase = timebase
        self._rooms = defaultdict(list)
        self.clips: list[tuple[Stem, Window]] = []
        rng = None if seed is None else np.random.default_rng([seed, epoch])
        for stem in stems:
            if stem.clips is not None:
                windows = [timebase.window_at(k * timebase.window) for k in stem.clips]
                windows = [w for w in windows if w.mel + timebase.window_mels <= len(stem.mel)]
            else:
                offset = 0 if rng is None else int(rng.integers(timebase.step))
                windows = timebase.windows(len(stem.mel), offset)
            self.clips += [(stem, window) for window in windows]

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, index):
        return cut(*self.clips[index], self.timebase)

    def batch(self, indices):
        """The clips with these ``indices`` as one dict, with a first axis more.

        Frames lie in memory that is used again once nothing refers to them: a fresh place for each batch
        costs half as much as decoding into it.
        """
        frames = self.clips[0][0].frames
        if frames is None:
            return torch.utils.data.default_collate([self[k] for k in indices])
        # Frames are decoded straight to their place; a copy of them costs nearly as much as decoding.
        pixels = self._room((len(indices), self.timebase.window, *frames.shape))
        cuts = [cut(*self.clips[k], self.timebase, room) for k, room in zip(indices, pixels, strict=True)]
        for clip in cuts:
            del clip["frames"]
        return torch.utils.data.default_collate(cuts) | {"frames": torch.from_numpy(pixels)}

    def _room(self, shape):
        """An uint8 array of this ``shape``, whose memory comes back when it, and all made of it, is gone."""
        free = self._rooms[shape]
        memory = free.pop() if free else np.empty(shape, np.uint8)
        room = memory[:]
        weakref.finalize(room, free.append, memory)
        return room
