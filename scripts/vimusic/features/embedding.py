"""Frames to embeddings: a seeded encoder, each frame once, read ahead (paper 3.3)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

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


def embed(encoder: nn.Module, frames: FrameStore | Sequence[np.ndarray], device: str) -> np.ndarray:
    """Embeddings (V, width) float32 of all ``frames``, a FrameStore or V arrays (H, W, 3) uint8 RGB."""
    encoder = encoder.folded()
    read = getattr(frames, "read", lambda part: np.stack([frames[k] for k in part]))
    parts = [range(first, min(first + FRAMES, len(frames))) for first in range(0, len(frames), FRAMES)]
    with torch.inference_mode():
        batches = load_batches(
            lambda part: {"frames": torch.from_numpy(read(part))}, parts, torch.get_num_threads(), device
        )
        chunks = [encoder(batch["frames"]).float().cpu().numpy() for batch in batches]
    return np.concatenate(chunks)


def computes_bf16(device: str) -> bool:
    """Whether ``device``, ``cpu`` or ``cuda``, has instructions for bfloat16; others emulate it, slowly."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu.get_capabilities().get("avx512_bf16", False)
