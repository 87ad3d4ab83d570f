"""The printed score, warped to the recording by dynamic time warping."""

from pathlib import Path

from vimusic.data.urmp import Notes


class Source:
    """See ``vimusic.features.sources``."""

    files = ("score", "audio")
    words = "notes (the printed score, warped to the recording)"

    @staticmethod
    def read(score: Path, audio: Path, seconds: float, track: int, players: int) -> Notes:
        """``Notes`` of part ``track`` of ``players``; raises as ``read_score`` and ``audio.load``."""
        from vimusic.features import audio as sound  # these bring librosa, which a dry run does not need
        from vimusic.features.score import RATE, read_score, warp

        return warp(read_score(score, track, players), sound.load(audio, RATE))
