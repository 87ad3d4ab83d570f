"""Transcribers: each file's ``transcribe(heard)`` hears the notes in a sound, and has its column in tables.

``heard`` is a ``vimusic.evaluation.metrics.Heard``, of which it uses the signal and what was worked out from
it, never the annotation. It returns intervals (n, 2) in s and the f0 of each, (n,) Hz.
"""

from vimusic.registry import Registry

TRANSCRIBERS = Registry(__name__, "transcribe")
