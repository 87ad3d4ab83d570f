"""What a table, a figure or a page says of where its numbers come from."""

import os

import pandas as pd

from vimusic.revision import commit

VARIABLE = "VIMUSIC_PROVENANCE"
DATA = {
    "mini-urmp": "SYNTHETIC data (mini-URMP), not comparable with the paper's numbers",
    "urmp": "URMP",
    "custom": "custom data, not comparable with the paper's numbers",
}
UNITS = {"title": "", "clip": "SPLIT BY CLIP, which leaks: neighbours of scored clips were trained on. "}


def announce(text: str) -> None:
    """Let every job of this process say ``text`` as its ``provenance``.

    In the environment and no option: what does not depend on a changed key is not made again.
    """
    os.environ[VARIABLE] = text


def provenance() -> str:
    """Data, run, hash of its config and commit of the code, as ``announce`` was told."""
    return os.environ.get(VARIABLE) or f"scripts run by hand, code {commit()}"


def counted(stems: pd.DataFrame, folds: int = 0) -> str:
    """How many stems, pieces and titles a table with these columns holds, and in how many ``folds`` they
    were held out (0: in one split)."""
    told = f"{stems.stem.nunique()} held-out stems, {stems.piece.nunique()} piece(s)"
    titles = f"{stems.title.nunique()} title(s)"
    return f"{told}; each of {titles} held out in turn in {folds} folds" if folds else f"{told}, {titles}"


def measured_on(data: str, unit: str, tracker: str, notes: str) -> str:
    """Data, split, tracker and what is known of the notes (``words`` of a source), for a table's cell."""
    leak = ", split by clip (LEAKS)" if unit == "clip" else ""
    return f"{data}{leak}; pitch by {tracker}; {notes}"
