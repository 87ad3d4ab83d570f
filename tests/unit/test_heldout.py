"""Which held-out stems and rows are shown, and where their sounds are found."""

from pathlib import Path

import pandas as pd
import pytest
from runs import rows_of
from write_page import film_of

from vimusic.errors import UserError
from vimusic.report import heldout
from vimusic.rows import by_fold, first_seeds


def split_of(path, *codes):
    """split.tsv with a training violin X and test stems A, B, C of these instruments."""
    table = pd.DataFrame({"stem": list("XABC"), "instrument": ["vn", *codes], "take": "1"})
    table.assign(split=["train", *["test"] * 3]).to_csv(path, sep="\t", index=False)
    return path


@pytest.mark.parametrize(("codes", "shown"), [(["cl", "vn", "vn"], "B"), (["cl", "fl", "ob"], "A")])
def test_the_shown_stem_is_a_violin_if_there_is_one(tmp_path, codes, shown):
    split = split_of(tmp_path / "split.tsv", *codes)
    assert heldout.shown_stem(split).name == shown
    assert list(heldout.held_out(split).index) == list("ABC")


def test_a_split_without_test_stems_is_named(tmp_path):
    path = split_of(tmp_path / "split.tsv", "vn", "vn", "vn")
    path.write_text(path.read_text().replace("\ttest", "\ttrain"))
    with pytest.raises(UserError, match=r"split\.tsv: holds no test stems"):
        heldout.shown_stem(path)


def test_rows_are_beside_their_anchors_once(tmp_path):
    rows = rows_of(tmp_path, "vision", "midi", seeds=(0, 1), folds=3)
    found = heldout.beside(rows, *heldout.HEARD)
    assert [row.name for row in found] == ["recording", "soundfont", "copy_synthesis", "vision", "midi"]
    assert {(row.seed, row.fold) for row in found} == {(0, "folds/1/")}


def test_each_fold_has_its_own_split(tmp_path):
    rows = rows_of(tmp_path, "midi", folds=3)
    splits = [Path(f"{k}.tsv") for k in range(3)]
    found = list(by_fold(rows, splits))
    assert [path for path, _ in found] == splits
    assert [{row.fold for row in part} for _, part in found] == [{"folds/1/"}, {"folds/2/"}, {"folds/3/"}]
    with pytest.raises(UserError, match=r"--splits: 2 for 3 fold\(s\)"):
        list(by_fold(rows, splits[:2]))


def test_the_first_seed_of_each_row_and_fold(tmp_path):
    rows = rows_of(tmp_path, "midi", seeds=(4, 1), folds=2)
    found = [(row.seed, row.fold) for row in first_seeds(rows) if row.name == "midi"]
    assert found == [(4, "folds/1/"), (4, "folds/2/")]


def test_seeds_are_named_where_there_are_several(tmp_path):
    rows = rows_of(tmp_path, "vision", seeds=(0, 3))
    found = heldout.labels(rows)
    assert list(found.values()) == rows
    assert {"silence", "vision, seed 0", "vision_shuffled, seed 3"} < set(found)
    assert "vision" in heldout.labels(rows_of(tmp_path, "vision"))


def test_a_sound_that_is_missing_is_named(tmp_path):
    (tmp_path / "a.wav").touch()
    table = pd.DataFrame({"stem": ["A.1", "B.1"], "path": [tmp_path / "a.wav", tmp_path / "none.wav"]})
    table.to_csv(tmp_path / "wavs.tsv", sep="\t", index=False)
    assert heldout.wav_of(tmp_path / "wavs.tsv", "A.1") == tmp_path / "a.wav"
    for stem in ("B.1", "C.1"):
        with pytest.raises(UserError, match=rf"wavs\.tsv: has no wav of {stem}"):
            heldout.wav_of(tmp_path / "wavs.tsv", stem)


def test_the_film_is_of_the_row_that_sees_best(tmp_path):
    rows = rows_of(tmp_path, "vision", "vision_midi")
    seers = [row for row in rows if row.kind == "variant" and not row.control]
    films = [Path("one.mp4"), Path("two.mp4")]
    for errors, best in (([2, 1], 1), ([1, 2], 0)):
        table = pd.DataFrame({"row": ["vision", "vision_midi"], "metric": "mse", "value": errors})
        assert film_of(seers, films, table) == (seers[best], films[best])
    assert film_of([], [], table) is None
    with pytest.raises(UserError, match="--films: 1 for 2 rows that see"):
        film_of(seers, films[:1], table)
