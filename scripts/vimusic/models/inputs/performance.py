"""Loudness and intonation of the recording itself (``vimusic.features.performance``): for a ceiling."""

from vimusic.features.performance import COLUMNS
from vimusic.models.inputs import notes


class Input(notes.Input):
    """As ``notes``."""

    TABLE, width = "performance", len(COLUMNS)
