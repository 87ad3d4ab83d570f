"""Stems and the 64-frame clips cut from them (paper 3.2).

What a model may see is one type, ``Seen``; the truth that it is to find belongs to another, ``Stem``.
"""

import json
import weakref
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vimusic.data.urmp import INSTRUMENTS, annotated_f0, nearest_f0
from vimusic.errors import UserError
from vimusic.features import audio
from vimusic.features.frames import FrameStore
from vimusic.models.recipe import Recipe
from vimusic.settings import ON_MELS
from vimusic.timebase import TimeBase, Window

CODES = list(INSTRUMENTS)
TRUTH = ("mel", "waveform", "f0", "played")  # what of a batch is not the model's to see


@dataclass(frozen=True)
class Seen:
    """What a model may see of one player. T mel frames, V video frames.

    ``mel_frames`` is T; ``instrument`` an index into ``CODES``; ``roll`` (T, 128) or None; ``visual``
    (V, D) frame embeddings or None; ``frames`` a FrameStore or None; ``notes`` (T, n) note features or
    None; ``performance`` (T, 2) loudness and intonation of the recording itself, or None.
    """

    name: str
    mel_frames: int
    instrument: int
    roll: np.ndarray | None = None
    visual: np.ndarray | None = None
    frames: FrameStore | None = None
    notes: np.ndarray | None = None
    performance: np.ndarray | None = None


@dataclass(frozen=True)
class Stem:
    """What is seen of one player and what is heard, the truth: ``mel`` (T, n_mels) ln power, and, for models
    that are trained on it, ``waveform`` (N,) with ``f0`` (T,) Hz, 0 where none is annotated, and ``played``
    (T, n), note features and performance; else None.

    ``clips`` are the numbers of the clips that count where the split is by clip, else None.
    """

    seen: Seen
    mel: np.ndarray
    clips: list[int] | None = None
    waveform: np.ndarray | None = None
    f0: np.ndarray | None = None
    played: np.ndarray | None = None


def load_seen(row: Any, features: Path, recipe: Recipe) -> Seen:
    """What a model of this ``recipe`` sees of one stem, from the folder ``features``; nothing else is read.

    Parameters
    ----------
    row : a row of split.tsv with piece, track, instrument; its index is the stem's name.

    Raises
    ------
    UserError
        A stem shorter than one window, or features that are no numbers.
    """
    piece = Path(features) / row.piece
    stem = piece / str(row.track)
    length, clock = stem / "length.json", recipe.clock
    mel_frames = clock.mel_frames(json.loads(length.read_text())["samples"])
    if mel_frames < clock.window_mels:
        raise UserError(
            f"{length}: {mel_frames} mel frames are shorter than one window of {clock.window_mels} "
            f"({clock.window / clock.fps:.3f} s); leave this stem out"
        )
    tables = {
        name: _finite(np.load(stem / f"{name}.npy"), stem / f"{name}.npy")
        for name in ON_MELS
        if name in recipe.reads
    }
    visual = frames = None
    if "video" in recipe.inputs and recipe.finetune:
        frames = FrameStore(piece / recipe.crops / "frames.zip", row.track)
    elif "video" in recipe.inputs:
        path = piece / recipe.crops / f"{recipe.encoder}.npz"
        with np.load(path) as tracks:
            visual = _finite(as_read(tracks[str(row.track)], recipe.centre), path)
    return Seen(row.Index, mel_frames, CODES.index(row.instrument), visual=visual, frames=frames, **tables)


def load_stem(row: Any, features: Path, data: Path, recipe: Recipe) -> Stem:
    """``load_seen`` with the truth: ``mel.npy``, and what else the model is trained on.

    Parameters
    ----------
    row : with audio, notes, f0s and seconds too.
    data : folder of the dataset.

    Raises
    ------
    UserError
        As ``load_seen``, ``vimusic.features.audio.load`` and ``vimusic.data.urmp.annotated_f0``.
    """
    path, folder = Path(features) / row.piece / str(row.track) / "mel.npy", Path(data) / row.piece
    seen, mel = load_seen(row, features, recipe), _finite(np.load(path), path)
    truth = {}
    if "waveform" in recipe.truth:
        *track, _ = annotated_f0(folder / row.f0s, folder / row.notes, row.seconds)
        hertz = nearest_f0(*track, recipe.clock.mel_times(len(mel)))
        truth = {
            "waveform": audio.load(folder / row.audio, recipe.sample_rate),
            "f0": hertz.astype(np.float32),
        }
    if "played" in recipe.truth:
        tables = [path.with_name(f"{name}.npy") for name in ("notes", "performance")]
        truth["played"] = np.concatenate([_finite(np.load(table), table) for table in tables], axis=1)
    return Stem(seen, mel, row.clips, **truth)


def as_read(visual: np.ndarray, centre: bool) -> np.ndarray:
    """Embeddings (V, D) in float16, as they are stored, as a model reads them: float32, less their mean over
    the stem if ``centre``, which leaves motion and drops looks. Pixels, in uint8, stay as they are."""
    if visual.dtype == np.uint8:
        return visual
    visual = visual.astype(np.float32)
    return visual - visual.mean(axis=0) if centre else visual


def _finite(values: np.ndarray, path: Path) -> np.ndarray:
    if not np.isfinite(values).all():
        raise UserError(f"{path}: holds values that are no finite numbers; delete it, to have it made again")
    return values


def cut(
    seen: Seen, window: Window, timebase: TimeBase, pixels: np.ndarray | None = None
) -> dict[str, torch.Tensor]:
    """What is ``seen`` in ``window``: a dict of tensors, only of what there is.

    ``instrument`` (), ``positions`` (T,), each mel frame's time in video frames of the window, ``roll``
    (T, 128), ``notes`` and ``performance`` (T, n), ``visual`` (V, D) or ``frames`` (V, H, W, 3) uint8. A
    video that ends before its sound holds its last frame. ``pixels`` is an array for the frames, a new one
    if None.
    """
    clip = {
        "instrument": torch.tensor(seen.instrument),
        "positions": torch.from_numpy(timebase.positions(window)),
    }
    for name in ON_MELS:
        table = getattr(seen, name)
        if table is not None:
            clip[name] = torch.from_numpy(table[window.mel : window.mel + timebase.window_mels])
    source = seen.frames if seen.visual is None else seen.visual
    if source is not None:
        wanted = np.minimum(window.frame + np.arange(timebase.window), len(source) - 1)
        if seen.visual is not None:
            clip["visual"] = torch.from_numpy(seen.visual[wanted])
        else:
            clip["frames"] = torch.from_numpy(seen.frames.read(wanted, pixels))
    return clip


class Clips(torch.utils.data.Dataset):
    """All clips of ``stems`` as a map-style dataset: dicts as ``cut`` gives them, and the truth: ``mel``
    (T, n_mels), and of stems that have them ``waveform`` ((T - 1) * hop,) with ``f0`` (T,), and ``played``
    (T, n).

    Parameters
    ----------
    seed : None cuts every stem from its start; a number cuts each from a random offset below one
        step, another in each epoch, so that a model meets more than the same few clips.
    epoch : which one; it and the seed decide the offsets.
    """

    def __init__(
        self, stems: Iterable[Stem], timebase: TimeBase, seed: int | None = None, epoch: int = 0
    ) -> None:
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

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return self._cut(index)

    def _cut(self, index: int, pixels: np.ndarray | None = None) -> dict[str, torch.Tensor]:
        stem, window = self.clips[index]
        first, last, hop = window.mel, window.mel + self.timebase.window_mels, self.timebase.hop_length
        truth = {"mel": stem.mel[first:last]}
        if stem.waveform is not None:
            truth |= {"waveform": stem.waveform[first * hop : (last - 1) * hop], "f0": stem.f0[first:last]}
        if stem.played is not None:
            truth["played"] = stem.played[first:last]
        clip = cut(stem.seen, window, self.timebase, pixels)
        return clip | {name: torch.from_numpy(values) for name, values in truth.items()}

    def batch(self, indices: Sequence[int]) -> dict[str, torch.Tensor]:
        """The clips with these ``indices`` as one dict, with a first axis more.

        Frames lie in memory that is used again once nothing refers to them: a fresh place for each batch
        costs half as much as decoding into it.
        """
        frames = self.clips[0][0].seen.frames
        if frames is None:
            return torch.utils.data.default_collate([self[k] for k in indices])
        # Frames are decoded straight to their place; a copy of them costs nearly as much as decoding.
        pixels = self._room((len(indices), self.timebase.window, *frames.shape))
        cuts = [self._cut(k, room) for k, room in zip(indices, pixels, strict=True)]
        for clip in cuts:
            del clip["frames"]
        return torch.utils.data.default_collate(cuts) | {"frames": torch.from_numpy(pixels)}

    def _room(self, shape: tuple[int, ...]) -> np.ndarray:
        """An uint8 array of this ``shape``, whose memory comes back when it, and all made of it, is gone."""
        free = self._rooms[shape]
        memory = free.pop() if free else np.empty(shape, np.uint8)
        room = memory[:]
        weakref.finalize(room, free.append, memory)
        return room
