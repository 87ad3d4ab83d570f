"""ResNet-18 (paper 3.3)."""

import copy
from urllib.error import URLError

import torch
import torchvision
from torch import nn
from torch.fx.experimental.optimization import fuse

from vimusic.errors import UserError
from vimusic.features.eight_bit import EightBit

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Encoder(nn.Module):
    """ResNet-18 without its classifier: RGB frames (N, H, W, 3) uint8 -> (N, 512).

    Parameters
    ----------
    weights : ``imagenet`` (the paper's pretrained network) or ``none`` (random, from torch's seed).
    """

    width = 512
    stored = "float16"

    def __init__(self, weights: str = "none") -> None:
        super().__init__()
        self.trunk = resnet18(weights)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(3, 1, 1) * 255)

    def images(self, frames: torch.Tensor) -> torch.Tensor:
        """What the trunk reads: normalised, (N, 3, H, W)."""
        images = (frames.permute(0, 3, 1, 2) - self.mean).div_(self.std)
        return images.contiguous(memory_format=torch.channels_last)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.trunk(self.images(frames).to(self.trunk.conv1.weight.dtype))

    def folded(self, arithmetic: str = "float32") -> nn.Module:
        """A copy for inference whose batch normalisation is part of the convolutions: an eighth faster."""
        encoder = copy.deepcopy(self).eval()
        encoder.trunk = fuse(encoder.trunk)
        if arithmetic == "int8":
            return EightBit(encoder)
        encoder.trunk.to(getattr(torch, arithmetic))
        return encoder


def resnet18(weights: str) -> nn.Module:
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
