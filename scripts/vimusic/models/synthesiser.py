"""A differentiable harmonic-plus-noise synthesiser (Serra and Smith 1990; Engel et al. 2020).

A sound is partials at the multiples of one f0, plus noise with a spectrum of its own in every frame, in a
room. Its controls come once per frame, frame m centred on sample m * hop, and are one tensor (B, T, C):
f0 in Hz, the amplitude of each harmonic, the level of each noise band (see ``Synthesiser.split``). One
tensor, because windows of it are cross-faded like windows of a log-mel.

B sounds, T frames, H harmonics, K noise bands.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import NamedTuple

import torch
from scipy.fft import next_fast_len
from torch import nn
from torch.autograd.function import FunctionCtx
from torch.nn.functional import interpolate, max_pool1d

RESOLUTIONS = (2048, 1024, 512, 256)  # n_fft of the loss; the hop is a quarter
# STFT magnitude at which the loss stops to care: the rounding noise of 16-bit wavs.
FLOOR = 1e-4
ROOM_SECONDS = 0.25
ROOM_LEVEL, ROOM_DECAY = 0.1, 30.0  # of the room's first echo; dB by which the last one is weaker


def phases(
    f0: torch.Tensor, hop_length: int, sample_rate: int, start: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Phase of every sample while f0 glides linearly from frame to frame.

    The integral of a line is known, so only whole frames are summed, and in double precision: single
    precision drifts within a stem.

    Parameters
    ----------
    f0 : (B, T) Hz, in the precision in which the phases are wanted.
    start : (B,) turns at the first frame, float64.

    Returns
    -------
    phases : (B, T - 1, hop_length) radians in [-pi, pi].
    end : (B,) turns at the last frame, in [0, 1), float64: the ``start`` of what follows.
    """
    share = torch.arange(hop_length, device=f0.device, dtype=torch.float64) / hop_length
    turns = f0.double() * (hop_length / sample_rate)  # per frame
    left, right = turns[:, :-1, None], turns[:, 1:, None]
    passed = start[:, None] + ((left + right) / 2).squeeze(-1).cumsum(1)
    begin = torch.cat([start[:, None], passed[:, :-1]], 1).unsqueeze(-1)
    at = begin + left * share + (right - left) * share.square() / 2
    return (2 * math.pi * (at - at.round())).to(f0.dtype), passed[:, -1] % 1


def _multiples(phase: torch.Tensor, count: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Sine and cosine of 1, 2, ... ``count`` times ``phase``, by rotation: no sine is computed twice.

    The rotation's error grows linearly with the harmonic (100 dB down at the 80th); the shorter recurrence
    of sines alone loses small phases with its square. The tensors are overwritten by the next step: fresh
    memory costs more than the arithmetic.
    """
    sine, cosine = phase.sin(), phase.cos()
    s, c, spare = sine.clone(), cosine.clone(), torch.empty_like(sine)
    for _ in range(count):
        yield s, c
        torch.mul(s, cosine, out=spare).addcmul_(c, sine)
        c.mul_(cosine).addcmul_(s, sine, value=-1)
        s, spare = spare, s


class _Partials(torch.autograd.Function):
    """Sum over k of (start + share * change) of harmonic k times its sine; ``start`` and ``change`` (T, H, 1)
    per frame. Backward computes the sines anew instead of keeping H times the sound."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, phase: torch.Tensor, start: torch.Tensor, change: torch.Tensor, share: torch.Tensor
    ) -> torch.Tensor:
        ctx.save_for_backward(phase, start, change, share)
        level, growth = torch.zeros_like(phase), torch.zeros_like(phase)
        # Unbound once: indexing in the loop makes a view of the whole for every harmonic.
        rows = zip(start.unbind(1), change.unbind(1), strict=True)
        for (here, more), (sine, _) in zip(rows, _multiples(phase, start.shape[1]), strict=True):
            level.addcmul_(here, sine)
            growth.addcmul_(more, sine)
        return level.addcmul_(growth, share)

    @staticmethod
    def backward(
        ctx: FunctionCtx, gradient: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None]:
        phase, start, change, share = ctx.saved_tensors
        level, growth, spare = torch.zeros_like(phase), torch.zeros_like(phase), torch.empty_like(phase)
        later, to_start, to_change = gradient * share, [], []
        rows = zip(start.unbind(1), change.unbind(1), strict=True)
        multiples = _multiples(phase, start.shape[1])
        for k, ((here, more), (sine, cosine)) in enumerate(zip(rows, multiples, strict=True), 1):
            level.addcmul_(here, cosine, value=k)
            growth.addcmul_(more, cosine, value=k)
            to_start.append(torch.mul(gradient, sine, out=spare).sum(-1, keepdim=True))
            to_change.append(torch.mul(later, sine, out=spare).sum(-1, keepdim=True))
        to_phase = gradient * level.addcmul_(growth, share)
        return to_phase, torch.stack(to_start, 1), torch.stack(to_change, 1), None


def partials(phase: torch.Tensor, amplitudes: torch.Tensor) -> torch.Tensor:
    """Oscillator bank: sum over k of amplitude k times sin(k * phase) (Engel et al. 2020, section 3.1).

    Parameters
    ----------
    phase : (T - 1, hop) radians, see ``phases``.
    amplitudes : (T, H) of harmonics 1 .. H at the frames, H of 1 or more; linear between them.

    Returns
    -------
    (T - 1, hop), differentiable once in both.
    """
    share = torch.arange(phase.shape[-1], device=phase.device, dtype=phase.dtype) / phase.shape[-1]
    start, change = amplitudes[:-1].unsqueeze(-1), amplitudes.diff(dim=0).unsqueeze(-1)
    return _Partials.apply(phase, start, change, share)


def below_nyquist(f0: torch.Tensor, harmonics: int, sample_rate: int) -> torch.Tensor:
    """Which harmonics can sound without aliasing, (B, T, harmonics) bool, of f0 (B, T) in Hz.

    A harmonic that a neighbouring frame puts at or above half the sample rate is none either, because
    amplitudes reach from frame to frame.
    """
    highest = max_pool1d(f0.unsqueeze(1), 3, stride=1, padding=1).squeeze(1)
    number = torch.arange(1, harmonics + 1, device=f0.device)
    return number * highest.unsqueeze(-1) < sample_rate / 2


def noise_frames(
    bands: torch.Tensor, hop_length: int, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Frames of noise to overlap and add: spectra of random phase (Serra and Smith 1990), windowed.

    Under a sine window, half overlapped, the powers of independent frames add up to a constant.

    Parameters
    ----------
    bands : (B, T, K) levels at K frequencies evenly from 0 to half the sample rate, linear between
        them; equal levels g give white noise of standard deviation g.

    Returns
    -------
    (B, T, 2 * hop_length), frame m spanning the samples from (m - 1) * hop to (m + 1) * hop.
    """
    size = 2 * hop_length
    gains = interpolate(bands, size // 2 + 1, mode="linear", align_corners=True)
    # Drawn frame by frame for all sounds, so that blocks draw what the whole would have drawn.
    shape = (gains.shape[1], gains.shape[0], gains.shape[2])
    angle = torch.rand(shape, generator=generator, dtype=bands.dtype, device=bands.device).transpose(0, 1)
    noise = torch.fft.irfft(torch.polar(gains * math.sqrt(size), 2 * math.pi * angle))
    places = torch.arange(size, dtype=bands.dtype, device=bands.device)
    return noise * torch.sin((places + 0.5) * (math.pi / size))


class State(NamedTuple):
    """Where a sound stands between two blocks; its size does not depend on how long it has lasted.

    ``before`` (B, 1) Hz, f0 of the last frame but one; ``phase`` (B,) turns; ``noise`` (B, hop) what the
    last frame of noise still adds; ``room`` (B, taps - 1) what still rings.
    """

    before: torch.Tensor
    phase: torch.Tensor
    noise: torch.Tensor
    room: torch.Tensor


class Synthesiser(nn.Module):
    """Controls to sound. The room's response is learned, one for all sounds.

    Parameters
    ----------
    sample_rate, hop_length : Hz; samples between frames.
    harmonics, bands : H and K.
    """

    def __init__(self, sample_rate: int, hop_length: int, harmonics: int = 80, bands: int = 65) -> None:
        super().__init__()
        self.sample_rate, self.hop_length = sample_rate, hop_length
        self.harmonics, self.bands = harmonics, bands
        taps = round(ROOM_SECONDS * sample_rate)
        self.echoes = nn.Parameter(torch.zeros(taps - 1))
        decay = 10 ** (-ROOM_DECAY / 20 * torch.linspace(0, 1, taps - 1))
        # Late echoes start on small steps: otherwise the optimizer's noise is a room of its own.
        self.register_buffer("decay", ROOM_LEVEL * decay, persistent=False)

    def split(self, controls: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """f0 (B, T) Hz, amplitudes (B, T, H) and noise levels (B, T, K) of controls (B, T, 1 + H + K)."""
        f0, amplitudes, bands = controls.split([1, self.harmonics, self.bands], -1)
        return f0.squeeze(-1), amplitudes, bands

    def forward(
        self,
        controls: torch.Tensor,
        state: State | None = None,
        generator: torch.Generator | None = None,
        following: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, State]:
        """The sound between the first frame and the last: (B, (T - 1) * hop), and where it then stands.

        Parameters
        ----------
        controls : (B, T, 1 + H + K), T of 2 or more; see ``split``. Amplitudes of harmonics that would
            alias are not played (see ``below_nyquist``).
        state : of the block before, whose last frame is the first of this one; None in the beginning.
        generator : of the noise's phases; None takes torch's own.
        following : controls (B, t, 1 + H + K) of the block that follows, if any.
        """
        f0, amplitudes, bands = self.split(controls)
        if state is None:
            first = noise_frames(bands[:, :1], self.hop_length, generator)[:, 0, self.hop_length :]
            silent = controls.new_zeros(len(controls), len(self.echoes))
            start = torch.zeros(len(f0), dtype=torch.float64, device=f0.device)
            state = State(f0[:, :1], start, first, silent)
        phase, end = phases(f0, self.hop_length, self.sample_rate, state.phase)
        after = (controls[:, -1:] if following is None else following[:, :1])[..., 0]
        around = torch.cat([state.before, f0, after], 1)
        audible = below_nyquist(around, self.harmonics, self.sample_rate)[:, 1:-1]
        # Each sound by itself: a flute has a tenth of a tuba's harmonics, and one sound fits a CPU's cache.
        counts = audible.sum(-1).amax(-1).clamp(min=1).tolist()
        sounds = zip(phase, amplitudes * audible, counts, strict=True)
        sound = torch.stack([partials(angle, parts[:, :count]) for angle, parts, count in sounds])
        frames = noise_frames(bands[:, 1:], self.hop_length, generator)
        rising, falling = frames.split(self.hop_length, -1)
        sound = sound + rising + torch.cat([state.noise.unsqueeze(1), falling[:, :-1]], 1)
        sound, room = self._in_room(sound.flatten(1), state.room)
        return sound, State(f0[:, -2:-1], end, falling[:, -1], room)

    def _in_room(self, sound: torch.Tensor, ringing: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``sound`` (B, N) with its echoes and those of before, and the echoes still to come."""
        taps = len(self.echoes)
        size = next_fast_len(sound.shape[1] + taps, real=True)
        response = nn.functional.pad(self.echoes * self.decay, (1, 0))
        echoes = torch.fft.irfft(torch.fft.rfft(sound, size) * torch.fft.rfft(response, size), size)
        echoes = echoes[:, : sound.shape[1] + taps]
        echoes = echoes + nn.functional.pad(ringing, (0, sound.shape[1]))
        return sound + echoes[:, :-taps], echoes[:, -taps:]

    def stream(
        self, blocks: Iterable[torch.Tensor], generator: torch.Generator | None = None
    ) -> Iterator[torch.Tensor]:
        """Yield the sound of controls that come in ``blocks``, (B, t, 1 + H + K) each, frame after frame.

        The first block of t frames makes (t - 1) * hop samples, (B, N), every further one t * hop.
        Memory holds two blocks.
        """
        state, last = None, None
        for block, following in pairwise(chain(blocks, [None])):
            frames = block if last is None else torch.cat([last, block], 1)
            last = frames[:, -1:]
            if frames.shape[1] > 1:
                sound, state = self(frames, state, generator, following)
                yield sound

    def render(
        self,
        controls: torch.Tensor,
        samples: int,
        block: int = 512,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """Sound (B, samples) of the controls (B, T, 1 + H + K) of whole stems, ``block`` frames at a time;
        the last frame is held."""
        missing = 1 + -(-samples // self.hop_length) - controls.shape[1]
        if missing > 0:
            controls = torch.cat([controls, controls[:, -1:].expand(-1, missing, -1)], 1)
        return torch.cat(list(self.stream(controls.split(block, 1), generator)), 1)[:, :samples]


def stft_loss(sound: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """Multi-resolution STFT loss of signals (B, N), each by itself (Yamamoto et al. 2020; Engel et al. 2020):
    (B,).

    L1 of magnitudes, relative to the batch's mean magnitude (a silent signal has none of its own), plus L1 of
    ln magnitudes, the mean over ``RESOLUTIONS``. ``FLOOR`` is added to magnitudes before the logarithm.
    """
    losses = []
    for n_fft in RESOLUTIONS:
        window = torch.hann_window(n_fft, dtype=sound.dtype, device=sound.device)
        ours, theirs = (
            torch.stft(x, n_fft, n_fft // 4, window=window, return_complex=True).abs()
            for x in (sound, reference)
        )
        linear = (ours - theirs).abs().mean((1, 2)) / theirs.mean().clamp(min=FLOOR)
        losses.append(linear + ((ours + FLOOR) / (theirs + FLOOR)).log().abs().mean((1, 2)))
    return torch.stack(losses).mean(0)
