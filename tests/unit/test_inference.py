"""Windows of a whole stem put together again."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.clips import Stem
from vimusic.inference import STITCHES, concat, exact, paper, predict
from vimusic.models import build
from vimusic.timebase import TimeBase

torch.set_num_threads(1)  # on models this small threads only wait for each other
CLOCK = TimeBase()
BANDS = 5


def mel_of(length, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-23, 5, (length, BANDS)).astype(np.float32)


def windows_of(mel, clock=CLOCK):
    """The windows of ``mel``, and what a perfect model predicts for each."""
    windows = clock.windows(len(mel))
    return windows, [mel[window.mel : window.mel + clock.window_mels] for window in windows]


def model_of(finetuned):
    torch.manual_seed(0)
    model = build(
        inputs=["video"], finetuned=finetuned, weights="none", components=512, dropout=0.5,
        n_mels=BANDS, fusion=16, decoder=8,
    )  # fmt: skip
    return model.eval()


class Truth(torch.nn.Module):
    """A model that predicts the true mel."""

    def forward(self, clips):
        return clips["mel"]


@settings(deadline=None, max_examples=50)
@given(st.integers(CLOCK.window_mels, 4000), st.integers(0, 2**32 - 1))
def test_exact_stitch_of_true_windows_is_the_truth(length, seed):
    mel = mel_of(length, seed)
    stitched = exact(*windows_of(mel), length, CLOCK)
    assert stitched.shape == mel.shape
    assert stitched.dtype == np.float32
    np.testing.assert_allclose(stitched, mel, atol=1e-4)


def test_exact_stitch_fades_from_one_window_to_the_next():
    length = CLOCK.window_mels + 92
    windows = CLOCK.windows(length)
    levels = [np.full((CLOCK.window_mels, 1), float(k)) for k in range(len(windows))]
    stitched = exact(windows, levels, length, CLOCK)[:, 0]
    assert len(windows) == 2
    assert np.all(np.diff(stitched) >= 0)
    assert np.max(np.diff(stitched)) < 0.05  # no step where a window begins or ends
    assert (stitched[0], stitched[-1]) == (0, 1)


@settings(deadline=None, max_examples=25)
@given(st.integers(CLOCK.window_mels, 20_000))
def test_papers_stitch_steps_by_92_and_drops_the_tail(length):
    windows, predicted = windows_of(np.zeros((length, 1), np.float32))
    regular = sum(window.frame == k * 32 for k, window in enumerate(windows))
    assert len(paper(windows, predicted, length, CLOCK)) == (regular - 1) * 92 + 184


def test_papers_stitch_of_62_s_is_the_truth_where_steps_are_exact():
    mel = mel_of(CLOCK.mel_frames(62 * CLOCK.sample_rate))
    stitched = paper(*windows_of(mel), len(mel), CLOCK)
    assert stitched.shape == (5336, BANDS)
    # The first window's first half is its own; later ones slip by 0.125 of a mel frame each.
    np.testing.assert_allclose(stitched[:92], mel[:92], atol=1e-4)


def test_concat_at_hop_512_has_the_papers_length_too():
    clock = TimeBase(hop_length=512)
    mel = mel_of(clock.mel_frames(62 * clock.sample_rate))
    windows, predicted = windows_of(mel, clock)
    joined = concat(windows, predicted, len(mel), clock)
    assert joined.shape == (5336, BANDS)
    np.testing.assert_array_equal(joined[92:184], predicted[1])


@pytest.mark.parametrize("length", [184, 185, 1000, 5341])
def test_prediction_has_the_stems_length_and_order(length):
    # 5,341 mel frames are 58 windows: more than one batch.
    stem = Stem("s", mel_of(length), 0)
    np.testing.assert_allclose(predict(Truth(), stem, CLOCK, exact), stem.mel, atol=1e-4)


def test_each_frame_is_embedded_once_although_windows_overlap():
    class Counting(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.seen = []

        def forward(self, frames):
            self.seen += frames[:, 0, 0, 0].tolist()
            return torch.zeros(len(frames), 512)

    class Model(Truth):
        def __init__(self):
            super().__init__()
            self.encoders = [SimpleNamespace(), SimpleNamespace(encoder=Counting())]

    frames = [np.full((2, 2, 3), k, np.uint8) for k in range(150)]
    stem = Stem("s", mel_of(430), 0, frames=frames)
    model = Model()
    assert len(CLOCK.windows(430)) > 2
    predict(model, stem, CLOCK, exact)
    assert model.encoders[1].encoder.seen == list(range(150))


def test_finetuned_prediction_equals_that_of_its_windows_from_pixels():
    clock = TimeBase(window=8, step=4)
    model = model_of(finetuned=True)
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(14)]
    stem = Stem("s", mel_of(clock.window_mels), 0, frames=frames)
    pixels = torch.from_numpy(np.stack(frames[:8]))[None]
    positions = torch.from_numpy(clock.positions(clock.windows(clock.window_mels)[0]))[None]
    with torch.no_grad():
        expected = model({"frames": pixels, "positions": positions})[0]
    np.testing.assert_allclose(predict(model, stem, clock, exact), expected, atol=1e-4)


def test_video_that_ends_before_its_sound_holds_its_last_frame():
    model = model_of(finetuned=False)
    visual = np.random.default_rng(0).standard_normal((60, 512)).astype(np.float32)
    held = np.concatenate([visual, np.repeat(visual[-1:], 40, axis=0)])
    short, long = (Stem("s", mel_of(260), 0, visual=v) for v in (visual, held))
    np.testing.assert_array_equal(predict(model, short, CLOCK, exact), predict(model, long, CLOCK, exact))


def test_config_can_name_every_stitch():
    assert {"exact": exact, "paper": paper, "concat": concat} == STITCHES
