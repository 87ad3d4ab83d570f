"""A user's mistake, or a disk that refuses, is one line; a result is written whole or not at all."""

import errno
import glob
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

RESERVE = 1 << 30  # bytes of the disk to leave free
# What to do when a disk refuses.
REMEDIES = {
    errno.ENOSPC: "free some space, then run again",
    errno.EDQUOT: "free some of your quota, then run again",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f), then run again",
    errno.EROFS: "make it writable, then run again",
    errno.EACCES: "change its permissions, then run again",
    errno.EPERM: "change its permissions, then run again",
}


class UserError(Exception):
    """What is wrong, in which file, and what to do: one line, shown without a traceback."""


def run(main: Callable[[], object]) -> None:
    """Call ``main()``; a ``UserError``, a disk's refusal, Ctrl-C or a scheduler's request to end (SIGTERM) is
    one line on stderr and exit code 1, and what is half-written is removed."""
    with suppress(ValueError):  # outside the main thread nobody ends it this way
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted")
    except UserError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        sys.exit(f"error: {_explained(error.filename or 'disk', error)}")


def check_space(folder: Path, size: int, what: str) -> None:
    """``UserError``, begun with ``what``, unless ``size`` bytes leave ``RESERVE`` of ``folder``'s disk."""
    free = shutil.disk_usage(folder).free
    if size + RESERVE > free:
        raise UserError(
            f"{what} needs {size / 1e9:.1f} GB and {RESERVE / 1e9:.1f} GB in reserve, {free / 1e9:.1f} GB "
            "are free; free some space or choose another folder"
        )


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` only if the block succeeds.

    The temporary name keeps the suffix, because writers such as ``np.save`` choose by it. What a
    killed process has left of the same file is removed; one that still runs keeps its own (a job
    outlives a killed Snakemake, whose rerun then writes the same file).

    Raises
    ------
    UserError
        The disk is full, or the folder cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        yield temporary
        temporary.replace(path)
    except Exception as error:
        refusal = error if getattr(error, "errno", None) in REMEDIES else _refusal(temporary)
        if refusal is None:
            raise
        raise UserError(_explained(path, refusal)) from None
    finally:
        with suppress(OSError):  # a read-only folder holds none
            temporary.unlink()


def _remove_leftovers(path: Path) -> None:
    name = re.compile(rf"\.{re.escape(path.stem)}\.(\d+){re.escape(path.suffix)}")
    for left in path.parent.glob(f".{glob.escape(path.stem)}.*"):
        found = name.fullmatch(left.name)
        if found and not _runs(int(found[1])):
            left.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    """Whether a process with this number runs on this machine."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return pid != os.getpid()


def _refusal(path: Path) -> OSError | None:
    """The OSError that lengthening the file at ``path`` meets, or None.

    Asked of the disk itself, because NumPy, torch, libsndfile and FFmpeg each hide the reason.
    """
    try:
        with path.open("ab") as file:
            file.write(bytes(1 << 20))
    except OSError as error:
        return error if error.errno in REMEDIES else None


def _explained(path: Path | str, error: OSError) -> str:
    return f"{path}: {os.strerror(error.errno)}; {REMEDIES[error.errno]}"
