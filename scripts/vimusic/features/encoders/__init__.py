"""Visual encoders, frame by frame: each file's ``Encoder(weights)`` embeds RGB frames (paper 3.3).

An ``Encoder`` is a module with ``width``; ``stored``, the type in which its embeddings are kept;
``forward(frames)``: (N, H, W, 3) uint8 to (N, width); and ``folded(arithmetic)``, a copy for inference in an
arithmetic of ``vimusic.settings``. ``weights`` are those of the setting ``encoder.weights``; random ones are
drawn from torch's seed.

One whose embeddings need more than a projection has ``reader()``, a module with ``width`` that is trained
with the model: (B, V, the encoder's width) to (B, V, width). If that has ``fit(stems)``, it is shown the
embeddings (V, the encoder's width) of the training stems first.

One that remembers frames, and so embeds those of one player in their order, has ``fresh()``: the same encoder
with nothing remembered, as ``folded()`` gives it too.
"""

from vimusic.registry import Registry

ENCODERS = Registry(__name__, "Encoder")
