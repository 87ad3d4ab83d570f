"""Decoder states to the controls of a harmonic-plus-noise synthesiser (Engel et al. 2020): an output that
is trained on the waveform and carries its own sound, with no mel to invert."""

import torch
from torch import nn

from vimusic.models.note_features import COLUMNS
from vimusic.models.synthesiser import Synthesiser, below_nyquist, stft_loss

PITCH = COLUMNS.index("pitch")
DEVIATION = 0.5  # semitones: how far an f0 may lie from its note
LOUDEST = 2.0  # ln of the largest amplitude, so that a wild step does not overflow


class DdspOutput(nn.Module):
    """Hidden states to controls: total amplitude, its shares among the harmonics, noise levels, and how far
    f0 lies from the note.

    Parameters
    ----------
    width : of the hidden states.
    sample_rate, hop_length : of the sound; hop of the mel grid.
    harmonics, bands : of the synthesiser.
    """

    def __init__(self, width: int, sample_rate: int, hop_length: int, harmonics: int = 80, bands: int = 65):
        super().__init__()
        self.synthesiser = Synthesiser(sample_rate, hop_length, harmonics, bands)
        self.sizes = [1, 1, harmonics, bands]
        self.controls = nn.Linear(width, sum(self.sizes))
        # Training starts at the written pitch, with a quiet note that falls off, above quieter noise.
        with torch.no_grad():
            deviation, total, shares, noise = self.controls.bias.split(self.sizes)
            deviation.zero_()
            total.fill_(-4)
            shares.copy_(-torch.arange(1.0, harmonics + 1).log())
            noise.fill_(-9)

    def forward(self, hidden: torch.Tensor, clips: dict) -> torch.Tensor:
        """Controls (B, T, 1 + H + K) of hidden states (B, T, width); ``clips["notes"]`` are note features
        (B, T, len(COLUMNS))."""
        deviation, total, shares, noise = self.controls(hidden).split(self.sizes, -1)
        semitones = clips["notes"][..., PITCH] + DEVIATION * deviation.squeeze(-1).tanh()
        f0 = 440 * 2 ** ((semitones - 69) / 12)
        synthesiser = self.synthesiser
        audible = below_nyquist(f0.detach(), synthesiser.harmonics, synthesiser.sample_rate)
        # The fundamental stays: a softmax over nothing is not a number, and the synthesiser is silent then.
        audible[..., 0] = True
        shares = shares.masked_fill(~audible, float("-inf")).softmax(-1)
        amplitudes = total.clamp(max=LOUDEST).exp() * shares
        return torch.cat([f0.unsqueeze(-1), amplitudes, noise.clamp(max=LOUDEST).exp()], -1)

    def render(self, controls: torch.Tensor, samples: int, generator=None) -> torch.Tensor:
        """Waveform (B, samples) of the controls of whole stems, however long."""
        return self.synthesiser.render(controls, samples, generator=generator)

    def loss(
        self, controls: torch.Tensor, waveform: torch.Tensor, f0: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Multi-resolution STFT loss of controls (B, T, 1 + H + K) plus the semitones by which f0 is off.

        The second part because the first leads f0 to the nearest spectral peak, which may be the wrong one.

        Parameters
        ----------
        waveform : (B, (T - 1) * hop) of recordings that start at the first frame's centre.
        f0 : (B, T) Hz annotated on the training recordings, 0 where there is none; None leaves it out.
        """
        loss = stft_loss(self.synthesiser(controls)[0], waveform)
        if f0 is None:
            return loss
        known = f0 > 0
        off = 12 * (controls[..., 0] / f0.where(known, controls[..., 0])).log2().abs()
        return loss + off.sum() / known.sum().clamp(min=1)
