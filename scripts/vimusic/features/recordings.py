"""A folder of one's own recordings becomes the dataset of a run, with MIDI in place of annotations.

    vimusic init my_recordings

Each folder in it is a piece. It holds a mono wav for each player, named so that they are sorted as the
players stand, from the left; beside each its notes, 1_violin.mid for 1_violin.wav (or .txt: onset s, f0 Hz,
duration s), or one .mid for the piece with a part for each player; and the video, if there is one. The name
of a wav says the instrument, else its MIDI does. Whatever is missing or odd is told at once, and then nothing
is written.
"""

import io
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import yaml

from vimusic.data.urmp import COLUMNS, INSTRUMENTS, Notes, read_notes
from vimusic.errors import UserError, run, whole_file
from vimusic.features.audio import recorded
from vimusic.features.film import probe
from vimusic.features.parts import Part, match, read_score_parts
from vimusic.options import Bare, program

WAVS, MIDIS, TEXTS = (".wav",), (".mid", ".midi"), (".txt",)
VIDEOS = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v")
LEAST = 3  # pieces: one is held out, and a model of a single piece knows nothing else
FEW = 10  # pieces: from here on a tenth of them, the paper's share, is a piece to test on
BRACES = "braces in a name are a pattern of Snakemake's; rename it"
BLIND = ["midi", "midi_harmonic", "midi_ddsp"]
SEEING = ["vision", "vision_midi", *BLIND]


@dataclass(frozen=True)
class Played:
    """``notes`` of the file ``path``, ``told`` in words, and the code of the instrument that it names."""

    path: Path
    told: str
    notes: Notes
    instrument: str | None = None


@dataclass(frozen=True)
class Player:
    """A player, by number from the left: their ``wav`` of ``seconds``, code of the instrument, what is
    ``played``."""

    track: int
    wav: Path
    seconds: float
    instrument: str
    played: Played

    @property
    def text(self) -> Path:
        """Of the notes, in URMP's format: what is there, or else is to be written."""
        if self.played.path.suffix.lower() in TEXTS:
            return self.played.path
        return self.wav.with_name(f"Notes_{self.track}_{self.instrument}.txt")

    def __str__(self) -> str:
        notes = f"{_count(len(self.played.notes.onset), 'note')} from {self.played.told}"
        return (
            f"{self.track} {INSTRUMENTS[self.instrument][0]}: {self.wav.name}, {self.seconds:.2f} s, {notes}"
        )


@dataclass(frozen=True)
class Piece:
    """A ``folder`` with its ``players`` from the left, and its ``video`` if it has one."""

    folder: Path
    video: Path | None
    players: list[Player]


@contextmanager
def collected(problems: list[str]) -> Iterator[None]:
    """A ``UserError`` of the block becomes one of the ``problems``."""
    try:
        yield
    except UserError as error:
        problems.append(str(error))


def listed(folder: Path) -> list[Path]:
    """What lies in a folder and is not hidden, sorted as people count: 2 before 10."""

    def natural(path: Path) -> list[str | int]:
        words = re.split(r"(\d+)", path.name.casefold())
        return [int(word) if word.isdecimal() else word for word in words]

    return sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=natural)


def kept(name: str) -> bool:
    """Whether a piece's name comes out of options and tables as it went in."""
    if not name.isprintable() or name.startswith("-"):
        return False
    # A table may take 01 for a number, and NA for nothing.
    table = pd.DataFrame({"piece": [name]}).to_csv(index=False)
    return bool(pd.read_csv(io.StringIO(table)).piece[0] == name)


def braced(name: str) -> bool:
    """Whether Snakemake takes a name for a pattern."""
    return bool(set("{}") & set(name))


def part_of_name(wav: Path) -> Part:
    """The part that a wav's name would be in a score, to tell its instrument."""
    # macOS writes an umlaut as two characters.
    return Part(0, unicodedata.normalize("NFC", wav.stem), 0, [])


def own_notes(wav: Path, beside: Sequence[Path]) -> Played:
    """Notes of one player, from the file of the same name ``beside`` the wav.

    Raises
    ------
    UserError
        Several such files, several parts in it, or as ``read_notes`` and ``read_score_parts``.
    """
    if len(beside) > 1:
        raise UserError(f"{wav}: has notes in {_names(beside)}; keep one of them")
    [path] = beside
    if path.suffix.lower() in TEXTS:
        return Played(path, path.name, read_notes(path))
    parts = read_score_parts(path)
    if len(parts) > 1:
        raise UserError(f"{path}: {len(parts)} parts for one player: {_names(parts)}; keep theirs alone")
    return Played(path, path.name, Notes.of(parts[0].notes), parts[0].instrument)


def score_notes(score: Path, wavs: Sequence[Path]) -> dict[Path, Played]:
    """What each of the ``wavs`` plays of a piece's ``score``, by name, program or order of its parts.

    Raises
    ------
    UserError
        As many parts as there are wavs, it has not; or as ``read_score_parts``.
    """
    parts = read_score_parts(score)
    if len(parts) != len(wavs):
        raise UserError(
            f"{score.parent}: {_count(len(wavs), 'wav')} and {_count(len(parts), 'part')} in {score.name}: "
            f"{_names(parts)}; give each player a wav and a part"
        )
    # A name without an instrument is "", so that it is not taken for that of a part without one.
    chosen = match(parts, len(wavs), [part_of_name(wav).named or "" for wav in wavs])
    return {
        wav: Played(score, f"{score.name}, {part} by {how}", Notes.of(part.notes), part.instrument)
        for wav, ([part], how) in zip(wavs, chosen, strict=True)
    }


def read_player(track: int, wav: Path, played: Played | None, problems: list[str]) -> Player | None:
    """A player with what they have ``played``; what is wrong, if anything, is added to the ``problems``."""
    seconds = None
    with collected(problems):
        signal, rate = recorded(wav)
        seconds = len(signal) / rate
    if played and seconds and played.notes.onset.max() >= seconds:
        problems.append(
            f"{played.path}: a note starts at {played.notes.onset.max():.2f} s, but {wav.name} ends at "
            f"{seconds:.2f} s; put notes and sound on one clock"
        )
    code = part_of_name(wav).named or (played and played.instrument)
    if not code:
        known = " ".join(INSTRUMENTS)
        problems.append(f"{wav}: no instrument in its name; call it like '{wav.stem} violin.wav' ({known})")
    return Player(track, wav, seconds, code, played) if played and seconds and code else None


def read_piece(folder: Path, problems: list[str]) -> Piece:
    """The piece in a folder; what is wrong with it is added to the ``problems``, a line each."""
    files = [path for path in listed(folder) if path.is_file()]
    wavs, videos, midis, notes = (
        [path for path in files if path.suffix.lower() in kinds]
        for kinds in (WAVS, VIDEOS, MIDIS, MIDIS + TEXTS)
    )
    if not kept(folder.name):
        problems.append(f"{folder}: no name for a piece; begin it with a letter")
    problems += [f"{path}: {BRACES}" for path in (folder, *wavs, *videos, *notes) if braced(path.name)]
    if not wavs:
        problems.append(f"{folder}: no wav; put in one for each player, or move the folder away")
    if len(videos) > 1:
        problems.append(f"{folder}: {len(videos)} videos, {_names(videos)}; keep one")
    for video in videos:
        with collected(problems):
            probe(video)
    beside = {wav: [path for path in notes if path.stem == wav.stem] for wav in wavs}
    scores = [path for path in midis if path.stem not in {wav.stem for wav in wavs}]
    lacking = [wav for wav in wavs if not beside[wav]]
    played: dict[Path, Played] = {}
    if lacking and len(scores) == 1:
        with collected(problems):
            played |= score_notes(scores[0], wavs)
    else:
        problems += [f"{wav}: no notes; put {wav.stem}.mid beside it" for wav in lacking]
    for wav in wavs:
        if beside[wav]:
            with collected(problems):
                played[wav] = own_notes(wav, beside[wav])
    players = [read_player(track, wav, played.get(wav), problems) for track, wav in enumerate(wavs, 1)]
    return Piece(folder, videos[0] if videos else None, [player for player in players if player])


def read_folder(folder: Path) -> tuple[list[Piece], list[str]]:
    """The pieces in a folder of recordings, and what is wrong with them, a line each.

    Raises
    ------
    UserError
        No such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; name the one that holds a folder for each piece")
    problems = [f"{folder}: {BRACES}"] * braced(str(folder))
    pieces = [read_piece(path, problems) for path in listed(folder) if path.is_dir()]
    if len(pieces) < LEAST:
        problems.append(
            f"{folder}: {_count(len(pieces), 'piece')}, a folder each; add some, a model needs {LEAST} to be "
            "trained and to be tested on one that it does not know"
        )
    return pieces, problems


def inventory(pieces: Sequence[Piece]) -> pd.DataFrame:
    """The table of stems, with the columns ``COLUMNS``; each piece is a title and a take of its own."""
    rows = [
        {
            "piece": piece.folder.name,
            "title": piece.folder.name,
            "track": player.track,
            "instrument": player.instrument,
            "slot": player.track,
            "players": len(piece.players),
            "audio": player.wav.name,
            "notes": player.text.name,
            "video": piece.video.name if piece.video else "",
            "lead_frames": 0,
            "take": piece.folder.name,
        }
        for piece in pieces
        for player in piece.players
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def config_of(folder: Path, pieces: Sequence[Piece]) -> dict[str, Any]:
    """What differs from ``config.yaml`` for these pieces."""
    seen = all(piece.video for piece in pieces)
    config = {
        "run": re.sub(r"[^A-Za-z0-9_-]+", "_", folder.resolve().name).strip("_") or "recordings",
        "data": {"name": "custom", "path": str(folder), "stems": str(folder / "stems.tsv")},
        "rows": SEEING if seen else BLIND,
    }
    if len(pieces) < FEW:
        # The shuffled-video control needs a video of another title that was not trained on.
        config["split"] = {"folds": len(pieces), "validation": seen}
    return config


def notes_text(notes: Notes) -> str:
    """``notes`` as URMP writes them: onset (s), mean f0 (Hz), duration (s)."""
    rows = zip(notes.onset, notes.hertz, notes.duration, strict=True)
    # Significant digits: no duration is rounded to nothing.
    return "".join(f"{onset:.9g}\t{hertz:.9g}\t{duration:.9g}\n" for onset, hertz, duration in rows)


def write(folder: Path, pieces: Sequence[Piece]) -> list[Path]:
    """Write the notes that come from MIDI, the inventory and the configuration, all or none; their paths.

    Raises
    ------
    UserError
        One of them is there already.
    """
    config = yaml.safe_dump(config_of(folder, pieces), sort_keys=False, allow_unicode=True)
    texts = {
        folder / "config.yaml": f"# Made by vimusic init: what differs from the defaults.\n{config}",
        folder / "stems.tsv": inventory(pieces).to_csv(sep="\t", index=False),
    }
    players = [player for piece in pieces for player in piece.players]
    texts |= {p.text: notes_text(p.played.notes) for p in players if p.text != p.played.path}
    there = [path for path in texts if path.exists()]
    if there:
        more = f" and {_count(len(there) - 1, 'file')} more" if there[1:] else ""
        raise UserError(f"{there[0]}{more}: there already; remove or rename to begin anew")
    with ExitStack() as stack:
        for path, text in texts.items():
            stack.enter_context(whole_file(path)).write_text(text, encoding="utf-8")
    return list(texts)


def _names(things: Sequence[Any]) -> str:
    return ", ".join(thing.name if isinstance(thing, Path) else str(thing) for thing in things)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


@program
def main(folder: Annotated[Path, Bare("of recordings, with a folder for each piece")]) -> None:
    pieces, problems = read_folder(folder)
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        raise UserError(f"{folder}: nothing written; {_count(len(problems), 'thing')} to repair, named above")
    written = write(folder, pieces)
    for piece in pieces:
        print(f"{piece.folder.name}: {piece.video.name if piece.video else 'no video'}")
        print(*(f"  {player}" for player in piece.players), sep="\n")
    made = len(written) - 2
    print(
        f"written: {folder / 'config.yaml'}, {folder / 'stems.tsv'}" + f" and {made} Notes_*.txt" * bool(made)
    )
    unseen = [piece.folder.name for piece in pieces if not piece.video]
    if unseen:
        print(f"no video of {', '.join(unseen)}: only rows that read notes ({', '.join(BLIND)})")
    if len(pieces) < FEW:
        print(f"{len(pieces)} pieces: each is held out in turn")
    print(f"next: snakemake --cores all --configfile {shlex.quote(str(folder / 'config.yaml'))}")


if __name__ == "__main__":
    run(main)
