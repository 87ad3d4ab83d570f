"""table1.py on the scores of one run: every file is there, and a run of one piece is told as such."""

import pandas as pd

import table1

FILES = [
    *("table1.csv", "table1.md", "table1.tex", "paired.csv", "paired.md", "against_paper.csv"),
    *("against_paper.md", "per_stem.csv", "per_instrument.csv", "per_family.csv", "seeds.csv"),
]
TIME = ["--sample-rate", "22050", "--hop-length", "256", "--fps", "30", "--window", "64", "--step", "32"]


def tables_of(folder, pieces, published):
    """Tables of made-up scores: ``midi`` is 5 better than the mean spectrum in every piece."""
    paths = []
    for row, mse in (("mean_spectrum", 12.0), ("midi", 7.0)):
        scores = [(f"{p}.1", p, "tba", row, 0, "mse", mse + k) for k, p in enumerate(pieces)]
        columns = ["stem", "piece", "instrument", "row", "seed", "metric", "value"]
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
        "title",
        "--data",
        "custom",
    ]
    table1.main([*options, *TIME, "--out", str(folder / "tables")])
    return folder / "tables"


def test_every_table_is_written(tmp_path, pytestconfig):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    folder = tables_of(tmp_path, "ABC", published)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert pd.read_csv(folder / "per_family.csv").family.unique() == ["brass"]
    assert pd.read_csv(folder / "paired.csv").better.item() == "yes"
    assert "†" not in (folder / "table1.md").read_text()


def test_one_piece_shows_nothing(tmp_path, pytestconfig):
    published = str(pytestconfig.rootpath / "workflow/resources/published.csv")
    folder = tables_of(tmp_path, "A", published)
    assert "One held-out piece gives no interval" in (folder / "table1.md").read_text()
    assert r"$\dagger$" in (folder / "table1.tex").read_text()
