"""Listeners' answers: what is accepted, how it is stored without loss, how it is read."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vimusic.errors import UserError

START = "start"  # the trial id of a session's first record
FAMILIES = ("woodwind", "brass", "strings", "rhythmic")  # the paper asks for three and reports a fourth
SESSION = re.compile(r"[0-9a-f]{32}")
FIELDS = {"study", "session", "trial", "place", "seconds", "shown", "answer"}
SESSION_BYTES = 1_000_000


def read_key(path: str | Path) -> dict[str, Any]:
    """The key of a study (``listening_kit``): study, data, stems, trials; ``UserError`` if it is none."""
    try:
        key = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        key = None
    if not isinstance(key, dict) or not {"study", "data", "stems", "trials"} <= set(key):
        raise UserError(f"{path}: is not the key of a study; make one with listening_kit.py")
    return key


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _answer_fits(answer: Any, part: str, clips: Iterable[str]) -> bool:
    """Whether ``answer`` answers a trial of this part with these clips."""
    if not isinstance(answer, dict):
        return False
    if part == START:
        return (
            set(answer) == {"seed", "headphones"}
            and _whole(answer["seed"], 1, 2**32 - 1)
            and answer["headphones"] in ("yes", "no")
        )
    if part == "questions":
        return (
            set(answer) == {"coherent", "family"}
            and answer["coherent"] in ("yes", "no")
            and answer["family"] in FAMILIES
        )
    return set(answer) == set(clips) and all(_whole(value, 0, 100) for value in answer.values())


def check(record: Any, key: dict[str, Any]) -> None:
    """Raise ``UserError`` unless ``record`` is one listener's answer to a trial of the study ``key``.

    A record holds ``study``, ``session`` (32 hexadecimal digits), ``trial``, ``place`` (of the trial
    in the session), ``seconds`` spent, ``shown`` (clip ids in the order shown) and ``answer``.
    """
    if not isinstance(record, dict) or set(record) != FIELDS:
        raise UserError(f"not an answer; expected the fields {', '.join(sorted(FIELDS))}")
    if record["study"] != key["study"]:
        raise UserError("answers another study; use the key that was made with its page")
    if not isinstance(record["session"], str) or not SESSION.fullmatch(record["session"]):
        raise UserError("the session is not 32 hexadecimal digits")
    trials = key["trials"] | {START: {"part": START, "clips": {}}}
    if not isinstance(record["trial"], str) or record["trial"] not in trials:
        raise UserError("the trial is none of this study's")
    trial = trials[record["trial"]]
    shown, seconds = record["shown"], record["seconds"]
    if not isinstance(shown, list) or sorted(map(str, shown)) != sorted(trial["clips"]):
        raise UserError("the clips shown are not this trial's")
    if not _whole(record["place"], 0, len(trials)):
        raise UserError("the place is not that of a trial")
    if not _whole(seconds, 0, 10**6):
        raise UserError("the seconds are not a whole number")
    if not _answer_fits(record["answer"], trial["part"], trial["clips"]):
        raise UserError("the answer does not fit the trial")


def store(folder: Path, record: dict[str, Any]) -> bool:
    """Append a checked ``record`` to its session's file in ``folder``; False if it lies there already.

    One JSON line, on the disk before this returns. A line that a killed server left half written
    was never confirmed, so the page sends it again: it is cut off first. Callers take turns.
    """
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps(record, sort_keys=True).encode() + b"\n"
    with (folder / f"{record['session']}.jsonl").open("a+b") as file:
        file.seek(0)
        held = file.read()
        whole = held[: held.rfind(b"\n") + 1]
        file.truncate(len(whole))
        if line in whole.splitlines(keepends=True):
            return False
        if len(whole) + len(line) > SESSION_BYTES:
            raise UserError("this session holds too many answers")
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    entry = os.open(folder, os.O_RDONLY)  # a new file's name must reach the disk too
    os.fsync(entry)
    os.close(entry)
    return True


def _records(path: Path) -> list[tuple[int, Any]]:
    """(line number, record) of a ``.jsonl`` that the server wrote or a ``.json`` that a page saved."""
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix == ".json":
            return list(enumerate(json.loads(text), 1))
        complete = text[: text.rfind("\n") + 1]
        return [(number, json.loads(line)) for number, line in enumerate(complete.splitlines(), 1)]
    except (json.JSONDecodeError, TypeError):
        raise UserError(f"{path}: is not a file of answers; take it out of the folder") from None


def read(folder: Path, key: dict[str, Any]) -> list[dict[str, Any]]:
    """All answers in ``folder`` to the study ``key``, one per session and trial; the last one counts.

    Raises
    ------
    UserError
        A missing folder, or a record that does not belong; the message names file and record.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of answers; name the one the server wrote to")
    last = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".json", ".jsonl"):
            continue
        for number, record in _records(path):
            try:
                check(record, key)
            except UserError as error:
                raise UserError(f"{path}: record {number}: {error}") from None
            last[record["session"], record["trial"]] = record
    return list(last.values())
