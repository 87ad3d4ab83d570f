"""Vocoders: each file's ``vocode(log_mel, length, **settings)`` turns a log-mel (T, n_mels) into sound.

It returns a waveform (length,) float32 at ``sample_rate``; settings are those of ``audio`` and ``inference``.
"""

from vimusic.registry import Registry

VOCODERS = Registry(__name__, "vocode")
