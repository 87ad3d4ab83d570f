"""Checksums of downloaded files: recorded once, enforced ever after."""

import fcntl
import hashlib
from pathlib import Path
from typing import TextIO

from vimusic.errors import UserError

HEADER = "name\tbytes\tsha256\n"


class Mismatch(UserError):
    """A file is not the one whose checksum was recorded."""


def table_of(path: Path | str) -> Path:
    """The table beside ``path`` that holds its checksum: ``checksums.tsv``."""
    return Path(path).with_name("checksums.tsv")


def sha256_of(path: Path | str) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path | str, sha256: str) -> bool:
    """Compare ``sha256`` with what the table beside ``path`` says: whether it is recorded there.

    Raises
    ------
    Mismatch
        The digests differ; the message names both.
    UserError
        The table is damaged.
    """
    try:
        with table_of(path).open(encoding="utf-8") as table:
            fcntl.flock(table, fcntl.LOCK_SH)
            return _compare(path, sha256, table)
    except FileNotFoundError:
        return False


def enforce(path: Path | str, size: int, sha256: str) -> None:
    """``verify``, and record ``size`` (bytes) and ``sha256`` if ``path`` has no record yet.

    Files of one folder may be downloaded at once: the table is locked, and grows by whole lines.
    """
    with table_of(path).open("a+", encoding="utf-8") as table:
        fcntl.flock(table, fcntl.LOCK_EX)
        table.seek(0)
        if not _compare(path, sha256, table):
            header = "" if table.tell() else HEADER
            table.write(f"{header}{Path(path).name}\t{size}\t{sha256}\n")


def _compare(path: Path | str, sha256: str, table: TextIO) -> bool:
    """Whether ``path`` is in the open ``table``; it is an error if with another digest."""
    for number, line in enumerate(table.readlines(), start=1):
        try:
            name, _, recorded = line.rstrip("\n").split("\t")
        except ValueError:
            raise UserError(f"{table.name}: line {number} is damaged; delete that line") from None
        if name == Path(path).name:
            if recorded != sha256:
                raise Mismatch(
                    f"{path}: sha256 is {sha256}, but {table.name} recorded {recorded}; "
                    "if the new file is the right one, delete its line there"
                )
            return True
    return False
