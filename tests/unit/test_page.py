"""The report page's parts: self-contained, escaped, and honest about what each row knows."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
import soundfile

from vimusic.report import page
from vimusic.features.sources import SOURCES

INPUTS = {"vision": ["video"], "vision_midi": ["video", "roll"], "midi_instrument": ["roll", "instrument"]}


@pytest.mark.parametrize(
    ("row", "knows"),
    [
        ("silence", "nothing"),
        ("vision", "video"),
        ("vision_midi", "video, notes (annotated from the recording)"),
        ("midi_instrument", "notes (annotated from the recording), instrument"),
        ("vision_midi_shuffled", "another title's video, notes (annotated from the recording)"),
        ("vision_midi_concat", "as vision_midi"),
        ("copy_synthesis_concat", "as copy_synthesis"),
    ],
)
def test_every_row_says_what_it_knows(row, knows):
    assert page.information([row], INPUTS, SOURCES["notes"].words).knows.item() == knows


def test_the_source_of_the_notes_is_named():
    told = page.information(["soundfont", "vision_midi"], INPUTS, SOURCES["score"].words)
    assert list(told.knows) == [
        "notes (the printed score, not aligned), instrument",
        "video, notes (the printed score, not aligned)",
    ]


def test_a_table_can_be_folded():
    html = page.folded("By <seed>", pd.DataFrame({"row": ["midi"]}))
    assert html.startswith("<details><summary>By &lt;seed&gt;</summary>")
    assert "midi" in html


def test_player_holds_the_first_seconds_of_the_wav(tmp_path):
    wav = tmp_path / "one.wav"
    signal = np.sin(np.arange(30 * 1000) / 7) / 2
    soundfile.write(wav, signal, 1000)
    html = page.player_row("<title>", {"a & b": wav})
    assert "&lt;title&gt;" in html
    assert "a &amp; b" in html
    [data] = re.findall(r'src="data:audio/flac;base64,([^"]+)"', html)
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert (rate, len(heard)) == (1000, page.SECONDS * 1000)
    assert np.abs(heard - signal[: len(heard)]).max() < 1e-3


def test_figure_lies_inside_the_page_with_its_caption(tmp_path):
    picture = tmp_path / "register.png"
    picture.write_bytes(b"picture")
    html = page.figure(picture, "Data: <urmp>, code 1a2b.")
    assert base64.b64encode(b"picture").decode() in html
    caption = f"{page.CAPTIONS['register']} Data: &lt;urmp&gt;, code 1a2b."
    assert html.count(caption) == 2  # caption and alternative text


def test_interval_stands_under_its_value_and_names_are_escaped():
    html = page.html_table(pd.DataFrame({"row": ["<b>"], "MSE": ["4.0 [3.0, 5.0]"]}))
    assert "4.0<br>[3.0, 5.0]" in html
    assert "&lt;b&gt;" in html
