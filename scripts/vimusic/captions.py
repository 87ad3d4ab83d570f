"""What a table, a figure or a page says of where its numbers come from."""

import os

from vimusic.revision import commit

VARIABLE = "VIMUSIC_PROVENANCE"
DATA = {
    "mini-urmp": "SYNTHETIC data (mini-URMP), not comparable with the paper's numbers",
    "urmp": "URMP",
    "custom": "custom data, not comparable with the paper's numbers",
}
UNITS = {"title": "", "clip": "SPLIT BY CLIP, which leaks: neighbours of scored clips were trained on. "}
NOTES = {  # roll.source: what a row that reads notes knows
    "notes": "notes (annotated from the recording)",
    "score": "notes (the printed score, not aligned)",
    "score_dtw": "notes (the printed score, warped to the recording)",
}


def announce(text):
    """Let every job of this process say ``text`` as its ``provenance``.

    In the environment and no option: what does not depend on a changed key is not made again.
    """
    os.environ[VARIABLE] = text


def provenance():
    """Data, run, hash of its config and commit of the code, as ``announce`` was told."""
    return os.environ.get(VARIABLE) or f"scripts run by hand, code {commit()}"


def counted(stems):
    """How many stems, pieces and titles a table with these columns holds."""
    return (
        f"{stems.stem.nunique()} held-out stems, {stems.piece.nunique()} piece(s), "
        f"{stems.title.nunique()} title(s)"
    )


def measured_on(data, unit, tracker, source):
    """Data, split, tracker and source of the notes, for a table's cell."""
    leak = ", split by clip (LEAKS)" if unit == "clip" else ""
    return f"{data}{leak}; pitch by {tracker}; {NOTES[source]}"
