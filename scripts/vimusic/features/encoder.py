"""The visual encoder: ResNet-18 per frame (paper 3.3)."""

import copy
from urllib.error import URLError

import numpy as np
import torch
import torchvision
from torch import nn
from torch.fx.experimental.optimization import fuse

from vimusic.features.prefetch import load_batches
from vimusic.errors import UserError

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FRAMES = 32  # embedded at a time: larger batches fall out of a CPU's cache


class FrameEncoder(nn.Module):
    """ResNet-18 without its classifier: RGB frames (N, H, W, 3) uint8 -> (N, 512).

    Parameters
    ----------
    weights : ``imagenet`` (the paper's pretrained network) or ``none`` (random, from torch's seed).
    """

    width = 512

    def __init__(self, weights="none"):
        super().__init__()
        self.trunk = resnet18(weights)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(3, 1, 1) * 255)

    def forward(self, frames):
        images = (frames.permute(0, 3, 1, 2) - self.mean).div_(self.std)
        return self.trunk(images.contiguous(memory_format=torch.channels_last))

    def folded(self):
        """A copy for inference whose batch normalisation is part of the convolutions: an eighth faster."""
        encoder = copy.deepcopy(self).eval()
        encoder.trunk = fuse(encoder.trunk)
        return encoder


def resnet18(weights):
    """torchvision's ResNet-18 ending in the 512 pooled features.

    Raises
    ------
    UserError
        ImageNet weights that are not cached and cannot be downloaded.
    """
    choice = {"imagenet": torchvision.models.ResNet18_Weights.IMAGENET1K_V1, "none": None}[weights]
    try:
        trunk = torchvision.models.resnet18(weights=choice)
    except (URLError, OSError) as error:
        raise UserError(
            f"ResNet-18 ImageNet weights cannot be downloaded ({error}); put {choice.url} into "
            f"{torch.hub.get_dir()}/checkpoints, or set encoder.weights: none"
        ) from None
    trunk.fc = nn.Identity()
    return trunk.to(memory_format=torch.channels_last)


def computes_bf16(device):
    """Whether ``device``, ``cpu`` or ``cuda``, has instructions for bfloat16; others emulate it, slowly."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu.get_capabilities().get("avx512_bf16", False)


def embed(encoder, frames, device):
    """Embeddings (V, 512) float32 of all ``frames`` (a FrameStore), each frame once, read ahead."""
    encoder = encoder.folded()

    def read(part):
        return {"frames": torch.from_numpy(frames.read(part))}

    parts = [range(first, min(first + FRAMES, len(frames))) for first in range(0, len(frames), FRAMES)]
    with torch.inference_mode():
        batches = load_batches(read, parts, torch.get_num_threads(), device)
        chunks = [encoder(batch["frames"]).float().cpu().numpy() for batch in batches]
    return np.concatenate(chunks)
