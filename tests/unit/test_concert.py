"""Players heard block by block: nothing is lost, doubled or late at the seams, and memory stays."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import torch
from clicks_io import RATE, Clicking, clicks
from models_io import RECIPE
from signals import tone

from vimusic.models import concert
from vimusic.models.concert import BLOCK, MOST, OVERLAP, PEAK, Player, joined, mix, perform, spans
from vimusic.models.predictor import Predictor
from vimusic.models.regressor import build

torch.set_num_threads(1)  # on models this small threads only wait for each other
SEEING = replace(RECIPE, inputs=("video",), fps=5)
STEP = BLOCK - OVERLAP


@pytest.mark.parametrize("seconds", [0.1, 4, 5, 29.9, 30, 30.04, 56, 56.5, 3600])
def test_blocks_cover_the_film_and_overlap(seconds):
    blocks = spans(seconds)
    assert blocks[0][0] == 0 and blocks[-1][1] == seconds
    assert len(blocks) == 1 or min(end - begin for begin, end in blocks) > OVERLAP
    for (_, end), (begin, _) in pairwise(blocks):
        assert end - begin == OVERLAP


def flashes(times, seconds, rate=30):
    """Crops of two players, black but for one white picture at each of the ``times`` (s) of the first."""
    white = {round(rate * time) for time in times}
    for k in range(round(rate * seconds)):
        yield 0, np.full((32, 32, 3), 255 * (k in white), np.uint8)
        yield 1, np.zeros((32, 32, 3), np.uint8)


class Flashing(Clicking):
    """Clicks at every white picture."""

    def white(self, frames):
        return np.flatnonzero(frames.values > 127) / self.recipe.fps


# Inside blocks, in both halves of the overlaps, at the edges of what is heard of them.
TIMES = [0, 15, STEP + 0.5, STEP + 1.5, STEP + 2.5, STEP + 3.5, BLOCK + 1, 2 * STEP + 1, 2 * STEP + 3, 79.5]


def test_what_is_seen_is_heard_once_and_in_its_place_across_blocks(tmp_path):
    players = [Player("left"), Player("right")]
    paths = perform(Flashing("video"), players, 80, flashes(TIMES, 80), tmp_path, {})
    assert [soundfile.info(path).frames for path in paths] == [80 * RATE] * 2
    assert clicks(paths[0]) == pytest.approx(TIMES, abs=1e-3)
    assert len(clicks(paths[1])) == 0


def test_what_is_written_is_heard_once_and_in_its_place_across_blocks(tmp_path):
    notes = [(time, time + 0.3, 60) for time in TIMES]
    [path] = perform(Clicking("roll"), [Player("one", notes)], 79.9, None, tmp_path, {})
    assert soundfile.info(path).frames == round(79.9 * RATE)
    assert clicks(path) == pytest.approx(TIMES, abs=1e-3)


def test_a_film_that_ends_early_holds_its_last_picture(tmp_path):
    players = [Player("left"), Player("right")]
    seen = []

    class Noting(Clicking):
        def white(self, frames):
            seen.append(len(frames))
            return []

    perform(Noting("video"), players, 80, flashes([], 25), tmp_path, {})
    assert seen == [750, 750, 1, 1, 1, 1]


def test_renderings_are_joined_where_they_are_quietest():
    before, after = (tone(hertz, OVERLAP, RATE) for hertz in (220, 330))
    for signal in (before, after):
        signal[2 * RATE : round(2.1 * RATE)] = 0
    both = joined(before, after, RATE)
    np.testing.assert_array_equal(both[: 2 * RATE], before[: 2 * RATE])
    np.testing.assert_array_equal(both[round(2.1 * RATE) :], after[round(2.1 * RATE) :])


def test_a_mix_does_not_clip_and_keeps_the_balance(tmp_path, capsys):
    levels = [0.9, 0.9, -0.3]
    paths, each = ([tmp_path / f"{kind}{k}.wav" for k in range(3)] for kind in ("in", "out"))
    for path, level in zip(paths, levels, strict=True):
        soundfile.write(path, np.full(100_000, level, np.float32), RATE, subtype="FLOAT")
    mix(paths, tmp_path / "mix.wav", each)
    whole, *parts = (soundfile.read(path)[0] for path in (tmp_path / "mix.wav", *each))
    assert len(whole) == 100_000
    np.testing.assert_allclose(whole, PEAK, atol=1e-4)
    np.testing.assert_allclose([part[0] for part in parts], np.array(levels) * PEAK / 1.5, atol=1e-4)
    assert "level: -4.4 dB" in capsys.readouterr().out
    mix(paths[2:], tmp_path / "mix.wav")
    np.testing.assert_allclose(soundfile.read(tmp_path / "mix.wav")[0], -PEAK, atol=1e-4)
    assert "level: +9.5 dB" in capsys.readouterr().out


def test_what_is_nearly_silent_is_raised_and_stays_quiet(tmp_path):
    soundfile.write(tmp_path / "in.wav", np.full(1000, 1e-3, np.float32), RATE, subtype="FLOAT")
    mix([tmp_path / "in.wav"], tmp_path / "mix.wav")
    np.testing.assert_allclose(soundfile.read(tmp_path / "mix.wav")[0], 1e-3 * MOST, atol=1e-4)


def test_memory_does_not_grow_with_the_film(tmp_path, monkeypatch):
    monkeypatch.setattr(concert, "BLOCK", 10)
    peaks = []
    for seconds in (30, 300):
        tracemalloc.start()
        perform(Clicking("video"), [Player("a"), Player("b")], seconds, flashes([], seconds), tmp_path, {})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def test_an_encoder_is_copied_once_and_not_for_every_block(tmp_path, monkeypatch):
    torch.manual_seed(0)
    predictor = Predictor(build(SEEING), SEEING, "cpu")
    folded, folds = predictor._encoder.folded, []
    monkeypatch.setattr(predictor._encoder, "folded", lambda how: folds.append(how) or folded())
    perform(predictor, [Player("a"), Player("b")], 60, flashes([], 60, 5), tmp_path, {})
    assert len(spans(60)) > 2 and folds == [predictor.arithmetic]
