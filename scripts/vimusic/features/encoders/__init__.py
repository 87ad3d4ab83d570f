"""Visual encoders, frame by frame: each file's ``Encoder(weights)`` embeds RGB frames (paper 3.3).

An ``Encoder`` is a module with ``width``; ``forward(frames)``: (N, H, W, 3) uint8 to (N, width); and
``folded()``, a copy for inference. ``weights`` are those of the setting ``encoder.weights``; random ones are
drawn from torch's seed.
"""

from vimusic.registry import Registry

ENCODERS = Registry(__name__, "Encoder")
