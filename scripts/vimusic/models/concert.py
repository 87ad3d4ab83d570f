"""Players heard block by block as their film is read: memory does not grow with its length (paper 3.5)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from vimusic.features.embedding import Embeddings
from vimusic.features.parts import Triple, placed
from vimusic.models.predictor import Predictor

BLOCK, OVERLAP = 30, 4  # s; whole, so that each block begins with a frame and a sample
APART = 1.0  # s of the overlap at both of its ends that are not heard: a held note begins anew there
FADE = 0.02  # s
READ = 1 << 16  # samples
PEAK, MOST = 0.9, 30  # the mix's, and how many times it is raised at most: silence stays silence


@dataclass(frozen=True)
class Player:
    """What one player plays, as ``told``: ``notes`` on the film's clock where the model reads notes, URMP's
    code of the ``instrument`` where it reads that."""

    told: str
    notes: list[Triple] | None = None
    instrument: str | None = None


def heard(
    predictor: Predictor,
    frames: Embeddings | None,
    notes: list[Triple] | None,
    seconds: float,
    instrument: str | None,
    inference: Mapping[str, Any],
) -> np.ndarray:
    """Sound (N,) of one player, N = round(seconds * sample rate). In less than a window the last picture is
    held, and what sounds then is cut off."""
    lasting = max(seconds, predictor.longest.window_s)
    signal = predictor.play(frames, notes, lasting, instrument, **inference)
    return signal[: round(seconds * predictor.recipe.sample_rate)]


def spans(seconds: float) -> list[tuple[int, float]]:
    """Begin and end (s) of blocks of ``BLOCK`` that overlap by ``OVERLAP`` and cover ``seconds``."""
    count = max(1, math.ceil((seconds - OVERLAP) / (BLOCK - OVERLAP)))
    begins = [k * (BLOCK - OVERLAP) for k in range(count)]
    return [(begin, min(begin + BLOCK, seconds)) for begin in begins]


def joined(before: np.ndarray, after: np.ndarray, rate: int) -> np.ndarray:
    """From one rendering of the same seconds to another, (M,), where both are quietest: their phases differ,
    and in a rest, or between two notes, nobody hears that."""
    fade = round(FADE * rate)
    energy = np.convolve(before**2 + after**2, np.ones(fade), "valid")
    apart = round(APART * rate)
    first = apart + int(np.argmin(energy[apart : len(energy) - apart]))
    weight = np.clip((np.arange(len(before)) - first) / fade, 0, 1)
    return ((1 - weight) * before + weight * after).astype(np.float32)


def perform(
    predictor: Predictor,
    players: Sequence[Player],
    seconds: float,
    crops: Iterator[tuple[int, np.ndarray]] | None,
    folder: Path,
    inference: Mapping[str, Any],
) -> list[Path]:
    """Sound of each of the ``players``, ``seconds`` long, as a wav in ``folder``.

    A model that centres its embeddings does so within each block.

    Parameters
    ----------
    crops : (player from 0, frame) as ``crop_players`` yields them; None for a model that reads no video.
    inference : ``vocoder``, ``iterations`` and ``weights`` of ``Predictor.play``.
    """
    rate, fps = predictor.recipe.sample_rate, predictor.recipe.fps
    paths = [folder / f"{number}.wav" for number in range(len(players))]
    eyes = predictor.eyes(len(players)) if crops is not None else []
    seen, first, tails = [], 0, [np.zeros(0, np.float32)] * len(players)
    with ExitStack() as stack:
        files = [soundfile.SoundFile(path, "w", rate, 1, subtype="FLOAT") for path in paths]
        sounds = [stack.enter_context(file) for file in files]
        for begin, end in spans(seconds):
            if crops is not None:
                missing = max(0, math.ceil(end * fps) - first - (len(seen[0]) if seen else 0))
                watched = predictor.watch(islice(crops, missing * len(players)), eyes)
                more = [each.values for each in watched]
                seen = list(map(np.concatenate, zip(seen, more, strict=True))) if seen else more
                past = min(begin * fps - first, len(seen[0]) - 1)
                seen, first = [values[past:] for values in seen], first + past
            for number, player in enumerate(players):
                frames = Embeddings(seen[number]) if seen else None
                notes = None if player.notes is None else placed(player.notes, end - begin, -begin)
                signal = heard(predictor, frames, notes, end - begin, player.instrument, inference)
                tail = tails[number]
                if len(tail):
                    signal[: len(tail)] = joined(tail, signal[: len(tail)], rate)
                kept = len(signal) - (OVERLAP * rate if end < seconds else 0)
                sounds[number].write(signal[:kept])
                tails[number] = signal[kept:].copy()
    return paths


def mix(sounds: Sequence[Path], whole: Path, each: Sequence[Path] = ()) -> None:
    """Write the sum of the wavs ``sounds`` to ``whole``, and each of them to ``each``, in 16 bits; all are
    scaled alike, with a notice, to peak at ``PEAK``: recordings that a model learnt from lie as low as they
    were recorded."""
    peak = PEAK / MOST
    for signals in _together(sounds):
        peak = max(peak, np.abs(signals).max(), np.abs(signals.sum(axis=0)).max())
    scale = PEAK / peak
    print(f"level: {20 * math.log10(scale):+.1f} dB")
    rate = soundfile.info(sounds[0]).samplerate
    with ExitStack() as stack:
        files = [soundfile.SoundFile(path, "w", rate, 1, subtype="PCM_16") for path in (whole, *each)]
        outputs = [stack.enter_context(file) for file in files]
        for signals in _together(sounds):
            scaled = signals * scale
            for output, signal in zip(outputs, (scaled.sum(axis=0), *scaled), strict=False):
                output.write(signal)


def _together(paths: Sequence[Path]) -> Iterator[np.ndarray]:
    """The wavs at ``paths``, of one length, in pieces (len(paths), n)."""
    for pieces in zip(*(soundfile.blocks(path, READ, dtype="float32") for path in paths), strict=True):
        yield np.stack(pieces)
