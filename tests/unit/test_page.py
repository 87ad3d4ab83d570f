"""The report page: self-contained, escaped, and honest about what each row knows and what was held out."""

import base64
import html
import io
import re

import numpy as np
import pytest
import soundfile
from pages import page_of
from PIL import Image
from runs import rows_of

from vimusic.data.leak import Cut
from vimusic.errors import UserError
from vimusic.features.sources import SOURCES
from vimusic.registry import said
from vimusic.report import page
from vimusic.report.heldout import SECONDS

TITLES = ("Bourree", "Waltz", "Rondo & <b>", "Gigue", "Loure")


def told(folder, source="notes"):
    """What the page says of each row."""
    rows = rows_of(folder, "vision", "vision_midi", "midi_instrument")
    return page.information(rows, SOURCES[source].words).set_index("row")


@pytest.mark.parametrize(
    ("row", "knows"),
    [
        ("silence", "nothing"),
        ("mean_spectrum", "nothing"),
        ("instrument_mean", "instrument"),
        ("soundfont", "notes (annotated from the recording), instrument"),
        ("copy_synthesis", "the recording"),
        ("vision", "video"),
        ("vision_midi", "video, notes (annotated from the recording)"),
        ("midi_instrument", "notes (annotated from the recording), instrument"),
        ("vision_midi_shuffled", "another title's video, notes (annotated from the recording)"),
        ("vision_midi_concat", "as vision_midi"),
        ("copy_synthesis_concat", "as copy_synthesis"),
    ],
)
def test_every_row_says_what_it_knows(tmp_path, row, knows):
    assert told(tmp_path).knows[row] == knows


def test_the_source_of_the_notes_is_named(tmp_path):
    knows = told(tmp_path, "score").knows
    assert knows["soundfont"] == "notes (the printed score, not aligned), instrument"
    assert knows["vision_midi"] == "video, notes (the printed score, not aligned)"


def test_an_anchor_says_what_it_is_in_its_own_file(tmp_path):
    assert told(tmp_path).loc["silence", "is"] == said("models.baselines.silence") == "Digital silence."
    with pytest.raises(UserError, match=r"silence\.py: has no WORTH"):
        said("models.baselines.silence", "WORTH")
    with pytest.raises(UserError, match=r"loudness\.py: no such file"):
        said("models.baselines.loudness")


def test_sound_is_the_first_seconds_of_the_wav(tmp_path):
    signal = np.sin(np.arange(30 * 1000) / 7) / 2
    soundfile.write(tmp_path / "one.wav", signal, 1000)
    data = page.sound(tmp_path / "one.wav", Cut(None, None)).removeprefix("data:audio/flac;base64,")
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert (rate, len(heard)) == (1000, SECONDS * 1000)
    assert np.abs(heard - signal[: len(heard)]).max() < 1e-3


def test_picture_has_low_bands_below_and_bright_where_it_is_loud():
    mel = np.full((300, 80), -20.0)
    mel[:150, :40] = 0  # first half, low half
    data = page.picture(mel, 0.0).removeprefix("data:image/webp;base64,")
    grey = np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).mean(axis=-1)
    assert grey.shape == (80, 300 // page.POOLED)
    quarters = [
        grey[half][:, side].mean()
        for half in (slice(40), slice(40, None))
        for side in (slice(50), slice(50, None))
    ]
    assert quarters[2] > 180
    assert max(quarters[0], quarters[1], quarters[3]) < 40


def text(path):
    """The page without what is embedded in it and without tags, by section: heading -> text."""
    source = re.sub(r'src="data:[^"]*"', "", path.read_text(encoding="utf-8"))
    source = re.sub(r"<(style|script)>.*?</\1>", "", source, flags=re.DOTALL)
    parts = re.split(r"<h2>(.*?)</h2>", source)
    plain = [re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", part))) for part in parts]
    return {"": plain[0]} | dict(zip(plain[1::2], plain[2::2], strict=True))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return page_of(
        tmp_path_factory.mktemp("run"), "vision", "vision_midi", "midi", titles=TITLES, daggers=True
    )


def test_page_opens_with_what_can_be_heard_and_seen(written):
    found = text(written)
    assert list(found)[1:3] == ["Hear and see", "Table 1"]
    opening = found["Hear and see"]
    assert "00_Bourree_tpt.1, trumpet, held out" in opening
    assert "What vision saw" in opening  # the first of the rows that see has the lowest MSE here
    order = [
        opening.index(name)
        for name in (" recording ", " vision_midi ", " midi ", " soundfont ", "Anchors and controls")
    ]
    assert order == sorted(order)
    source = written.read_text(encoding="utf-8")
    assert source.count("<video") == 1
    # Every row and the recording beside its mel, and the sounds of three more stems.
    assert source.count('<div class="mel">') == 13
    assert source.count("<audio") == 4 * 13


def test_synthetic_data_are_called_so_where_they_are_heard(written):
    found = text(written)
    assert "Synthetic:" in found[""]
    for part in ("Hear and see", "More held-out stems"):
        assert "SYNTHETIC data (mini-URMP), not comparable" in found[part]


def test_tables_are_whole_and_escaped(written):
    found = text(written)
    assert "4.00 [3.50, 4.50]" in found["Table 1"]
    assert "†" in found["Table 1"]
    assert "No listening study has been run" in found["Table 2"]
    source = written.read_text(encoding="utf-8")
    assert "4.00<br>[3.50, 4.50]" in source
    assert "MSE\u00a0↓" in source
    assert "Rondo &amp; &lt;b&gt;" in source and "Rondo & <b>" not in source


def test_a_whole_piece_is_heard_in_the_rows_that_there_are(tmp_path):
    source = page_of(tmp_path, "midi", mixed=("silence", "recording", "soundfont", "midi"))
    found = text(source)["The whole piece"]
    assert "The players of 00_Bourree_tpt at once (SYNTHETIC data (mini-URMP), not" in found
    assert "its first 1 s" in found and "3.00 [0.00, 9.00]" in found
    order = re.findall(r"\b(silence|recording|soundfont|midi)\b", found)
    assert order == ["recording", "midi", "soundfont", "silence", "recording", "soundfont", "midi"]
    part = source.read_text(encoding="utf-8").partition("<h2>The whole piece</h2>")[2]
    assert part.partition("<h2>")[0].count("<audio") == 3


def test_without_a_whole_piece_the_page_says_so(written):
    found = text(written)["The whole piece"]
    assert found.strip() == "There is none: no piece of two or more players is held out whole."


def test_figures_lie_inside_with_the_captions_that_their_files_hold(written):
    source = written.read_text(encoding="utf-8")
    picture = base64.b64encode((written.parent / "register.png").read_bytes()).decode()
    assert picture in source
    assert source.count(said("report.figures.register")) == 2  # caption and alternative text


def test_a_split_by_clip_is_called_a_leak(written, tmp_path):
    assert "SPLIT BY CLIP" not in text(written)[""]
    leaking = text(page_of(tmp_path, "midi", unit="clip", data="urmp"))
    assert "SPLIT BY CLIP, which leaks" in leaking[""]
    assert "Synthetic" not in leaking[""] and "SYNTHETIC" not in leaking["Hear and see"]


def test_without_a_row_that_sees_there_is_no_film(tmp_path):
    written = page_of(tmp_path, "midi", seeds=(0, 1))
    source = written.read_text(encoding="utf-8")
    assert "<video" not in source
    assert "midi, seed 1" in text(written)["Hear and see"]


def test_with_folds_every_title_is_held_out_in_turn_and_counted(tmp_path):
    written = page_of(tmp_path, "vision", titles=TITLES, folds=5)
    found = text(written)
    assert "5 held-out stems, 5 piece(s), 5 title(s)" in found[""]
    assert "Every title was held out in turn" in found[""]
    assert "held out in the first fold" in found["Hear and see"]
    more = re.findall(r"(\S+), trumpet", found["More held-out stems"])
    assert more == ["01_Waltz_tpt.1", "02_Rondo_tpt.1", "03_Gigue_tpt.1"]
    measured = found["What was measured on what"]
    assert re.findall(r"Fold (\d)", measured) == list("12345")
    assert measured.count("test: 1 stems") == 5
