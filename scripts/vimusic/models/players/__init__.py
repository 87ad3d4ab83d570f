"""Anchor rows that carry their own sound, beside those of ``vimusic.models.baselines``.

Each file's ``play(midi, recording, instrument, train, settings)`` gives the sound (N,) float32 of a held-out
stem whose ``recording`` (N,) is at ``settings["sample_rate"]``; ``midi`` is the file of its notes,
``instrument`` URMP's code, ``train`` the log-mels of the training stems under the ``settings`` of ``audio``.
``KNOWS`` is as in ``vimusic.models.baselines``. One that plays from a soundfont of the user's takes its path
as ``font`` besides; ``NEEDS`` names the setting, and where that is empty there is no such row.
"""

from vimusic.registry import Registry

PLAYERS = Registry(__name__, "play")
