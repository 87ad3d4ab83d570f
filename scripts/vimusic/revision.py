"""Which version of the code made a result, for captions."""

import subprocess
from pathlib import Path


def commit():
    """``git describe`` of this code, or that there is none."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "not under version control"
