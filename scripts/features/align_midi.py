"""A stem's MIDI on the clock of its sound: from the annotated notes, or from the score (paper 3.1, MIDI)."""

import json
from pathlib import Path
from typing import Annotated

from vimusic.errors import UserError, run
from vimusic.features.roll import write_midi
from vimusic.features.sources import SOURCES
from vimusic.options import program, settings


@program
@settings("roll.source")
def main(
    length: Path,
    instrument: Annotated[str, "URMP code: vn, fl, ..."],
    track: Annotated[int, "which part of the score, from 1"],
    players: Annotated[int, "parts the score should have"],
    out: Annotated[Path, ".mid"],
    settings,
    notes: Path | None = None,
    score: Annotated[Path | None, "Sco_*.mid of the piece"] = None,
    audio: Path | None = None,
):
    name = settings.roll.source
    source = SOURCES[name]
    given = {"notes": notes, "score": score, "audio": audio}
    for file in source.files:
        if given[file] is None:
            raise UserError(f"--{file}: the source {name} reads it; name it")
    seconds = json.loads(length.read_text())["seconds"]
    files = {file: given[file] for file in source.files}
    found = source.read(**files, seconds=seconds, track=track, players=players)
    write_midi(out, found, instrument)
    print(f"{out}: {len(found.onset)} notes from {name}")


if __name__ == "__main__":
    run(main)
