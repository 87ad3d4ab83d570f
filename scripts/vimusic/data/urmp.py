"""The URMP layout: inventory table, note and f0 annotations (Li et al. 2018)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from vimusic.errors import UserError

# code: (name, family, General MIDI program)
INSTRUMENTS = {
    "vn": ("violin", "strings", 40),
    "va": ("viola", "strings", 41),
    "vc": ("cello", "strings", 42),
    "db": ("double bass", "strings", 43),
    "fl": ("flute", "woodwind", 73),
    "ob": ("oboe", "woodwind", 68),
    "cl": ("clarinet", "woodwind", 71),
    "sax": ("saxophone", "woodwind", 65),
    "bn": ("bassoon", "woodwind", 70),
    "tpt": ("trumpet", "brass", 56),
    "hn": ("horn", "brass", 60),
    "tbn": ("trombone", "brass", 57),
    "tba": ("tuba", "brass", 58),
}
FILES = ["audio", "notes", "f0s", "video", "score"]
COLUMNS = [
    *("piece", "title", "track", "instrument", "slot", "players"),
    *FILES,
    *("crop_x", "crop_y", "crop_side", "lead_frames", "take"),
]


def stem_id(piece: str, track: int) -> str:
    """Name of one stem in every table and file: ``01_Jupiter_vn_vc.1``."""
    return f"{piece}.{track}"


def read_stems(path: Path | str, select: Sequence[str] = ()) -> pd.DataFrame:
    """Inventory of stems as a table indexed by stem id, columns as ``COLUMNS``.

    Parameters
    ----------
    path : tab-separated table with the columns ``COLUMNS``.
    select : pieces (``01_Jupiter_vn_vc``) or stems (``01_Jupiter_vn_vc.2``) to keep; empty keeps all.

    Raises
    ------
    UserError
        A missing file or column, an unknown instrument, a doubled stem, a selection without match.
    """
    try:
        stems = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise UserError(f"{path}: inventory not found; set data.stems in the config") from None
    missing = [column for column in COLUMNS if column not in stems]
    if missing:
        raise UserError(f"{path}: column {missing[0]} is missing; it needs {' '.join(COLUMNS)}")
    for column in ("track", "slot", "players", "lead_frames"):
        wrong = stems.loc[~stems[column].str.fullmatch(r"\d+"), column]
        if len(wrong):
            raise UserError(
                f"{path}: line {wrong.index[0] + 2}: {column} is {wrong.iloc[0]!r}; give a whole number"
            )
        stems[column] = stems[column].astype(int)
    unknown = sorted(set(stems.instrument) - set(INSTRUMENTS))
    if unknown:
        raise UserError(f"{path}: unknown instrument {unknown[0]}; use {' '.join(INSTRUMENTS)}")
    stems.index = pd.Index([stem_id(*row) for row in zip(stems.piece, stems.track, strict=True)], name="stem")
    if not stems.index.is_unique:
        doubled = stems.index[stems.index.duplicated()][0]
        raise UserError(f"{path}: stem {doubled} is listed twice; keep one row")
    if select:
        known = set(stems.index) | set(stems.piece)
        absent = [name for name in select if name not in known]
        if absent:
            raise UserError(f"{path}: no piece or stem {absent[0]}; correct data.select")
        stems = stems[stems.index.isin(select) | stems.piece.isin(select)]
    return stems


def check_named(path: Path | str, stems: pd.DataFrame, columns: Iterable[str]) -> None:
    """``UserError`` unless every stem of the inventory at ``path`` names a file in each of ``columns``."""
    for column in columns:
        unnamed = stems.index[stems[column] == ""]
        if len(unnamed):
            raise UserError(
                f"{path}: {unnamed[0]} has no name under {column}, which this run reads; name the file "
                "there, leave the stem out (data.leave_out), or choose rows and roll.source without it"
            )


def read_split(path: Path | str) -> pd.DataFrame:
    """split.tsv of make_split.py: the inventory, with seconds and split (train, val, test) of each stem.

    A file that a stem lacks is ``""``, as in ``read_stems``. ``clips`` is None where the stem as a whole is
    in the part that ``split`` names; else a list of ints, those of its clips of ``window`` s that are, and
    the stem has a row for each of its parts. ``leak.held_out`` and ``leak.whole_stems`` choose among them.
    """
    table = pd.read_csv(path, sep="\t", index_col="stem", dtype=dict.fromkeys(["take", "clips", *FILES], str))
    present = table.columns.intersection(FILES)
    table[present] = table[present].fillna("")
    table = table.reindex(columns=table.columns.union(["clips", "window"], sort=False))
    clips = [[int(k) for k in cell.split()] if isinstance(cell, str) else None for cell in table.clips]
    return table.assign(clips=pd.Series(clips, table.index, dtype=object))


def files_of(stems: pd.DataFrame) -> list[str]:
    """The ``<piece>/<file>`` paths that an inventory names, sorted, each once."""
    names = stems.melt(id_vars="piece", value_vars=FILES, value_name="file")
    return sorted({f"{row.piece}/{row.file}" for row in names.itertuples() if row.file})


@dataclass(frozen=True)
class Notes:
    """Annotated notes: ``onset`` and ``duration`` in seconds, ``hertz`` the mean f0; shapes (n,)."""

    onset: np.ndarray
    hertz: np.ndarray
    duration: np.ndarray

    @classmethod
    def of(cls, triples: Sequence[tuple[float, float, int]]) -> Self:
        """What a MIDI file holds: (onset s, end s, MIDI pitch) each."""
        onset, end, pitch = np.array(triples).T
        return cls(onset, 440 * 2 ** ((pitch - 69) / 12), end - onset)

    @property
    def midi(self) -> np.ndarray:
        """Nearest MIDI note numbers, shape (n,), int."""
        return np.round(69 + 12 * np.log2(self.hertz / 440)).astype(int)


def read_notes(path: Path | str, seconds: float | None = None) -> Notes:
    """Notes of a ``Notes_*.txt``: onset (s), mean f0 (Hz), duration (s), split by tabs.

    Real files vary in how many tabs stand between columns, so any white space splits.

    Parameters
    ----------
    seconds : length of the stem, if known; a note that starts beyond it is an error.

    Raises
    ------
    UserError
        A missing or empty file, or a row that is not three numbers with positive f0 and duration
        (in seconds and hertz); the message names the line.
    """
    rows = []
    for number, line in _lines(path):
        try:
            onset, hertz, duration = (float(word) for word in line.split())
            if not (0 <= onset < np.inf and 8 < hertz < 13000 and 0 < duration < np.inf):
                raise ValueError
        except ValueError:
            raise UserError(
                f"{path}: line {number}: {line.strip()!r} is not a note; "
                "expected onset (s), mean f0 (Hz), duration (s)"
            ) from None
        if seconds is not None and onset >= seconds:
            raise UserError(
                f"{path}: line {number}: note at {onset:.3f} s starts after the stem's end at "
                f"{seconds:.3f} s; check that notes and audio belong together"
            )
        rows.append((onset, hertz, duration))
    if not rows:
        raise UserError(f"{path}: holds no note; expected onset (s), mean f0 (Hz), duration (s)")
    return Notes(*np.array(sorted(rows)).T)


def read_f0s(path: Path | str) -> np.ndarray:
    """Times (s) and f0 (Hz, 0 where unvoiced) of a ``F0s_*.txt``, the two rows of shape (2, n).

    Raises
    ------
    UserError
        A missing or empty file, or a row that is not two numbers, finite and from 0 on.
    """
    rows = []
    for number, line in _lines(path):
        try:
            time, hertz = (float(word) for word in line.split())
            if not (0 <= time < np.inf and 0 <= hertz < np.inf):
                raise ValueError
        except ValueError:
            raise UserError(
                f"{path}: line {number}: {line.strip()!r} is not a time (s) and an f0 (Hz)"
            ) from None
        rows.append((time, hertz))
    if not rows:
        raise UserError(f"{path}: holds no f0; expected a time (s) and an f0 (Hz) in each line")
    return np.array(rows).T


def notes_to_f0(
    notes: Notes, seconds: float, hop: float = 0.010, first: float = 0.023
) -> tuple[np.ndarray, np.ndarray]:
    """f0 track on URMP's annotation grid from notes alone, for stems that have no ``F0s_*``.

    Returns times (s) and f0 (Hz, 0 between notes), shapes (n,).
    """
    times = np.arange(first, max(seconds, first + hop), hop)
    hertz = np.zeros_like(times)
    for onset, f0, duration in zip(notes.onset, notes.hertz, notes.duration, strict=True):
        hertz[(times >= onset) & (times < onset + duration)] = f0
    return times, hertz


def annotated_f0(f0s: Path | str, notes: Path | str, seconds: float) -> tuple[np.ndarray, np.ndarray, str]:
    """The reference f0 of a stem: its ``F0s_*`` where there is one, else its notes.

    Returns
    -------
    times : (n,) seconds
    hertz : (n,) Hz, 0 where unvoiced
    source : ``f0s`` or ``notes``
    """
    if Path(f0s).is_file():
        return *read_f0s(f0s), "f0s"
    return *notes_to_f0(read_notes(notes), seconds), "notes"


def nearest_f0(times: np.ndarray, hertz: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The f0 (Hz) of a track (times s, hertz), each (n,), nearest to each of the times ``at`` (m,): (m,).

    No mean of two, because nothing lies between a note and silence.
    """
    return hertz[np.searchsorted((times[1:] + times[:-1]) / 2, at)]


def _lines(path: Path | str) -> list[tuple[int, str]]:
    """(line number, line) of an annotation file, without blank lines."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        raise UserError(f"{path}: not found; is this stem complete?") from None
    return [(k, line) for k, line in enumerate(text.splitlines(), start=1) if line.strip()]
