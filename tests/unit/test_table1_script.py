"""table1.py on the scores of one run: every file is there, and a run of one piece is told as such."""

from unittest.mock import patch

import pandas as pd
import pytest
import table1

from vimusic.errors import UserError
from vimusic.evaluation import metrics
from vimusic.rows import Row, write_rows

FILES = [
    *("table1.csv", "table1.md", "table1.tex", "paired.csv", "paired.md", "against_paper.csv"),
    *("against_paper.md", "per_stem.csv", "per_instrument.csv", "per_family.csv", "seeds.csv"),
]
COLUMNS = ["stem", "piece", "title", "instrument", "row", "seed", "metric", "value"]


def record(folder, name, inputs=(), fold=""):
    """A row without seeds whose scores lie in ``folder``."""
    kind = "variant" if inputs else "anchor"
    scores = str(folder / f"{name}{fold.replace('/', '.')}.csv")
    return Row(name, kind, name, "", 0, fold, inputs, crops="", mels="", wavs="", scores=scores, model="")


def tables_of(folder, pieces, published, unit="title", folds=("",), metric="mse"):
    """Tables of made-up scores: ``midi`` is 5 better than the mean spectrum in every piece, each of its own
    title; the pieces are held out in turn in ``folds``."""
    rows = []
    for k, fold in enumerate(folds):
        for name, mse, inputs in (("mean_spectrum", 12.0, ()), ("midi", 7.0, ("roll",))):
            row = record(folder, name, inputs, fold)
            held_out = [(j, p) for j, p in enumerate(pieces) if j % len(folds) == k]
            scores = [(f"{p}.1", p, f"T{p}", "tba", name, 0, metric, mse + j) for j, p in held_out]
            pd.DataFrame(scores, columns=COLUMNS).to_csv(row.scores, index=False)
            rows.append(row)
    write_rows(folder / "rows.json", rows)
    options = {
        "rows": folder / "rows.json",
        "published": published,
        "data.name": "custom",
        "split.unit": unit,
        "split.folds": len(folds) if folds[0] else 0,
        "roll.source": "score_dtw",
        "evaluation.tracker": "pyin",
        "audio.sample_rate": 22050,
        "audio.hop_length": 256,
        "video.fps": 30,
        "clips.window": 64,
        "clips.step": 32,
        "out": folder / "tables",
    }
    table1.main([word for name, value in options.items() for word in (f"--{name}", str(value))])
    return folder / "tables"


def test_every_table_is_written(tmp_path, pytestconfig):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    folder = tables_of(tmp_path, "ABCDEF", published)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert pd.read_csv(folder / "per_family.csv").family.unique() == ["brass"]
    assert pd.read_csv(folder / "paired.csv").better.item() == "yes"
    shown = (folder / "table1.md").read_text()
    assert "†" not in shown
    assert "6 held-out stems, 6 piece(s), 6 title(s)" in shown
    assert "pitch by pyin" in shown and "the printed score, warped to the recording" in shown
    assert "too narrow where they are few" in shown and ", code " in shown
    assert list(pd.read_csv(folder / "per_stem.csv").columns[:6]) == [
        *("row", "seed", "metric", "stem", "piece", "instrument")
    ]


@pytest.mark.parametrize("pieces", ["A", "ABC"])
def test_few_pieces_show_nothing(tmp_path, pytestconfig, pieces):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    folder = tables_of(tmp_path, pieces, published)
    for name in ("table1.md", "table1.tex"):
        shown = (folder / name).read_text()
        assert "no row can be shown to beat its anchors" in shown
        assert "†" not in shown and "dagger" not in shown


def test_a_split_by_clip_is_told_everywhere(tmp_path, pytestconfig):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    folder = tables_of(tmp_path, "ABC", published, "clip")
    for name in ("table1.md", "table1.tex", "paired.md"):
        assert "SPLIT BY CLIP, which leaks" in (folder / name).read_text()
    against = pd.read_csv(folder / "against_paper.csv")
    told = against.data[against.artifact == "Table 1"].unique()
    assert list(told) == [
        "custom, split by clip (LEAKS); pitch by pyin; notes (the printed score, warped to the recording)"
    ]


def test_folds_share_one_table_that_says_so(tmp_path, pytestconfig):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    (tmp_path / "folds").mkdir()
    (tmp_path / "once").mkdir()
    folds = tables_of(tmp_path / "folds", "ABCDEF", published, folds=("folds/1/", "folds/2/", "folds/3/"))
    once = tables_of(tmp_path / "once", "ABCDEF", published)
    told = "6 held-out stems, 6 piece(s); each of 6 title(s) held out in turn in 3 folds"
    assert told in (folds / "table1.md").read_text() and told in (folds / "paired.md").read_text()
    assert "held out in turn" not in (once / "table1.md").read_text()
    pd.testing.assert_frame_equal(*(pd.read_csv(folder / "table1.csv") for folder in (folds, once)))


@pytest.mark.parametrize(
    ("better", "heading", "verdict"),
    [("lower", "toy score ↓", ["yes"]), ("higher", "toy score ↑", ["no"]), ("neither", "toy score", [])],
)
def test_a_new_metric_is_one_function(tmp_path, pytestconfig, better, heading, verdict):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    with patch.dict(metrics.METRICS):

        @metrics.metric("toy score", better=better, shown=True)
        def toy(heard):
            """A made-up score."""
            return 0.0

        folder = tables_of(tmp_path, "ABCDEF", published, metric="toy")
        assert "`toy`" in metrics.listed()
    header, _, *rows = (folder / "table1.md").read_text().splitlines()[2:6]
    column = [cell.strip() for cell in header.split("|")].index(heading)
    assert [row.split("|")[column].split()[0] for row in rows] == ["14.50", "9.50"]
    assert list(pd.read_csv(folder / "paired.csv").better) == verdict
    assert "toy score" not in (folder / "paired.md").read_text()  # the paper does not report it


def test_scores_of_an_unknown_metric_are_refused(tmp_path, pytestconfig):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    with pytest.raises(UserError, match=r"mean_spectrum\.csv: unknown metric msee; score again"):
        tables_of(tmp_path, "ABC", published, metric="msee")
