"""Anchor rows that see neither video nor notes, and the ceiling of the inversion: what a learned row is
worth shows only beside these.

Each file's ``predict(mel, instrument, train)`` gives the log-mel (T, n_mels) of a held-out stem whose true
one is ``mel``; ``train`` are the (instrument, log-mel) pairs of the training stems. Its ``KNOWS`` is what it
knows of that stem, in the words of a variant's inputs; the report page shows it with the file's docstring.
"""

from vimusic.registry import Registry

BASELINES = Registry(__name__, "predict")
