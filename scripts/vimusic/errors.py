"""A user's mistake is one line; a result is written whole or not at all."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path


class UserError(Exception):
    """What is wrong, in which file, and what to do: one line, shown without a traceback."""


def run(main):
    """Call ``main()``; a ``UserError`` becomes one line on stderr and exit code 1."""
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")


@contextmanager
def whole_file(path):
    """Yield a temporary path beside ``path``; rename it to ``path`` only if the block succeeds.

    The temporary name keeps the suffix, because writers such as ``np.save`` choose by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
