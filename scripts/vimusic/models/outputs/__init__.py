"""What a model gives: each file's ``Output(width, recipe)`` turns the decoder's hidden states into log-mel.

Its ``forward(hidden, clips, scale)`` takes (B, T, width) to (B, T, n_mels), and sees the clips that the
inputs see; ``scale`` brings units of the training set's deviation per band to ln power. Its
``loss(predicted, truth)`` is (B,), one of each clip, and ``LOSS`` its name; ``truth`` holds ``mel``
(B, T, n_mels).

A file may say ``READS = ("notes",)``: what it reads besides the inputs; and ``OWN``, settings of the sections
``model`` and ``training`` that suit it better than the run's. ``TRUTH`` names what ``truth`` holds besides:
``waveform``, (B, (T - 1) * hop) with ``f0`` (B, T) in Hz; ``played``, (B, T, n), the columns of
``note_features`` and ``performance`` of what was played. With ``SKIPS = True`` the hidden states lie beside
what the decoder read, which reaches the output that way at once.

With ``PLAYS = True`` no mel need be inverted: ``forward`` gives controls (B, T, C), and
``render(controls, samples)`` makes the sound, (B, samples). With ``NOTES = True`` besides, it gives what
another variant plays, its ``voice`` (``vimusic.models.predictor``).
"""

import torch
from torch import nn

from vimusic.registry import Registry

OUTPUTS = Registry(__name__, "Output")


class MelOutput(nn.Module):
    """An output that is trained on the MSE of log-mels (paper 3.4)."""

    LOSS = "log-mel MSE, (ln power)²"

    def loss(self, predicted: torch.Tensor, truth: dict[str, torch.Tensor]) -> torch.Tensor:
        """MSE (B,) of log-mels (B, T, n_mels)."""
        return (predicted - truth["mel"]).square().mean((1, 2))
