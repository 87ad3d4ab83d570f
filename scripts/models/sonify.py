"""A film or a score of one's own with a sound, by a model of the run or the one that comes along: the command
``vimusic sonify`` (paper 3.5)."""

from pathlib import Path
from typing import Annotated

from vimusic.errors import UserError, run
from vimusic.models.given import words_of
from vimusic.options import program, settings


@program
@settings("sonify.players", "sonify.instruments", "sonify.midi_offset", "sonify.midi_stretch")
def main(
    out: Path,
    settings,
    video: Path | None = None,
    midi: Path | None = None,
    model: Path | None = None,
    voice: Annotated[Path | None, "of a model that sees notes: weights that play them"] = None,
):
    if not video and not midi:
        raise UserError('nothing to sonify; name it with --config "sonify={video: a.mp4, midi: a.mid}"')
    from vimusic.models import dubbing  # brings torch, which takes seconds

    files = {"out": out, "midi": midi, "model": model, "voice": voice}
    dubbing.main(words_of(settings.sonify, files, video))


if __name__ == "__main__":
    run(main)
