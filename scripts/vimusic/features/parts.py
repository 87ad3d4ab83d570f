"""A score's parts: whose they are, and where they lie on the film's clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pretty_midi

from vimusic.data.urmp import INSTRUMENTS
from vimusic.errors import UserError
from vimusic.features.roll import read_midi_score

Triple = tuple[float, float, int]  # onset s, end s, MIDI pitch

# What scores in other languages, and their abbreviations, call the instruments.
ALIASES = {
    "vn": ["vln", "vl", "violine", "violon", "violino", "fiddle"],
    "va": ["vla", "bratsche"],
    "vc": ["vlc", "violoncello", "violoncelle", "violoncelli"],
    "db": ["contrabass", "kontrabass", "contrebasse", "contrabbasso", "string bass", "upright bass"],
    "fl": ["flöte", "flûte", "flauto"],
    "ob": ["oboen", "hautbois"],
    "cl": ["klarinette", "clarinette", "clarinetto"],
    "sax": ["saxophon", "saxofono"],
    "bn": ["fagott", "fagotto", "basson", "bsn"],
    "tpt": ["trompete", "trompette", "tromba", "cornet", "trp"],
    "hn": ["french horn", "cor", "corno"],
    "tbn": ["posaune", "trb"],
    "": ["english horn", "cor anglais", "bass guitar"],  # whose names hold another's
}
WORDS = {word: code for code, words in ALIASES.items() for word in words}
WORDS |= {name: code for code, (name, _, _) in INSTRUMENTS.items()} | {code: code for code in INSTRUMENTS}
PROGRAMS = {program: code for code, (_, _, program) in INSTRUMENTS.items()}
PROGRAMS |= dict.fromkeys((64, 66, 67), "sax") | {32: "db", 59: "tpt", 72: "fl"}


@dataclass(frozen=True)
class Part:
    """A part of a score: its ``number`` among those with notes, from 1, its track's ``name``, General MIDI
    ``program`` and ``notes``, on the score's clock."""

    number: int
    name: str
    program: int
    notes: list[Triple]

    def __str__(self) -> str:
        name = self.name.strip() or pretty_midi.program_to_instrument_name(self.program)
        return f"track {self.number} ({name})"

    @property
    def named(self) -> str | None:
        """URMP's code of the instrument that its name tells."""
        name = self.name.casefold().replace("_", " ")
        told = [word for word in WORDS if re.search(rf"(?<![^\W\d_]){word}(s|en)?(?![^\W\d_])", name)]
        return WORDS[max(told, key=len)] or None if told else None

    @property
    def programmed(self) -> str | None:
        """URMP's code of the instrument that its program tells."""
        return PROGRAMS.get(self.program)

    @property
    def instrument(self) -> str | None:
        """URMP's code of its instrument, by its name, else its program; None if it is none of URMP's."""
        return self.named or self.programmed


def span(parts: Sequence[Part]) -> tuple[float, float]:
    """First onset and last end (s) of the notes of ``parts``."""
    notes = [note for part in parts for note in part.notes]
    return min(onset for onset, _, _ in notes), max(end for _, end, _ in notes)


def read_score_parts(path: Path) -> list[Part]:
    """The parts with notes of a MIDI file, in order of track and channel; raises as ``read_midi_score``."""
    return [
        Part(number, part.name, part.program, sorted((n.start, n.end, n.pitch) for n in part.notes))
        for number, part in enumerate(read_midi_score(path).instruments, 1)
    ]


def match(
    parts: Sequence[Part], players: int, instruments: Sequence[str] = (), tracks: Sequence[str] = ()
) -> list[tuple[list[Part], str]]:
    """What each player plays: parts, and by what they were found: ``--tracks``, name, program or order.

    Parameters
    ----------
    instruments : URMP's code of each player, if they are known.
    tracks : number of each player's part, or several, ``1+2``; empty: by instrument, else in order.

    Raises
    ------
    UserError
        More players than parts, or no such part.
    """
    if tracks:
        return [([_numbered(parts, number) for number in word.split("+")], "--tracks") for word in tracks]
    if len(parts) < players:
        raise UserError(
            f"the score has {len(parts)} part{'s' * (len(parts) > 1)} for {players} players: "
            f"{', '.join(map(str, parts))}; say with --tracks who plays what"
        )
    free, found = list(parts), {}
    for how, told in (("name", lambda part: part.named), ("program", lambda part: part.programmed)):
        for player, code in enumerate(instruments):
            mine = next((part for part in free if told(part) == code), None)
            if player not in found and mine:
                found[player] = [mine], how
                free.remove(mine)
    return [found.get(player) or ([free.pop(0)], "order") for player in range(players)]


def _numbered(parts: Sequence[Part], number: str) -> Part:
    for part in parts:
        if number.strip() == str(part.number):
            return part
    raise UserError(f"--tracks: no track {number}; there are {', '.join(map(str, parts))}")


def placed(notes: Sequence[Triple], seconds: float, offset: float = 0.0, factor: float = 1.0) -> list[Triple]:
    """``notes`` at ``factor`` times their times plus ``offset`` s, as far as they sound in a film of
    ``seconds``."""
    moved = [(factor * onset + offset, factor * end + offset, pitch) for onset, end, pitch in notes]
    return [(max(a, 0.0), min(b, seconds), pitch) for a, b, pitch in moved if a < seconds and b > 0]
