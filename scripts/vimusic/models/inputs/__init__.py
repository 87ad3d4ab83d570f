"""What a model reads: each file's ``Input(recipe)`` embeds its part of a batch of clips (paper 3.3).

An ``Input`` is a module with ``width``; ``fit(seen)``, which takes what it needs from what is ``Seen`` of the
training stems; and ``forward(clips)``: clips as ``vimusic.models.clips.cut`` gives them, with a first axis
more, to (B, T, width), one embedding per mel frame.
"""

from vimusic.registry import Registry

INPUTS = Registry(__name__, "Input")
