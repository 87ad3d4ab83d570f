"""Windows of a whole stem put together again."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from clips_io import Film
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.models.clips import Stem
from vimusic.errors import UserError
from vimusic.models.inference import STITCHES, concat, donors, exact, paper, predict, with_video_of
from vimusic.models.regressor import build
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

        def folded(self):
            return self

        def forward(self, frames):
            self.seen += frames[:, 0, 0, 0].tolist()
            return torch.zeros(len(frames), 512)

    class Model(Truth):
        def __init__(self):
            super().__init__()
            self.encoders = [SimpleNamespace(), SimpleNamespace(encoder=Counting())]

    frames = Film(np.full((2, 2, 3), k, np.uint8) for k in range(150))
    stem = Stem("s", mel_of(430), 0, frames=frames)
    model = Model()
    assert len(CLOCK.windows(430)) > 2
    predict(model, stem, CLOCK, exact)
    assert model.encoders[1].encoder.seen == list(range(150))


def test_finetuned_prediction_equals_that_of_its_windows_from_pixels():
    clock = TimeBase(window=8, step=4)
    model = model_of(finetuned=True)
    rng = np.random.default_rng(0)
    frames = Film(rng.integers(0, 256, (14, 32, 32, 3), dtype=np.uint8))
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


def split_of(**titles):
    """Split table of two stems per title: ``split_of(A="test")``. X and Y are takes of one playing."""
    rows = [
        (f"{title}.{track}", title, {"Y": "X"}.get(title, title), split, "vn", "strings")
        for title, split in titles.items()
        for track in (1, 2)
    ]
    columns = ["stem", "title", "take", "split", "instrument", "family"]
    return pd.DataFrame(rows, columns=columns).set_index("stem")


def test_control_shows_each_test_stem_one_of_another_title_each_used_once():
    table = split_of(A="test", B="test", C="test", D="val", E="train")
    shown = donors(table)
    assert list(shown) == list(table.index[table.split == "test"])
    assert sorted(shown.values()) == sorted(shown)
    assert all(table.title[own] != table.title[other] for own, other in shown.items())
    assert donors(table) == shown
    assert any(donors(table, seed) != shown for seed in range(1, 5))


def test_control_shows_no_other_take_of_the_same_playing():
    table = split_of(X="test", Y="test", Z="test")
    assert {shown for own, shown in donors(table).items() if own[0] in "XY"} == {"Z.1", "Z.2"}


def test_control_of_one_test_title_takes_validation_stems():
    assert set(donors(split_of(A="test", B="val", C="train")).values()) == {"B.1", "B.2"}


@pytest.mark.parametrize(
    ("players", "donor"),
    [
        ({"B": ("va", "strings"), "C": ("tba", "brass"), "D": ("vn", "strings")}, "D"),  # same instrument
        ({"B": ("va", "strings"), "C": ("tba", "brass"), "D": ("fl", "woodwind")}, "B"),  # same family
        ({"B": ("tba", "brass"), "C": ("tba", "brass"), "D": ("va", "strings")}, "D"),  # of validation
        ({"B": ("va", "strings"), "C": ("tba", "brass"), "D": ("va", "strings")}, "B"),  # test first
    ],
)
def test_control_shows_the_same_instrument_or_family_if_it_can(players, donor):
    table = split_of(A="test", B="test", C="test", D="val", E="train")
    for title, (instrument, family) in players.items():
        table.loc[table.title == title, ["instrument", "family"]] = instrument, family
    shown = donors(table)
    assert {table.title[shown[name]] for name in ("A.1", "A.2")} == {donor}
    assert shown["A.1"] != shown["A.2"]


def test_control_without_another_held_out_title_is_a_users_mistake():
    with pytest.raises(UserError, match="another title"):
        donors(split_of(A="test", B="train"))


@pytest.mark.parametrize("length", [60, 100, 250])
def test_donors_video_is_cut_or_repeated_and_the_rest_is_the_stems_own(length):
    own, other = np.zeros((100, 512), np.float32), np.random.default_rng(0).random((length, 512), np.float32)
    stem = Stem("s", mel_of(260), 3, roll=np.ones((260, 128)), visual=own)
    control = with_video_of(stem, Stem("d", mel_of(700, 1), 5, visual=other), None)
    np.testing.assert_array_equal(control.visual, other[np.arange(100) % length])
    assert (control.name, control.instrument) == ("s", 3)
    assert control.mel is stem.mel and control.roll is stem.roll


def test_finetuned_control_embeds_the_donors_frames():
    clock = TimeBase(window=8, step=4)
    model = model_of(finetuned=True)
    rng = np.random.default_rng(0)
    films = [Film(rng.integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)) for _ in range(2)]
    own, donor = (Stem("s", mel_of(clock.window_mels), 0, frames=film) for film in films)
    control = predict(model, with_video_of(own, donor, model), clock, exact)
    np.testing.assert_array_equal(control, predict(model, donor, clock, exact))
