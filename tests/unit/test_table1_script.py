"""table1.py on the scores of one run: every file is there, and a run of one piece is told as such."""

import pandas as pd
import pytest

import table1

FILES = [
    *("table1.csv", "table1.md", "table1.tex", "paired.csv", "paired.md", "against_paper.csv"),
    *("against_paper.md", "per_stem.csv", "per_instrument.csv", "per_family.csv", "seeds.csv"),
]
TIME = ["--sample-rate", "22050", "--hop-length", "256", "--fps", "30", "--window", "64", "--step", "32"]


def tables_of(folder, pieces, published, unit="title"):
    """Tables of made-up scores: ``midi`` is 5 better than the mean spectrum in every piece."""
    paths = []
    for row, mse in (("mean_spectrum", 12.0), ("midi", 7.0)):
        scores = [(f"{p}.1", p, "T", "tba", row, 0, "mse", mse + k) for k, p in enumerate(pieces)]
        columns = ["stem", "piece", "title", "instrument", "row", "seed", "metric", "value"]
        paths.append(str(folder / f"{row}.csv"))
        pd.DataFrame(scores, columns=columns).to_csv(paths[-1], index=False)
    options = [
        "--scores",
        *paths,
        "--published",
        published,
        "--inputs",
        "midi=roll",
        "--unit",
        unit,
        "--tracker",
        "pyin",
        "--source",
        "score_dtw",
        "--data",
        "custom",
    ]
    table1.main([*options, *TIME, "--out", str(folder / "tables")])
    return folder / "tables"


def test_every_table_is_written(tmp_path, pytestconfig):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    folder = tables_of(tmp_path, "ABCDEF", published)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert pd.read_csv(folder / "per_family.csv").family.unique() == ["brass"]
    assert pd.read_csv(folder / "paired.csv").better.item() == "yes"
    shown = (folder / "table1.md").read_text()
    assert "†" not in shown
    assert "6 held-out stems, 6 piece(s), 1 title(s)" in shown
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
