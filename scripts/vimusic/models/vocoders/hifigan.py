"""HiFi-GAN's generator (Kong et al. 2020) with published weights: ``config.json`` and ``{"generator": ...}``.

Transposed convolutions bring the log-mel to the sample rate; after each, the mean of residual blocks of
several widths. The weights' names are the authors', their weight norm (Salimans and Kingma 2016) is
multiplied out.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import leaky_relu

from vimusic.errors import UserError
from vimusic.models import pretrained

CONFIG = "config.json"
SLOPE = 0.1  # of the leaky rectifiers; PyTorch's own, 0.01, before the last layer


def same(channels: int, kernel: int, dilation: int) -> nn.Conv1d:
    """A convolution that changes no length."""
    return nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)


class Residual(nn.Module):
    """Dilated convolutions, each followed by one that is not: the authors' block 1."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(same(channels, kernel, dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(same(channels, kernel, 1) for _ in dilations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for first, second in zip(self.convs1, self.convs2, strict=True):
            x = x + second(leaky_relu(first(leaky_relu(x, SLOPE)), SLOPE))
        return x


class Small(nn.Module):
    """Dilated convolutions alone: the authors' block 2."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(same(channels, kernel, dilation) for dilation in dilations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv in self.convs:
            x = x + conv(leaky_relu(x, SLOPE))
        return x


BLOCKS = {"1": Residual, "2": Small}


class Generator(pretrained.Network):
    """The network that a ``config.json`` describes; ``given`` is what that holds.

    Raises
    ------
    KeyError, ValueError
        It lacks a value, or its rates do not multiply to the hop length.
    """

    floor = 1e-5

    def __init__(self, given: Mapping) -> None:
        super().__init__()
        self.convention = pretrained.Convention(
            given["sampling_rate"], given["n_fft"], given["win_size"], given["hop_size"], given["num_mels"],
            given["fmin"], given["fmax"], norm="slaney", scale="slaney",
        )  # fmt: skip
        rates, widths = given["upsample_rates"], given["upsample_kernel_sizes"]
        kernels, dilations = given["resblock_kernel_sizes"], given["resblock_dilation_sizes"]
        if np.prod(rates) != given["hop_size"]:
            raise ValueError(f"upsample_rates {rates} do not multiply to hop_size {given['hop_size']}")
        block, channels = BLOCKS[str(given["resblock"])], given["upsample_initial_channel"]
        self.conv_pre = nn.Conv1d(given["num_mels"], channels, 7, padding=3)
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        for rate, width in zip(rates, widths, strict=True):
            up = nn.ConvTranspose1d(channels, channels // 2, width, rate, padding=(width - rate) // 2)
            channels //= 2
            self.ups.append(up)
            self.resblocks.extend(block(channels, *each) for each in zip(kernels, dilations, strict=True))
        self.conv_post = nn.Conv1d(channels, 1, 7, padding=3)
        # Its frames are not centred: each has its own hop, not the first sample of it, in its middle.
        self.lead = given["hop_size"] // 2
        after = max((k - 1) // 2 * (sum(d) + len(d)) for k, d in zip(kernels, dilations, strict=True))
        self.reach, samples = 4, 1
        for rate, width in zip(rates, widths, strict=True):
            self.reach += -(-width // (samples * rate))
            samples *= rate
            self.reach += -(-(after + 3) // samples)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        """(B, n_mels, T) to (B, T * hop_length)."""
        x, each = self.conv_pre(log_mel), len(self.resblocks) // len(self.ups)
        for k, up in enumerate(self.ups):
            x = up(leaky_relu(x, SLOPE))
            x = sum(block(x) for block in self.resblocks[k * each : (k + 1) * each]) / each
        return torch.tanh(self.conv_post(leaky_relu(x)))[:, 0]


def fused(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """``state`` with each ``weight_g`` and ``weight_v`` as the ``weight`` g v / |v| that they stand for."""
    found = {name: value for name, value in state.items() if not name.endswith(("weight_g", "weight_v"))}
    for name in state:
        if name.endswith("weight_v"):
            length, direction = state[f"{name[:-1]}g"], state[name]
            norms = direction.flatten(1).norm(dim=1).reshape(length.shape)
            found[name.removesuffix("_v")] = length * direction / norms
    return found


def read(weights: Path) -> Generator:
    """The network with the ``weights`` in this file.

    Raises
    ------
    UserError
        It, or the ``config.json`` beside it, is not what the authors publish.
    """
    path = weights.with_name(CONFIG)
    try:
        network = Generator(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: describes no HiFi-GAN generator ({type(error).__name__}: {error})"
        ) from None
    held = pretrained.checkpoint(weights)
    if not isinstance(held, dict) or "generator" not in held:
        raise UserError(f"{weights}: holds no generator; take the checkpoint that is called g_ or generator_")
    pretrained.fill(network, fused(held["generator"]), weights)
    return network


vocode = pretrained.vocoder(read)
