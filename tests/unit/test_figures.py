"""Figures show the numbers of their tables: read back from the drawing."""

import math
from pathlib import Path

import draw
import numpy as np
import pandas as pd
import pytest
from runs import rows_of

from vimusic.closure import closure, settings_of
from vimusic.errors import UserError
from vimusic.features.frames import FrameWriter
from vimusic.features.skeleton import BODY, HAND, POINTS, SHOULDERS
from vimusic.options import Named
from vimusic.registry import said
from vimusic.report import style
from vimusic.report.figures import FIGURES
from vimusic.report.figures.figure2 import mel_comparison
from vimusic.report.figures.instruments import instrument_bars
from vimusic.report.figures.learning_curves import learning_curves
from vimusic.report.figures.pitch_tracks import pitch_tracks
from vimusic.report.figures.register import error_by_pitch
from vimusic.report.figures.skeleton import MOMENTS, SIDE
from vimusic.report.figures.skeleton import draw as draw_players

SCRIPTS = Path(__file__).parents[2] / "scripts"
URMP = ["--data.name", "urmp"]


@pytest.fixture
def history():
    rows = [(v, s, e, 10 / e, 11 / e) for v in ("vision", "midi") for s in ("0", "1") for e in (1, 2, 3)]
    return pd.DataFrame(rows, columns=["variant", "run", "epoch", "train", "val"]).assign(loss="MSE")


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


def test_learning_curves_have_a_panel_a_variant_and_a_line_a_run(history):
    figure = learning_curves(history, "mini-urmp")
    assert [axis.get_title() for axis in figure.axes] == ["vision", "midi"]
    lines = figure.axes[0].get_lines()
    assert len(lines) == 4
    assert list(lines[1].get_ydata()) == pytest.approx([11, 5.5, 11 / 3])


def test_learning_curves_of_one_loss_share_an_axis_and_another_loss_has_its_own(history):
    other = history[history.variant == "midi"].assign(variant="ddsp", loss="STFT", train=0.1, val=0.2)
    vision, midi, ddsp = learning_curves(pd.concat([history, other]), "mini-urmp").axes
    assert vision.get_ylim() == midi.get_ylim() != ddsp.get_ylim()
    assert [axis.get_ylabel() for axis in (vision, midi, ddsp)] == ["MSE", "", "STFT"]


def test_learning_curves_are_of_every_seed_and_fold_and_of_no_control(tmp_path):
    rows = rows_of(tmp_path, "vision", "midi", seeds=(0, 1), folds=3)
    for k, model in enumerate({row.model for row in rows} - {""}):
        Path(model).parent.mkdir(parents=True)
        table = pd.DataFrame({"epoch": [1, 2], "train": [k, k], "val": [k, k], "loss": "MSE"})
        table.to_csv(Path(model).with_name("history.csv"), index=False)
    drawn = FIGURES["learning_curves"](tmp_path / "rows.json", Named(data=Named(name="urmp")))
    for axis in drawn.axes:
        levels = [line.get_ydata()[0] for line in axis.get_lines()[::2]]
        assert len(levels) == 6 and len(set(levels)) == 6
    assert [axis.get_title() for axis in drawn.axes] == ["vision", "midi"]


def test_bars_are_the_values_and_only_known_intervals_are_drawn(instruments):
    upper, lower = instrument_bars(instruments, "urmp").axes
    assert sorted(bar.get_height() for bar in upper.patches) == [4, 5, 100]
    assert [bar.get_height() for bar in lower.patches] == [50]
    assert len(upper.collections) == 2
    assert [text.get_text() for text in lower.get_xticklabels()] == ["violin", "tuba"]


def test_bars_are_of_variants_and_of_what_they_are_read_beside(instruments, tmp_path):
    rows_of(tmp_path, "midi", "vision")
    shuffled = instruments[instruments.row == "midi"].assign(row="vision_shuffled")
    pd.concat([instruments, shuffled]).to_csv(tmp_path / "table.csv", index=False)
    upper, _ = FIGURES["instruments"](
        tmp_path / "table.csv", tmp_path / "rows.json", Named(data=Named(name="urmp"))
    ).axes
    assert upper.get_legend_handles_labels()[1] == ["midi"]


def test_pitch_tracks_leave_out_the_annotation_and_what_is_unvoiced(tracks):
    first, second = pitch_tracks(tracks, "urmp").axes
    assert (first.get_title("left"), second.get_title("left")) == ("midi", "silence")
    truth, output = first.get_lines()
    assert set(truth.get_ydata()) == {440}
    assert set(output.get_ydata()) == {441}
    assert len(second.get_lines()[1].get_ydata()) == 0


def test_stem_without_a_voiced_frame_can_be_drawn(tracks):
    assert pitch_tracks(tracks.assign(hertz=0.0), "urmp").axes


def test_register_shows_the_error_and_counts_each_note_once():
    errors = pd.DataFrame(
        {"row": ["a", "a", "b", "b"], "midi": [60, 62, 60, 62], "mse": [4, 5, 6, 7], "notes": [3, 1, 3, 1]}
    )
    upper, lower = error_by_pitch(errors, "urmp").axes
    assert [list(line.get_ydata()) for line in upper.get_lines()] == [[4, 5], [6, 7]]
    assert [bar.get_height() for bar in lower.patches] == [3, 1]


def test_mels_share_the_colours_of_the_true_one():
    true, other = np.full((8, 4), -3.0), np.full((8, 4), 0.0)
    *axes, _ = mel_comparison({"ground truth": true, "midi": other}, 100, 10, "a stem").axes
    limits = [axis.images[0].get_clim() for axis in axes]
    assert limits[0] == limits[1] == pytest.approx((-13.03 - style.RANGE, -13.03), abs=0.01)


def test_figure_2_is_of_the_shown_stem_in_every_variant(tmp_path):
    rows = rows_of(tmp_path, "vision", "midi", seeds=(0, 1))
    split = pd.DataFrame({"stem": ["A.1"], "piece": "A", "track": 1, "instrument": "vn", "split": "test"})
    split.assign(take="1").to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    (tmp_path / "features/A/1").mkdir(parents=True)
    np.save(tmp_path / "features/A/1/mel.npy", np.zeros((700, 4), np.float32))
    (tmp_path / "predictions").mkdir()
    for k, row in enumerate(rows):
        np.savez(row.mels, **{"A.1": np.full((700, 4), -float(k), np.float32)})
    paths = [tmp_path / "rows.json", tmp_path / "split.tsv", tmp_path / "features"]
    clock = Named(sample_rate=100, hop_length=10)
    *axes, _ = FIGURES["figure2"](*paths, Named(data=Named(name="urmp"), audio=clock)).axes
    assert [axis.get_title("left") for axis in axes] == ["ground truth", "vision", "midi"]
    assert axes[0].get_xlim() == (0, 60)
    firsts = [k for k, row in enumerate(rows) if row.name in ("vision", "midi") and row.seed == 0]
    assert [-axis.images[0].get_array()[0, 0] * 0.2302585 for axis in axes[1:]] == pytest.approx(firsts)


def test_figure_1_is_drawn_from_the_settings():
    given = Named(
        video=Named(size=96, fps=30),
        audio=Named(sample_rate=22050, hop_length=256, n_mels=80),
        clips=Named(window=64),
        encoder=Named(components=16),
        model=Named(fusion=256, decoder=128),
    )
    words = " ".join(text.get_text() for text in FIGURES["figure1"](given).axes[0].texts)
    for told in ("64 × 96 × 96 × 3", "184 × 128", "16 components", "to 256", "LSTM, 128", "184 × 80"):
        assert told in words


def test_program_writes_each_format_and_the_same_each_time(tracks, tmp_path):
    tracks.to_csv(tmp_path / "table.csv", index=False)
    words = ["--table", tmp_path / "table.csv", *URMP, "--figure", "pitch_tracks", "--out"]
    for folder in ("one", "two"):
        out = [tmp_path / folder / name for name in ("a.pdf", "a.png")]
        draw.main([*map(str, [*words, *out])])
    for name in ("a.pdf", "a.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    pdf = (tmp_path / "one/a.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Subtype /Image" not in pdf


def test_program_takes_what_its_figure_reads_and_nothing_else():
    for words in (["--figure", "register", "--rows", "a"], ["--figure", "none"], []):
        with pytest.raises((SystemExit, UserError)):
            draw.main([*words, "--table", "a", *URMP, "--out", "b"])


def test_every_figure_says_where_it_comes_from(history, tmp_path, monkeypatch):
    monkeypatch.setenv("VIMUSIC_PROVENANCE", "mini-urmp, run a, config 1a2b, code 3c4d")
    figure = learning_curves(history, "urmp")
    style.save(figure, [tmp_path / "one.png"])
    assert "mini-urmp, run a, config 1a2b, code 3c4d" in [text.get_text() for text in figure.texts]


def test_skeletons_are_of_each_instruments_first_held_out_stem(tmp_path):
    stems = [("A", 1, "vn"), ("A", 2, "tpt"), ("B", 1, "vn")]
    rows = [(f"{piece}.{track}", piece, track, code, "1", "test") for piece, track, code in stems]
    split = pd.DataFrame(rows, columns=["stem", "piece", "track", "instrument", "take", "split"])
    split.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    points = np.zeros((20, POINTS, 3), np.float16)
    points[:, list(SHOULDERS)] = [(0.8, 0.5, 1), (0.2, 0.5, 1)]
    points[:5, BODY : BODY + HAND] = 0.5
    for piece in "AB":
        folder = tmp_path / piece / "auto"
        folder.mkdir(parents=True)
        with FrameWriter(folder / "frames.zip") as store:
            for track in (1, 2):
                for _ in range(20):
                    store.append(track, np.zeros((32, 32, 3), np.uint8))
        np.savez(folder / "pose.npz", **{track: points.reshape(20, -1) for track in "12"})
    paths = [tmp_path / piece / "auto/pose.npz" for piece in "AB"]
    settings = Named({"data": Named({"name": "urmp"}), "video": Named({"fps": 30})})
    figure = draw_players(tmp_path / "split.tsv", paths, settings)
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles == [
        "violin, A.1: body 100%, left hand 25%, right hand 0%",
        "trumpet, A.2: body 100%, left hand 25%, right hand 0%",
    ]
    picture = figure.axes[0].images[0].get_array()
    assert picture.shape == (SIDE, len(MOMENTS) * SIDE, 3)
    assert picture[SIDE // 2, SIDE // 4 : -SIDE // 4].any(1).mean() > 0.5


@pytest.mark.parametrize("name", list(FIGURES))
def test_the_workflow_can_read_caption_and_settings_without_importing(name):
    path = SCRIPTS / f"vimusic/report/figures/{name}.py"
    assert settings_of(path, "draw") == FIGURES[name].settings
    assert len(said(f"report.figures.{name}")) > 40
    code = closure(SCRIPTS / "report/draw.py", (f"report.figures.{name}",))
    figures = {found.stem for found in code if found.parent == path.parent}
    assert figures == {"__init__", name}
