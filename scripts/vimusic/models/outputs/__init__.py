"""What a model gives: each file's ``Output(width, recipe)`` turns the decoder's hidden states into log-mel.

Its ``forward(hidden, clips, scale)`` takes (B, T, width) to (B, T, n_mels), and sees the clips that the
inputs see; ``scale`` brings units of the training set's deviation per band to ln power.
"""

from vimusic.registry import Registry

OUTPUTS = Registry(__name__, "Output")
