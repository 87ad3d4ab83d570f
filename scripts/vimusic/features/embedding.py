"""Frames to embeddings: a seeded encoder, each frame once, read ahead (paper 3.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from vimusic.errors import UserError
from vimusic.features.encoders import ENCODERS
from vimusic.features.frames import FrameStore
from vimusic.features.prefetch import load_batches

FRAMES = 32  # embedded at a time: larger batches fall out of a CPU's cache


def make_encoder(name: str, weights: str, seed: int) -> nn.Module:
    """The frozen encoder ``name`` (see ``vimusic.features.encoders``), on the CPU; ``seed`` is that of random
    weights. torch's own state on the CPU is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ENCODERS[name](weights).eval()


@dataclass(frozen=True)
class Embeddings:
    """What is left of V frames that were embedded as they came: ``values`` (V, width) float32."""

    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)


def embed_players(
    encoders: Sequence[nn.Module], crops: Iterable[tuple[int, np.ndarray]], device: str
) -> list[Embeddings]:
    """Embeddings of each player's frames, given as (player, frame (H, W, 3) uint8 RGB), players from 0, by
    that player's encoder; no frame is kept. What ``embed`` makes of them if the ``encoders`` are
    ``folded``; they may be one, if it is not ``fresh``."""
    waiting, chunks = [[] for _ in encoders], [[] for _ in encoders]

    def encode(player: int) -> None:
        batch = torch.from_numpy(np.stack(waiting[player])).to(device)
        chunks[player].append(encoders[player](batch).float().cpu().numpy())
        waiting[player].clear()

    with torch.inference_mode():
        for player, frame in crops:
            waiting[player].append(frame)
            if len(waiting[player]) == FRAMES:
                encode(player)
        for player in range(len(encoders)):
            if waiting[player]:
                encode(player)
    none = np.empty((0, encoders[0].width), np.float32)
    return [Embeddings(np.concatenate([none, *parts])) for parts in chunks]


def embed(
    encoder: nn.Module,
    frames: Embeddings | FrameStore | Sequence[np.ndarray],
    device: str,
    arithmetic: str = "float32",
) -> np.ndarray:
    """Embeddings (V, width) float32 of all ``frames``, a FrameStore or V arrays (H, W, 3) uint8 RGB, computed
    in an ``arithmetic`` of ``vimusic.settings``."""
    if isinstance(frames, Embeddings):
        return frames.values
    encoder = encoder.folded(arithmetic)
    read = getattr(frames, "read", lambda part: np.stack([frames[k] for k in part]))
    parts = [range(first, min(first + FRAMES, len(frames))) for first in range(0, len(frames), FRAMES)]
    with torch.inference_mode():
        batches = load_batches(
            lambda part: {"frames": torch.from_numpy(read(part))}, parts, torch.get_num_threads(), device
        )
        chunks = [encoder(batch["frames"]).float().cpu().numpy() for batch in batches]
    return np.concatenate(chunks)


def resolved(arithmetic: str, device: str) -> str:
    """An ``arithmetic`` of ``vimusic.settings``; for ``auto`` bfloat16 where ``device``, ``cpu`` or ``cuda``,
    has instructions for it, else 8-bit integers where it has those, which move a prediction more.

    Raises
    ------
    UserError
        8-bit integers where they cannot be computed.
    """
    cpu = torch.cpu.get_capabilities() if device == "cpu" else {}
    eight = cpu.get("architecture") == "x86_64" and torch.backends.mkldnn.is_available()
    if arithmetic == "int8" and not eight:
        raise UserError("int8: is computed on an x86 processor alone; choose bfloat16 or float32")
    if arithmetic != "auto":
        return arithmetic
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    if cpu.get("avx512_bf16") or cpu.get("amx_bf16"):
        return "bfloat16"
    return "int8" if eight and (cpu.get("avx512_vnni") or cpu.get("avx_vnni")) else "float32"
