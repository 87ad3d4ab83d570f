"""Which version of the code made a result, for captions."""

import subprocess
from pathlib import Path


def commit() -> str:
    """``git describe`` of this code, or that there is none; git itself may be missing."""
    command = ["git", "describe", "--always", "--dirty"]
    try:
        told = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return "of unknown version (no git here)"
    return told.stdout.strip() or "not under version control"
