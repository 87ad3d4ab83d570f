"""Vocoders that others have trained and published, fed with this project's log-mels.

Their log-mels are ln(max(filters @ |STFT|, floor)), ours are of powers (``features.audio``). Where a frame's
centre lies and the floor are converted exactly, what lies above the floor nearly (``converted``): a band's
power does not tell its magnitude. Whatever else differs is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from vimusic.errors import UserError
from vimusic.features import audio

BLOCK = 1000  # frames that a network is given at once, besides its reach: memory does not grow with a stem
TONE, SECONDS, LEVELS = 220.0, 1.0, (0.2, 0.002)  # Hz, s and amplitudes of the test tones: ten partials
UNEVEN = 0.24  # ln of a band's root mean square over its mean magnitude (docs/metrics.md)
OFF = 12.0  # dB by which its level may change; read as log10, or as of powers, it is 20 to 60


@dataclass(frozen=True)
class Convention:
    """What has to be the same in a vocoder's log-mels and in ours."""

    sample_rate: int
    n_fft: int
    window: int  # samples
    hop_length: int
    n_mels: int
    fmin: float
    fmax: float
    norm: str
    scale: str

    @classmethod
    def ours(cls, sample_rate: int, n_fft: int, hop_length: int, n_mels: int) -> "Convention":
        """That of ``features.audio.log_mel``."""
        limits = (audio.FMIN, audio.FMAX)
        return cls(sample_rate, n_fft, n_fft, hop_length, n_mels, *limits, norm="slaney", scale="slaney")


class Network(nn.Module):
    """A vocoder's network: log-mels (1, n_mels, T) to sound (1, N), frame t from sample t * hop_length.

    ``convention`` and ``floor`` (a magnitude) are those of its log-mels; a frame's centre lies ``lead``
    samples after its first; a sample depends on ``reach`` frames on each side.
    """

    convention: Convention
    floor: float
    lead: int
    reach: int


def checkpoint(path: Path) -> Any:
    """What ``path`` holds, without running any code that may be in it.

    Raises
    ------
    UserError
        It holds anything but weights.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception:
        # pickle, zipfile and torch each raise their own, over many lines.
        raise UserError(f"{path}: holds no weights that can be read safely; fetch it again") from None


def fill(network: nn.Module, state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Load ``state``, read from ``path``, into the ``network``.

    Raises
    ------
    UserError
        Names or shapes are not those of the network that its configuration describes.
    """
    wanted = network.state_dict()
    for name in sorted({*wanted} ^ {*state}):
        there = "holds no" if name in wanted else "holds an unknown"
        raise UserError(f"{path}: {there} {name}; it is of another network than its configuration says")
    for name, value in wanted.items():
        if value.shape != state[name].shape:
            raise UserError(
                f"{path}: {name} is {tuple(state[name].shape)}, by its configuration {tuple(value.shape)}"
            )
    network.load_state_dict(state)
    network.eval().requires_grad_(False)


def check(network: Network, ours: Convention, path: Path) -> None:
    """``UserError`` unless the ``network``, read from ``path``, was made for log-mels that can be made of
    ``ours``: by its configuration, then by ear (``level_change``)."""
    theirs, mine = asdict(network.convention), asdict(ours)
    different = [name for name in mine if theirs[name] != mine[name]]
    if different:
        told = (f"{name} {theirs[name]}, this run's {mine[name]}" for name in different)
        raise UserError(f"{path}: made for log-mels of {'; '.join(told)}; take weights that fit this run's")
    change = level_change(network)
    if not abs(change) < OFF:
        raise UserError(
            f"{path}: a test tone, told as ln of magnitudes above {network.floor:g}, changes by "
            f"{change:+.0f} dB; the weights are untrained, or for another logarithm or powers: take others"
        )
    print(f"{path}: given ln of magnitudes above {network.floor:g}; a test tone changes by {change:+.1f} dB")


def level_change(network: Network) -> float:
    """dB by which a test tone is louder once its log-mel has gone through the ``network``; of a loud and a
    soft one the greater change."""
    shape = network.convention
    seconds = np.arange(round(SECONDS * shape.sample_rate)) / shape.sample_rate
    tone = sum(np.sin(2 * np.pi * k * TONE * seconds) / k for k in range(1, 11))
    changes = []
    for level in LEVELS:
        signal = (level * tone).astype(np.float32)
        log_mel = audio.log_mel(signal, shape.sample_rate, shape.n_fft, shape.hop_length, shape.n_mels)
        heard = render(network, converted(log_mel, network), len(signal))
        changes.append(10 * np.log10(max(np.mean(heard**2), 1e-20) / np.mean(signal**2)))
    return float(max(changes, key=abs))


def converted(log_mel: np.ndarray, network: Network) -> np.ndarray:
    """``log_mel`` (T, n_mels) of powers as that of magnitudes which the ``network`` reads.

    A band's mean magnitude is its root mean square, less ``UNEVEN``.
    """
    shape = network.convention
    area = audio.mel_filters(shape.sample_rate, shape.n_fft, shape.n_mels).sum(axis=1)
    return np.maximum((log_mel + np.log(area)) / 2 - UNEVEN, np.log(network.floor))


def render(network: Network, log_mel: np.ndarray, length: int) -> np.ndarray:
    """Sound (length,) float32 of a log-mel (T, n_mels) in the convention of the ``network``; frame t is
    centred at sample t * hop_length, and the last frame holds on where it ends before the sound."""
    hop, reach = network.convention.hop_length, network.reach
    frames = -(-(network.lead + length) // hop)
    # One more: a sound may end with the centre of its last frame.
    x = np.pad(log_mel, ((0, max(0, frames + 1 - len(log_mel))), (0, 0)), "edge").T
    parts = []
    with torch.inference_mode():
        for first in range(0, frames, BLOCK):
            start, last = max(0, first - reach), min(first + BLOCK, frames)
            given = torch.from_numpy(np.ascontiguousarray(x[:, start : last + reach + 1], np.float32))
            sound = network(given[None])[0]
            parts.append(sound[(first - start) * hop : (last - start) * hop].numpy())
    return np.concatenate(parts)[network.lead : network.lead + length]


def vocoder(read: Callable[[Path], Network]) -> Callable[..., np.ndarray]:
    """The ``vocode`` of ``vimusic.models.vocoders`` whose network ``read`` makes of a file of weights, which
    is read and checked once; ``iterations`` are Griffin-Lim's, and not used."""

    @cache
    def ready(weights: str, *shape: int) -> Network:
        network = read(Path(weights))
        check(network, Convention.ours(*shape), Path(weights))
        return network

    def vocode(
        log_mel: np.ndarray,
        length: int,
        sample_rate: int,
        n_fft: int,
        hop_length: int,
        weights: str,
        iterations: int | None = None,
    ) -> np.ndarray:
        network = ready(weights, sample_rate, n_fft, hop_length, log_mel.shape[1])
        return render(network, converted(log_mel, network), length)

    return vocode
