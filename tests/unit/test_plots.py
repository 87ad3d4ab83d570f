"""Figures show the numbers of their tables: read back from the drawing."""

import math

import numpy as np
import pandas as pd
import pytest

from vimusic.report import figures, plots
from vimusic.report.shown import shown_stem


@pytest.fixture
def history():
    rows = [(v, s, e, 10 / e, 11 / e) for v in ("vision", "midi") for s in (0, 1) for e in (1, 2, 3)]
    return pd.DataFrame(rows, columns=["variant", "seed", "epoch", "train_mse", "val_mse"])


@pytest.fixture
def instruments():
    cells = [
        ("midi", "tba", "mse", 5.0, math.nan, math.nan),
        ("midi", "vn", "mse", 4.0, 3.0, 6.0),
        ("midi", "vn", "pitch_accuracy", 0.5, 0.4, 0.6),
        ("silence", "vn", "mse", 100.0, 90.0, 110.0),
    ]
    return pd.DataFrame(cells, columns=["row", "instrument", "metric", "value", "low", "high"])


@pytest.fixture
def tracks():
    time = np.arange(0, 5, 0.5)
    parts = {"annotation": 440.0, "midi": 441.0, "silence": 0.0}
    return pd.concat(
        [pd.DataFrame({"stem": "A.1", "row": row, "time": time, "hertz": f0}) for row, f0 in parts.items()]
    )


def test_learning_curves_have_a_panel_a_variant_and_a_line_a_seed(history):
    figure = plots.learning_curves(history, "mini-urmp")
    assert [axis.get_title() for axis in figure.axes] == ["vision", "midi"]
    lines = figure.axes[0].get_lines()
    assert len(lines) == 4
    assert list(lines[1].get_ydata()) == pytest.approx([11, 5.5, 11 / 3])


def test_bars_are_the_values_and_only_known_intervals_are_drawn(instruments):
    upper, lower = plots.instrument_bars(instruments, "urmp").axes
    assert sorted(bar.get_height() for bar in upper.patches) == [4, 5, 100]
    assert [bar.get_height() for bar in lower.patches] == [50]
    assert len(upper.collections) == 2
    assert [text.get_text() for text in lower.get_xticklabels()] == ["violin", "tuba"]


def test_pitch_tracks_leave_out_the_annotation_and_what_is_unvoiced(tracks):
    first, second = plots.pitch_tracks(tracks, "urmp").axes
    assert (first.get_title("left"), second.get_title("left")) == ("midi", "silence")
    truth, output = first.get_lines()
    assert set(truth.get_ydata()) == {440}
    assert set(output.get_ydata()) == {441}
    assert len(second.get_lines()[1].get_ydata()) == 0


def test_stem_without_a_voiced_frame_can_be_drawn(tracks):
    assert plots.pitch_tracks(tracks.assign(hertz=0.0), "urmp").axes


def test_register_shows_the_error_and_counts_each_note_once():
    errors = pd.DataFrame(
        {"row": ["a", "a", "b", "b"], "midi": [60, 62, 60, 62], "mse": [4, 5, 6, 7], "notes": [3, 1, 3, 1]}
    )
    upper, lower = plots.register(errors, "urmp").axes
    assert [list(line.get_ydata()) for line in upper.get_lines()] == [[4, 5], [6, 7]]
    assert [bar.get_height() for bar in lower.patches] == [3, 1]


def test_pdf_is_vector_with_embedded_fonts_and_the_same_each_time(history, tmp_path):
    paths = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for path in paths:
        figures.save(plots.learning_curves(history, "urmp"), [path])
    one, two = (path.read_bytes() for path in paths)
    assert one == two
    assert b"/FontFile2" in one
    assert b"/Subtype /Image" not in one


def test_every_figure_says_where_it_comes_from(history, tmp_path, monkeypatch):
    monkeypatch.setenv("VIMUSIC_PROVENANCE", "mini-urmp, run a, config 1a2b, code 3c4d")
    figure = plots.learning_curves(history, "urmp")
    figures.save(figure, [tmp_path / "one.png"])
    assert "mini-urmp, run a, config 1a2b, code 3c4d" in [text.get_text() for text in figure.texts]


@pytest.mark.parametrize(("codes", "shown"), [(["cl", "vn", "vn"], "B"), (["cl", "fl", "ob"], "A")])
def test_the_shown_stem_is_a_violin_if_there_is_one(codes, shown):
    split = pd.DataFrame(
        {"instrument": ["vn", *codes], "split": ["train", *["test"] * 3]}, index=list("XABC")
    )
    assert shown_stem(split).name == shown
