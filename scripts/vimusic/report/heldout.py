"""Which held-out stems the report shows, in which rows, and where their sounds lie."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from vimusic.data import leak
from vimusic.data.urmp import read_split
from vimusic.errors import UserError
from vimusic.rows import Row, named, trained

SECONDS = 20  # of a film or sound, so that the report stays small
# Anchors beside the variants: what notes alone give, and the ceilings; what knowing the instrument gives.
HEARD = ("recording", "soundfont", "copy_synthesis")
SEEN = ("instrument_mean", "soundfont")


def held_out(split: Path) -> pd.DataFrame:
    """The test stems of a split.tsv, indexed by stem; the ``cut`` of each keeps what is held out.

    Raises
    ------
    UserError
        There are none.
    """
    test = leak.held_out(read_split(split))
    if test.empty:
        raise UserError(f"{split}: holds no test stems; hold out titles in the config (split)")
    return test


def shown_stem(split: Path) -> pd.Series:
    """The first test stem that is a violin, as in the paper's Figure 2, or the first test stem: its row of
    split.tsv."""
    test = held_out(split)
    violins = test[test.instrument == "vn"]
    return (violins if len(violins) else test).iloc[0]


def beside(rows: Iterable[Row], *anchors: str) -> list[Row]:
    """The rows called ``anchors``, then the trained variants, each in its first seed and fold."""
    rows = list(rows)
    return [*named(rows, *anchors), *trained(rows)]


def wav_of(wavs: str | Path, stem: str) -> Path:
    """The sound of ``stem`` in a row's table of wavs.

    Raises
    ------
    UserError
        It has none.
    """
    paths = pd.read_csv(wavs, sep="\t", index_col="stem").path
    if stem not in paths or not Path(paths[stem]).is_file():
        raise UserError(f"{wavs}: has no wav of {stem}; run synthesize.py again")
    return Path(paths[stem])


def sound_of(wavs: str | Path, stem: pd.Series) -> tuple[np.ndarray, int]:
    """The first ``SECONDS`` of what is held out of a stem, as a row sounds it: signal (N,), sample rate (Hz).

    Raises
    ------
    UserError
        As ``wav_of``.
    """
    signal, rate = soundfile.read(wav_of(wavs, stem.name), dtype="float32")
    return stem.cut.array(signal, rate)[: SECONDS * rate], rate


def labels(rows: Sequence[Row]) -> dict[str, Row]:
    """The rows of one fold by what they are called; seeds are named where there are several."""
    seeds = Counter(row.name for row in rows)
    return {row.name if seeds[row.name] == 1 else f"{row.name}, seed {row.seed}": row for row in rows}
