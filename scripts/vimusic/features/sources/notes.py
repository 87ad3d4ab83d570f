"""The annotated notes, which were made from the recording."""

from pathlib import Path

from vimusic.data.urmp import Notes, read_notes


class Source:
    """See ``vimusic.features.sources``."""

    files = ("notes",)
    words = "notes (annotated from the recording)"

    @staticmethod
    def read(notes: Path, seconds: float, track: int, players: int) -> Notes:
        """``Notes`` of a ``Notes_*.txt``; raises as ``read_notes``."""
        return read_notes(notes, seconds)
