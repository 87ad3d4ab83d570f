"""Unpack the wanted files of the dataset's archive, in one pass, from a file nobody vouches for."""

import gzip
import hashlib
import shutil
import tarfile
import zlib
from collections.abc import Collection
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import IO

import pandas as pd

from vimusic.data.checksums import Mismatch, sha256_of, table_of, verify
from vimusic.errors import UserError, check_space

CHUNK = 1 << 20  # bytes
MEMBERS = 100_000  # URMP has under a thousand
RATIO = 20  # unpacked to packed bytes; recordings stay under 3, annotations under 10
ALLOWANCE = 16 << 20  # unpacked bytes before the ratio is looked at


def extract(archive: Path | str, folder: Path | str, wanted: Collection[str]) -> pd.DataFrame:
    """Unpack the ``wanted`` members of a ``.tar.gz`` into ``folder``; all of them appear, or none.

    Members are compared without the folders above the piece's (``Dataset/``, say), which must be the
    same for all. Of a member that comes twice the last one counts, as with tar. Files are unpacked
    into ``<folder>/.extracting`` and renamed when the archive proved whole, so a killed run is simply
    run again.

    Parameters
    ----------
    wanted : ``<piece>/<file>`` paths.

    Returns
    -------
    table with a row for each wanted file: ``file``, ``bytes``, ``sha256``; the last two are empty
    where the archive has no such file.

    Raises
    ------
    UserError
        The archive is missing, damaged, or not the recorded one (``checksums.tsv`` beside it); or
        holds links, devices, paths that lead out, more than the disk or a sane archive can, or
        nothing that is wanted.
    """
    archive, folder = Path(archive), Path(folder)
    staging = folder / ".extracting"
    if not archive.is_file():
        raise UserError(f"{archive}: archive not found; download it first")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        # It unpacks to more than its own size: better told now than after half an hour.
        check_space(staging, archive.stat().st_size, f"{archive}: what it unpacks to")
        with archive.open("rb") as file:
            packed = _Hashed(file)
            found = _unpack(archive, packed, staging, frozenset(wanted))
        verify(archive, packed.sha256.hexdigest())
        if not found:
            raise UserError(
                f"{archive}: holds none of the {len(set(wanted))} files that the inventory names, such as "
                f"{min(wanted)}; correct data.path or data.stems"
            )
        for name in found:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).replace(folder / name)
    # ValueError: tarfile reads some fields of an extended header without a check.
    except (EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError, ValueError) as error:
        raise UserError(
            f"{archive}: damaged, cut short or not a .tar.gz ({error}); {_remedy(archive)}"
        ) from None
    except OSError as error:
        raise UserError(f"{archive}: cannot be unpacked into {folder} ({error.strerror})") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    rows = [(name, *found.get(name, ("", ""))) for name in sorted(set(wanted))]
    return pd.DataFrame(rows, columns=["file", "bytes", "sha256"])


def still_packed(archive: Path | str, folder: Path | str, wanted: Collection[str]) -> list[str]:
    """Pieces of which ``folder`` does not hold what ``archive`` has of the ``wanted`` files.

    A piece is unpacked if ``<folder>/<piece>/manifest.tsv`` (extract_archive.py) is no older than the
    archive and lists the wanted files of the piece, no more and no less.
    """
    archive, packed = Path(archive), []
    for piece, files in groupby(sorted(wanted), key=lambda name: name.split("/")[0]):
        manifest = Path(folder) / piece / "manifest.tsv"
        there = archive.is_file() and manifest.is_file()
        fresh = there and manifest.stat().st_mtime >= archive.stat().st_mtime
        if not fresh or list(files) != sorted(pd.read_csv(manifest, sep="\t").file):
            packed.append(piece)
    return packed


def _remedy(archive: Path) -> str:
    """What to do about a damaged ``archive``: one that was recorded came damaged."""
    try:
        recorded = verify(archive, sha256_of(archive))
    except Mismatch:
        recorded = False
    if recorded:
        return f"it came so: delete it, and its line in {table_of(archive)}, then run again"
    return "delete it and download it again"


class _Hashed:
    """A file that is read once, from start to end: ``sha256`` and ``count`` of the bytes so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256, self.count = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.sha256.update(data)
        self.count += len(data)
        return data


class _Bounded:
    """What ``packed`` unpacks to; more than ``RATIO`` times its bytes is refused as a bomb."""

    def __init__(self, archive: Path, packed: _Hashed) -> None:
        self.archive, self.packed, self.count = archive, packed, 0
        self.file = gzip.GzipFile(fileobj=packed)

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.count += len(data)
        if self.count > RATIO * self.packed.count + ALLOWANCE:
            raise UserError(f"{self.archive}: unpacks to over {RATIO} times its size; not a dataset")
        return data


def _unpack(
    archive: Path, packed: _Hashed, staging: Path, wanted: frozenset[str]
) -> dict[str, tuple[int, str]]:
    """Write the wanted members into ``staging``; returns name -> (bytes, sha256)."""
    found, tops = {}, set()
    stream = _Bounded(archive, packed)
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for number, member in enumerate(tar, start=1):
            path = PurePosixPath(member.name)
            reason = _refusal(member, path, number)
            if reason:
                raise UserError(f"{archive}: member {member.name!r} {reason}; not a dataset")
            name = "/".join(path.parts[-2:])
            if member.isdir() or name not in wanted:
                continue
            tops.add(path.parts[:-2])
            if len(tops) > 1:
                raise UserError(f"{archive}: member {member.name!r} has another top folder than the others")
            check_space(staging, member.size, f"{archive}: member {member.name!r}")
            found[name] = _write(tar.extractfile(member), staging / name)
    # tarfile takes a broken header for the end: what follows the end must be padding.
    while rest := stream.read(CHUNK):
        if rest.strip(b"\0"):
            raise tarfile.ReadError("a broken header")
    return found


def _refusal(member: tarfile.TarInfo, path: PurePosixPath, number: int) -> str | None:
    """Why a member has no place in a dataset, or None.

    Stricter than ``tarfile.data_filter``, which makes absolute paths relative and lets links pass
    that stay inside.
    """
    if path.is_absolute() or ".." in path.parts:
        return "leads out of the folder"
    if not (member.isdir() or member.isreg()) or member.issparse():
        return "is a link, a device or a sparse file"
    if number > MEMBERS:
        return f"is one of more than {MEMBERS}"
    return None


def _write(source: IO[bytes], path: Path) -> tuple[int, str]:
    """Copy the open ``source`` to ``path``; returns bytes and SHA-256."""
    source = _Hashed(source)
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK)
    return source.count, source.sha256.hexdigest()
