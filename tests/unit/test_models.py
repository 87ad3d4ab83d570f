"""The spectrogram regressor: sizes, shapes, the way from video frames to the mel grid."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from clips_io import Film
from models_io import RECIPE

from vimusic.features.encoders import ENCODERS
from vimusic.models.clips import CODES, Seen, Stem, cut
from vimusic.models.inputs.instrument import UNNAMED
from vimusic.models.inputs.instrument import Input as Instrument
from vimusic.models.inputs.roll import Input as Roll
from vimusic.models.inputs.video import to_mel_grid
from vimusic.models.partials import log_comb
from vimusic.models.recipe import Recipe
from vimusic.models.regressor import build
from vimusic.settings import Settings, Variant

torch.set_num_threads(1)  # on models this small threads only wait for each other
CLOCK, BANDS = RECIPE.clock, RECIPE.n_mels
INPUTS = ("video", "roll", "instrument")
COMBINATIONS = [list(some) for k in (1, 2, 3) for some in combinations(INPUTS, k)]


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def batch_of(size, pixels=False, seed=0):
    """A batch of clips as ``clips.cut`` gives them, of random features."""
    rng = np.random.default_rng(seed)
    clips = []
    for k in range(size):
        frames = Film(rng.integers(0, 256, (12, 32, 32, 3), dtype=np.uint8))
        seen = Seen(
            f"{k}",
            40,
            int(rng.integers(len(CODES))),
            rng.integers(0, 3, (40, 128)).astype(np.float32),
            None if pixels else rng.standard_normal((12, 512)).astype(np.float32),
            frames if pixels else None,
        )
        clips.append(cut(seen, CLOCK.windows(40)[1], CLOCK))
    return torch.utils.data.default_collate(clips)


def model_of(inputs, **changes):
    torch.manual_seed(0)
    return build(replace(RECIPE, inputs=tuple(inputs), **changes)).eval()


def test_resnet_trunk_has_the_published_number_of_parameters():
    assert parameters(ENCODERS["resnet18"]("none").trunk) == 11_176_512  # 11,689,512 less the classifier


def test_roll_encoder_has_an_lstms_number_of_parameters():
    assert parameters(Roll(RECIPE)) == 4 * 128 * (128 + 128) + 2 * 4 * 128 == 132_096


@pytest.mark.parametrize(
    ("inputs", "width", "encoders"),
    [
        (["video"], 512, 0),
        (["roll"], 128, 132_096),
        (["video", "roll"], 640, 132_096),
        (["roll", "instrument"], 160, 132_096 + 32 * (3 + len(CODES))),
    ],
)
def test_papers_widths_give_the_expected_number_of_parameters(inputs, width, encoders):
    fusion = (width + 1) * 1024
    first, second = 4 * 512 * (1024 + 512 + 2), 4 * 512 * (512 + 512 + 2)
    output = (512 + 1) * 80
    model = model_of(inputs, n_mels=80, fusion=1024, decoder=512)
    assert parameters(model) == encoders + fusion + first + second + output


def test_finetuned_model_trains_the_resnet_too():
    frozen, finetuned = (model_of(["video"], finetune=tuned) for tuned in (False, True))
    assert parameters(finetuned) - parameters(frozen) == 11_176_512


@pytest.mark.parametrize("finetuned", [False, True])
@pytest.mark.parametrize("inputs", COMBINATIONS, ids="+".join)
def test_every_combination_of_inputs_gives_a_mel(inputs, finetuned):
    with torch.no_grad():
        mel = model_of(inputs, finetune=finetuned)(batch_of(2, pixels=finetuned))
    assert mel.shape == (2, CLOCK.window_mels, BANDS)
    assert torch.isfinite(mel).all()


def test_mel_grid_is_linear_between_frames():
    # Feature d of frame k is (d + 1) * k, so its value at position p is (d + 1) * p.
    frames = torch.arange(8.0).view(1, 8, 1) * torch.tensor([1.0, 2.0, 3.0])
    positions = torch.tensor([[0.0, 0.25, 1.0, 3.5, 6.75, 7.0]])
    expected = positions.unsqueeze(-1) * torch.tensor([1.0, 2.0, 3.0])
    torch.testing.assert_close(to_mel_grid(frames, positions), expected, rtol=0, atol=1e-6)


def test_mel_grid_reads_each_clip_at_its_own_positions():
    frames = torch.stack([torch.arange(8.0), 10 + torch.arange(8.0)]).unsqueeze(-1)
    positions = torch.tensor([[1.5, 2.0], [0.5, 7.0]])
    expected = torch.tensor([[1.5, 2.0], [10.5, 17.0]]).unsqueeze(-1)
    torch.testing.assert_close(to_mel_grid(frames, positions), expected, rtol=0, atol=1e-6)


def test_finetuned_model_takes_frames_embedded_beforehand():
    model, clips = model_of(["video", "roll"], finetune=True), batch_of(2, pixels=True)
    with torch.no_grad():
        visual = model.inputs[0].encoder(clips["frames"].flatten(0, 1)).unflatten(0, (2, 8))
        embedded = {key: value for key, value in clips.items() if key != "frames"}
        torch.testing.assert_close(model(embedded | {"visual": visual}), model(clips), rtol=0, atol=1e-4)


@pytest.mark.parametrize("finetuned", [False, True])
def test_clip_does_not_depend_on_its_batch(finetuned):
    model, clips = model_of(INPUTS, finetune=finetuned), batch_of(3, pixels=finetuned)
    with torch.no_grad():
        together = model(clips)
        for k in range(3):
            alone = model({key: value[k : k + 1] for key, value in clips.items()})
            torch.testing.assert_close(alone[0], together[k], rtol=0, atol=1e-4)
    assert (together[0] - together[1]).abs().max() > 1e-3


def stems_of(visual):
    """One stem per array of ``visual``, with mels of mean 5 and deviation 2."""
    rng = np.random.default_rng(0)
    mels = ((5 + 2 * rng.standard_normal((50, BANDS))).astype(np.float32) for _ in visual)
    return [
        Stem(Seen("s", 50, 0, visual=v.astype(np.float32)), mel) for mel, v in zip(mels, visual, strict=True)
    ]


def test_training_starts_at_the_mean_spectrum_of_the_training_stems():
    stems = stems_of(np.random.default_rng(1).standard_normal((3, 20, 512)))
    model = model_of(["video"])
    model.fit(stems)
    mel = np.concatenate([stem.mel for stem in stems])
    np.testing.assert_allclose(model.mel_mean, mel.mean(0), atol=1e-4)
    np.testing.assert_allclose(model.mel_std, mel.std(0, ddof=1), atol=1e-4)


def test_components_are_the_embeddings_directions_of_largest_variance():
    # Embeddings that vary along three known directions, the first most, around a known mean.
    rng = np.random.default_rng(1)
    directions = np.linalg.qr(rng.standard_normal((512, 3)))[0].T
    visual = 7 + rng.standard_normal((3, 200, 3)) * (9, 3, 1) @ directions
    model = model_of(["video"], components=2)
    model.fit(stems_of(visual))
    encoder = model.inputs[0]
    np.testing.assert_allclose(encoder.mean, visual.mean((0, 1)), atol=1e-3)
    found = (encoder.axes / encoder.axes.norm(dim=0)).numpy()
    np.testing.assert_allclose(np.abs(found.T @ directions.T), [[1, 0, 0], [0, 1, 0]], atol=0.05)


def test_all_components_keep_the_distances_between_embeddings():
    visual = np.random.default_rng(1).standard_normal((2, 400, 512))
    model = model_of(["video"])
    model.fit(stems_of(visual))
    encoder = model.inputs[0]
    clips = {
        "visual": torch.from_numpy(visual[0][None, :8].astype(np.float32)),
        "positions": torch.arange(8.0)[None],
    }
    with torch.no_grad():
        kept = torch.pdist(encoder(clips)[0])
    given = torch.pdist(clips["visual"][0])
    # One common scale for all components: no small one is blown up to the size of a large one.
    torch.testing.assert_close(kept / kept.mean(), given / given.mean(), rtol=1e-3, atol=0)


def test_still_picture_and_constant_band_do_not_divide_by_0():
    model = model_of(["video"])
    model.fit([Stem(Seen("s", 40, 0, visual=np.zeros((12, 512), "f")), np.zeros((40, BANDS), "f"))])
    with torch.no_grad():
        assert torch.isfinite(model(batch_of(1))).all()


def test_a_harmonic_output_follows_the_pitch_without_training():
    model = model_of(["roll"], n_mels=80, output="harmonic")
    clips = batch_of(1)
    pitches = (60, 64, 67, 72, 84)
    combs = torch.from_numpy(log_comb(22050, 1024, 80))[list(pitches)].clamp(min=-6)
    for k, pitch in enumerate(pitches):
        clips["roll"] = torch.zeros_like(clips["roll"])
        clips["roll"][:, :, pitch] = 1
        with torch.no_grad():
            bands = model(clips)[0, -1]
        alike = [torch.corrcoef(torch.stack([bands, comb]))[0, 1] for comb in combs]
        assert np.argmax(alike) == k


def test_a_harmonic_output_is_noise_alone_where_no_note_sounds():
    model = model_of(["roll"], n_mels=80, output="harmonic")
    clips = batch_of(1)
    clips["roll"] = torch.zeros_like(clips["roll"])
    with torch.no_grad():
        silent = model(clips)
        model.output.envelope.bias += 5
        assert torch.allclose(model(clips), silent, atol=1e-4)


@pytest.mark.parametrize("finetune", [False, True])
def test_recipe_takes_every_setting_to_its_place_and_survives_its_file(finetune):
    settings = Settings(encoder={"seed": 7, "centre": True}, video={"fps": 25, "size": 96}).model_dump()
    variant = Variant(
        inputs=["video", "roll"], crops="auto", encoder="resnet18", output="harmonic", finetune=finetune
    )
    recipe = Recipe.of("seen", variant, settings)
    assert (recipe.row, recipe.data, recipe.crops) == ("seen", "urmp", "auto")
    assert recipe.encoder == "resnet18"
    assert recipe.inputs == ("video", "roll")
    assert (recipe.output, recipe.finetune, recipe.encoder_seed, recipe.size) == ("harmonic", finetune, 7, 96)
    assert recipe.centre is not finetune  # frames themselves are not centred
    assert (recipe.clock.fps, recipe.clock.step, recipe.n_mels) == (25, 32, 80)
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_an_instrument_that_was_not_heard_has_the_vector_of_its_family():
    given = Instrument(replace(RECIPE, inputs=("instrument",), heard=("vn", "ob", "tpt", "hn"))).eval()
    codes = ["vn", "tba", "tbn", "hn", "tpt", "va", "bn"]
    clips = {
        "instrument": torch.tensor([CODES.index(code) for code in codes]),
        "positions": torch.zeros(7, 2),
    }
    vectors = dict(zip(codes, given(clips)[:, 0], strict=True))
    assert torch.equal(vectors["tba"], vectors["tbn"])
    apart = [vectors[code] for code in ("tba", "hn", "tpt", "vn", "va", "bn")]
    assert all(not torch.equal(one, other) for one, other in combinations(apart, 2))


def test_in_training_some_clips_tell_the_family_alone():
    given = Instrument(replace(RECIPE, inputs=("instrument",))).train()
    torch.manual_seed(0)
    clips = {"instrument": torch.zeros(4000, dtype=int), "positions": torch.zeros(4000, 1)}
    alone = given.families(given.family_of[:1])
    share = (given(clips)[:, 0] == alone).all(-1).float().mean().item()
    assert share == pytest.approx(UNNAMED, abs=0.03)  # 5 standard errors
