"""Vocos (Siuzdak 2023) with published weights: ``config.yaml`` and ``pytorch_model.bin``.

ConvNeXt blocks (Liu et al. 2022) give the STFT of every frame, which is inverted. The weights' names are the
author's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import nn
from torch.nn import functional

from vimusic.errors import UserError
from vimusic.models import pretrained

CONFIG = "config.yaml"
LOUDEST = 100.0  # magnitude of a cell
EPSILON = 1e-6  # of the norms
PARTS = {"feature_extractor": "MelSpectrogramFeatures", "backbone": "VocosBackbone", "head": "ISTFTHead"}


class Block(nn.Module):
    """ConvNeXt: a convolution over time in each channel, then two layers over the channels of each frame."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, EPSILON)
        self.pwconv1, self.pwconv2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, dim, T) to the same."""
        inner = self.norm(self.dwconv(x).transpose(1, 2))
        inner = self.gamma * self.pwconv2(functional.gelu(self.pwconv1(inner)))
        return x + inner.transpose(1, 2)


class Backbone(nn.Module):
    """(B, n_mels, T) to (B, T, dim)."""

    def __init__(self, input_channels: int, dim: int, intermediate_dim: int, num_layers: int) -> None:
        super().__init__()
        self.embed = nn.Conv1d(input_channels, dim, 7, padding=3)
        self.norm = nn.LayerNorm(dim, EPSILON)
        self.convnext = nn.ModuleList(Block(dim, intermediate_dim) for _ in range(num_layers))
        self.final_layer_norm = nn.LayerNorm(dim, EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.embed(x).transpose(1, 2)).transpose(1, 2)
        for block in self.convnext:
            x = block(x)
        return self.final_layer_norm(x.transpose(1, 2))


class Head(nn.Module):
    """(B, T, dim) to ln magnitudes and phases of an STFT, to sound: (B, (T - 1) * hop_length), or, padded to
    be the ``same``, (B, T * hop_length)."""

    def __init__(self, dim: int, n_fft: int, hop_length: int, padding: str) -> None:
        super().__init__()
        self.n_fft, self.hop_length = n_fft, hop_length
        self.cut = n_fft // 2 if padding == "center" else (n_fft - hop_length) // 2
        self.out = nn.Linear(dim, n_fft + 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        magnitude, phase = self.out(x).transpose(1, 2).chunk(2, dim=1)
        spectrum = torch.polar(magnitude.exp().clamp(max=LOUDEST), phase)
        window = torch.hann_window(self.n_fft, device=x.device)
        frames = torch.fft.irfft(spectrum, self.n_fft, dim=1) * window[:, None]
        weights = (window**2)[:, None].expand(1, -1, frames.shape[2])
        return self.added(frames) / self.added(weights)

    def added(self, frames: torch.Tensor) -> torch.Tensor:
        """Overlapping frames (B, n_fft, T), ``hop_length`` apart, as one signal without its ends."""
        total = (frames.shape[2] - 1) * self.hop_length + self.n_fft
        signal = functional.fold(frames, (1, total), (1, self.n_fft), stride=(1, self.hop_length))
        return signal[:, 0, 0, self.cut : total - self.cut]


class Vocos(pretrained.Network):
    """The network that a ``config.yaml`` describes; ``given`` are the arguments of its three ``PARTS``.

    Raises
    ------
    KeyError, TypeError
        One lacks an argument, or has one that is none.
    """

    floor = 1e-7

    def __init__(self, given: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        mels, head = given["feature_extractor"], given["head"]
        rate, n_fft, hop = mels["sample_rate"], mels["n_fft"], mels["hop_length"]
        # What is not said is as in torchaudio.transforms.MelSpectrogram, which makes them.
        self.convention = pretrained.Convention(
            rate, n_fft, n_fft, hop, mels["n_mels"], mels.get("f_min") or 0.0, mels.get("f_max") or rate / 2,
            norm=mels.get("norm") or "none", scale=mels.get("mel_scale", "htk"),
        )  # fmt: skip
        self.lead = 0 if mels.get("padding", "center") == "center" else hop // 2
        self.backbone = Backbone(**given["backbone"])
        self.head = Head(head["dim"], head["n_fft"], head["hop_length"], mels.get("padding", "center"))
        self.reach = 3 * (1 + len(self.backbone.convnext)) + n_fft // hop

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        return self.head(self.backbone(log_mel))


def described(path: Path) -> dict[str, dict[str, Any]]:
    """The arguments of the three parts of a ``config.yaml``.

    Raises
    ------
    UserError
        It has others.
    """
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        classes = {part: config[part]["class_path"].rpartition(".")[2] for part in PARTS}
        given = {part: dict(config[part]["init_args"]) for part in PARTS}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError):
        raise UserError(f"{path}: describes no Vocos ({', '.join(PARTS)}, each with init_args)") from None
    for part, name in PARTS.items():
        if classes[part] != name:
            raise UserError(f"{path}: {part} is {classes[part]}; only {name} is known here")
    return given


def read(weights: Path) -> Vocos:
    """The network with the ``weights`` in this file.

    Raises
    ------
    UserError
        It, or the ``config.yaml`` beside it, is not what the author publishes.
    """
    path = weights.with_name(CONFIG)
    given = described(path)
    try:
        network = Vocos(given)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: describes no Vocos ({type(error).__name__}: {error})") from None
    held = pretrained.checkpoint(weights)
    if not isinstance(held, dict):
        raise UserError(f"{weights}: holds no weights by name; take pytorch_model.bin")
    # Windows and filters are kept beside what is learnt.
    kept = ("backbone.", "head.out.")
    pretrained.fill(network, {name: value for name, value in held.items() if name.startswith(kept)}, weights)
    return network


vocode = pretrained.vocoder(read)
