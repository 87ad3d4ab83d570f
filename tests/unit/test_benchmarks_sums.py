"""The benchmarks' own sums: convergence, growth a stem, stand-in inventories."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from clips_io import Film

import arithmetic
import downloading
import inference
import inversion
import long_films
import scaling
from vimusic.data.urmp import read_stems
from vimusic.features.parts import read_score_parts, span
from vimusic.models.predictor import Predictor
from vimusic.models.regressor import build


def test_convergence_is_the_relative_error_averaged_over_recordings():
    true = [np.ones((2, 2)), np.full((3, 3), 4.0)]
    assert inversion.convergence(true, true) == 0
    assert inversion.convergence(true, [0.5 * true[0], true[1]]) == pytest.approx(0.25)


def test_growth_compares_the_largest_run_with_the_one_before():
    runs = [("dry run", stems, 4 * stems, seconds, 1e6) for stems, seconds in ((1, 9), (10, 20), (100, 400))]
    table = pd.DataFrame(runs, columns=["kind", "stems", "jobs", "seconds", "memory"])
    row = scaling.per_stem(table, "dry run")
    assert (row["ours"], row["other"], row["ratio"]) == (4, 2, 0.5)


def test_stand_in_holds_every_file_of_every_copy(tmp_path):
    assert scaling.stand_in(tmp_path / "two", 2) == 298
    stems = read_stems(tmp_path / "two/stems.tsv")
    assert len(stems) == 298
    for stem in stems.itertuples():
        for name in (stem.audio, stem.notes, stem.video):
            assert (tmp_path / "two/data" / stem.piece / name).is_file()


def test_both_ways_through_the_windows_predict_the_same():
    torch.manual_seed(0)
    recipe = replace(inference.RECIPE, fusion=16, decoder=8)
    predictor = Predictor(build(recipe), recipe, "cpu", arithmetic="float32")
    frames = Film(np.random.default_rng(0).integers(0, 256, (100, 32, 32, 3), dtype=np.uint8))
    seen = inference.seen_in(frames)
    once = predictor.infer(seen)
    np.testing.assert_allclose(inference.every_window(predictor.model, seen), once, atol=1e-4)


def test_cosine_of_what_moves_leaves_the_mean_out():
    exact = np.array([[10.0, 1.0], [10.0, -1.0]])
    near, moving = arithmetic.cosines(exact * [1, -1], exact)
    assert near == pytest.approx(99 / 101) and moving == pytest.approx(-1)


def test_a_score_of_a_long_film_lasts_as_long(tmp_path):
    long_films.write_score(tmp_path / "score.mid", 7)
    parts = read_score_parts(tmp_path / "score.mid")
    assert [part.instrument for part in parts] == ["vn", "tpt"]
    assert span(parts)[1] == pytest.approx(7) and [len(part.notes) for part in parts] == [14, 14]


def test_a_web_page_taken_for_the_file_is_no_survival(tmp_path):
    page = downloading.BEHAVIOURS["the same, no checksum known"]
    judged = [downloading.outcome(page, name, b"x" * 1000, tmp_path / name) for name in ("ours", "pooch")]
    assert judged == [(True, "gives up"), (False, "WRONG FILE")]
