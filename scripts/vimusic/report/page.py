"""The report page: what it says in words, and what it shows as data inside the one file (``page.html``)."""

import base64
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import soundfile

from vimusic.data.leak import Cut
from vimusic.registry import names, said
from vimusic.report.heldout import SECONDS
from vimusic.report.style import RANGE, decibels
from vimusic.rows import CONCAT, SHUFFLED, Row

POOLED = 3  # mel frames to a column of a picture


def render(**shown: Any) -> str:
    """``page.html`` with what it shows; text is escaped."""
    template = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    page = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return page.from_string(template).render(shown)


def information(rows: Iterable[Row], notes: str) -> pd.DataFrame:
    """What each row of Table 1 is and knows of the stem it is scored on: columns row, knows, is.

    Parameters
    ----------
    rows : each name counts once.
    notes : what a ``roll`` is made from, in words.
    """
    lines = {}
    for row in rows:
        reads = {
            "roll": notes,
            "notes": notes,
            "recording": "the recording",
            "performance": "the recording's loudness and intonation",
        }
        if row.kind == "anchor":
            inputs, what = anchor(row.base)
        else:
            inputs, what = row.inputs, "A trained network."
        if row.control == SHUFFLED:
            reads["video"], what = "another title's video", f"Control: {row.base}, shown the wrong video."
        knows = ", ".join(reads.get(name, name) for name in inputs) or "nothing"
        if row.control == CONCAT:
            knows, what = f"as {row.base}", f"{row.base}, put together by the paper's other reading."
        lines[row.name] = {"row": row.name, "knows": knows, "is": what}
    return pd.DataFrame(lines.values())


def anchor(base: str) -> tuple[tuple[str, ...], str]:
    """What an anchor reads, in the words of a variant's inputs, and what it is: ``KNOWS`` and the docstring
    of its module."""
    folder = "models.baselines" if base in names("models.baselines") else "models.players"
    return said(f"{folder}.{base}", "KNOWS"), said(f"{folder}.{base}")


def embedded(path: str | Path, kind: str) -> str:
    """The file at ``path`` as a data URI of the media type ``kind``."""
    return _uri(Path(path).read_bytes(), kind)


def sound(path: str | Path, cut: Cut) -> str:
    """The first ``SECONDS`` of what ``cut`` keeps of a wav, as a data URI of 16-bit FLAC."""
    signal, rate = soundfile.read(path)
    signal = cut.array(signal, rate)[: SECONDS * rate]
    buffer = io.BytesIO()
    soundfile.write(buffer, signal, rate, format="FLAC", subtype="PCM_16")
    return _uri(buffer.getvalue(), "audio/flac")


def picture(log_mel: np.ndarray, top: float) -> str:
    """A log-mel (T, n_mels), ln power, as a data URI of a picture without axes, low bands below.

    Parameters
    ----------
    top : ln power of the brightest colour.
    """
    whole = log_mel[: len(log_mel) // POOLED * POOLED]
    pooled = whole.reshape(-1, POOLED, whole.shape[1]).mean(axis=1)
    high = decibels(np.float64(top))
    buffer = io.BytesIO()
    plt.imsave(
        buffer, decibels(pooled).T, vmin=high - RANGE, vmax=high, cmap="magma", origin="lower", format="webp"
    )
    return _uri(buffer.getvalue(), "image/webp")


def _uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
