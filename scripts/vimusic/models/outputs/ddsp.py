"""Decoder states to the controls of a harmonic-plus-noise synthesiser (Engel et al. 2020): an output that
is trained on the waveform and carries its own sound, with no mel to invert."""

from collections.abc import Callable

import torch
from torch import nn

from vimusic.features.note_features import COLUMNS
from vimusic.models.recipe import Recipe
from vimusic.models.synthesiser import Synthesiser, below_nyquist, stft_loss

READS = ("notes",)
PLAYS = True
TRUTH = ("waveform",)
OWN = {  # few passes, at a rate that rises and falls
    "model.fusion": 256,
    "model.decoder": 192,
    "model.lookahead": True,
    "training.epochs": 8,
    "training.batch_size": 6,
    "training.learning_rate": 2e-3,
    "training.schedule": "one_cycle",
    "training.clip_norm": 1.0,
    "training.offsets": "random",
}
PITCH = COLUMNS.index("pitch")
DEVIATION = 0.5  # semitones: how far an f0 may lie from its note
LOUDEST = 2.0  # ln of the largest amplitude, so that a wild step does not overflow


class Output(nn.Module):
    """Hidden states to controls: total amplitude, its shares among the harmonics, noise levels, and how far
    f0 lies from the note.
    """

    LOSS = "multi-resolution STFT loss + semitones off"

    def __init__(self, width: int, recipe: Recipe) -> None:
        super().__init__()
        self.synthesiser = Synthesiser(recipe.sample_rate, recipe.hop_length)
        harmonics, bands = self.synthesiser.harmonics, self.synthesiser.bands
        self.sizes = [1, 1, harmonics, bands]
        self.controls = nn.Linear(width, sum(self.sizes))
        # Training starts at the written pitch, with a quiet note that falls off, above quieter noise.
        with torch.no_grad():
            deviation, total, shares, noise = self.controls.bias.split(self.sizes)
            deviation.zero_()
            total.fill_(-4)
            shares.copy_(-torch.arange(1.0, harmonics + 1).log())
            noise.fill_(-9)

    def forward(
        self,
        hidden: torch.Tensor,
        clips: dict[str, torch.Tensor],
        scale: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> torch.Tensor:
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

    def render(
        self, controls: torch.Tensor, samples: int, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Waveform (B, samples) of the controls (B, T, 1 + H + K) of whole stems, however long."""
        return self.synthesiser.render(controls, samples, generator=generator)

    def loss(self, controls: torch.Tensor, truth: dict[str, torch.Tensor]) -> torch.Tensor:
        """Multi-resolution STFT loss of controls (B, T, 1 + H + K) plus semitones by which f0 is off: (B,).

        The second part because the first leads f0 to the nearest spectral peak, which may be the wrong one.

        Parameters
        ----------
        truth : ``waveform`` (B, (T - 1) * hop) of recordings that start at the first frame's centre; ``f0``
            (B, T) Hz annotated on them, 0 where there is none.
        """
        known = truth["f0"] > 0
        off = 12 * (controls[..., 0] / truth["f0"].where(known, controls[..., 0])).log2().abs()
        spectral = stft_loss(self.synthesiser(controls)[0], truth["waveform"])
        return spectral + off.sum(1) / known.sum(1).clamp(min=1)
