"""The printed score, which runs on its own clock."""

from pathlib import Path

from vimusic.data.urmp import Notes


class Source:
    """See ``vimusic.features.sources``."""

    files = ("score",)
    words = "notes (the printed score, not aligned)"

    @staticmethod
    def read(score: Path, seconds: float, track: int, players: int) -> Notes:
        """``Notes`` of part ``track`` of ``players``; raises as ``read_score``."""
        from vimusic.features.score import read_score  # brings librosa, which a dry run does not need

        return read_score(score, track, players)
