"""A trained model as one object: fed as in training, each frame embedded once, misuse in one line."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from clips_io import Film
from models_io import RECIPE, embeddings

from vimusic.errors import UserError
from vimusic.features.embedding import embed, make_encoder
from vimusic.features.note_features import note_features
from vimusic.features.roll import piano_roll
from vimusic.models.clips import Seen, as_read
from vimusic.models.inference import predict
from vimusic.models.outputs.transcription import notes_of
from vimusic.models.predictor import Predictor
from vimusic.models.regressor import build, save

torch.set_num_threads(1)  # on models this small threads only wait for each other
SCRIPTS = Path(__file__).parents[2] / "scripts"
CLOCK = RECIPE.clock
FILM = Film(np.random.default_rng(0).integers(0, 256, (14, 32, 32, 3), dtype=np.uint8))
SECONDS = 14 / 30
LENGTH = CLOCK.mel_frames(round(SECONDS * 22050))
NOTES = [(0.1, 0.2, 60), (0.2, 0.4, 67)]


def predictor_of(arithmetic="float32", **changes):
    torch.manual_seed(0)
    recipe = replace(RECIPE, **changes)
    return Predictor(build(recipe), recipe, "cpu", arithmetic)


def stored(centre, encoder_seed=0):
    """The film's embeddings as the pipeline stores and reads them."""
    encoder = make_encoder("resnet18", "none", encoder_seed)
    return as_read(embed(encoder, FILM, "cpu").astype(np.float16), centre)


@pytest.mark.parametrize("centre", [False, True])
def test_frames_become_what_the_pipeline_stores_of_them(centre):
    predictor = predictor_of(inputs=("video", "roll"), centre=centre, encoder_seed=3)
    roll = piano_roll(NOTES, LENGTH, CLOCK)
    expected = predictor.infer(Seen("s", LENGTH, 0, roll, stored(centre, encoder_seed=3)))
    np.testing.assert_array_equal(predictor.predict(FILM, NOTES), expected)
    other = predictor.infer(Seen("s", LENGTH, 0, roll, stored(not centre, encoder_seed=3)))
    assert np.abs(other - expected).max() > 1e-6


def test_frames_may_be_a_plain_array():
    predictor = predictor_of(inputs=("video",))
    np.testing.assert_array_equal(predictor.predict(np.stack(FILM)), predictor.predict(FILM))


@pytest.mark.parametrize("seconds", [0.5, 1.234])
def test_seconds_say_how_long_to_play(seconds):
    mel = predictor_of().predict(notes=NOTES, seconds=seconds)
    assert mel.shape == (1 + round(seconds * 22050) // 256, 12)
    assert mel.dtype == np.float32


def test_saved_model_predicts_the_same(tmp_path):
    predictor = predictor_of(inputs=("roll", "instrument"))
    save(tmp_path / "model.safetensors", predictor.recipe, predictor.model.state_dict())
    loaded = Predictor.load(tmp_path / "model.safetensors", device="cpu")
    assert loaded.recipe == predictor.recipe
    given = {"notes": NOTES, "seconds": 1, "instrument": "tba"}
    np.testing.assert_array_equal(loaded.predict(**given), predictor.predict(**given))


def test_making_an_encoder_leaves_torchs_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    make_encoder("resnet18", "none", 0)
    assert torch.rand(1) == expected


@pytest.mark.parametrize(
    ("inputs", "given", "told"),
    [
        (("video",), {"seconds": 1}, "reads a video"),
        (("video", "roll"), {"frames": FILM}, "reads notes"),
        (("roll",), {"frames": FILM, "notes": NOTES}, "does not read a video"),
        (("video",), {"frames": FILM, "notes": NOTES}, "does not read notes"),
        (("roll",), {"notes": NOTES, "seconds": 1, "instrument": "vn"}, "does not read the instrument"),
        (("roll", "instrument"), {"notes": NOTES, "seconds": 1, "instrument": "lute"}, "lute: no such"),
        (("roll",), {"notes": NOTES}, "how long"),
        (("roll",), {"notes": NOTES, "seconds": 0.2}, "shorter than one window"),
        (("video",), {"frames": FILM[:7]}, "shorter than one window"),
    ],
)
def test_misuse_is_one_line(inputs, given, told):
    with pytest.raises(UserError, match=told) as caught:
        predictor_of(inputs=inputs).predict(**given)
    assert "\n" not in str(caught.value)


def test_each_frame_is_embedded_once_although_windows_overlap():
    seen = []

    class Counting(torch.nn.Module):
        def folded(self, arithmetic):
            return self

        def forward(self, frames):
            seen.extend(frames[:, 0, 0, 0].tolist())
            return torch.zeros(len(frames), 512)

    predictor = predictor_of(inputs=("video",), finetune=True)
    predictor.model.inputs[0].encoder = Counting()
    frames = Film(np.full((2, 2, 3), k, np.uint8) for k in range(50))
    assert len(CLOCK.windows(140)) > 2
    predictor.infer(Seen("s", 140, 0, frames=frames))
    assert seen == list(range(50))


def test_finetuned_prediction_equals_that_of_its_windows_from_pixels():
    predictor = predictor_of(inputs=("video",), finetune=True)
    pixels = torch.from_numpy(np.stack(FILM[:8]))[None]
    positions = torch.from_numpy(CLOCK.positions(CLOCK.windows(CLOCK.window_mels)[0]))[None]
    with torch.no_grad():
        expected = predictor.model({"frames": pixels, "positions": positions})[0]
    seen = Seen("s", CLOCK.window_mels, 0, frames=FILM)
    np.testing.assert_allclose(predictor.infer(seen), expected, atol=1e-4)


def test_video_that_ends_before_its_sound_holds_its_last_frame():
    predictor, visual = predictor_of(inputs=("video",)), embeddings(60)
    held = np.concatenate([visual, np.repeat(visual[-1:], 40, axis=0)])
    short, long = (predictor.infer(Seen("s", 260, 0, visual=v)) for v in (visual, held))
    np.testing.assert_array_equal(short, long)


@pytest.mark.parametrize("length", [60, 100, 250])
def test_donors_video_is_cut_or_repeated_and_the_rest_is_the_stems_own(length):
    own, other = embeddings(100), embeddings(length, seed=1)
    seen = Seen("s", 260, 3, np.ones((260, 128)), own)
    control = predictor_of(inputs=("video",)).shown(seen, Seen("d", 700, 5, visual=other))
    np.testing.assert_array_equal(control.visual, other[np.arange(100) % length])
    assert (control.name, control.instrument, control.mel_frames) == ("s", 3, 260)
    assert control.roll is seen.roll


def test_finetuned_control_embeds_the_donors_frames():
    predictor = predictor_of(inputs=("video",), finetune=True)
    own, donor = (Seen("s", LENGTH, 0, frames=film) for film in (FILM, Film(FILM[::-1])))
    control = predictor.infer(predictor.shown(own, donor))
    np.testing.assert_array_equal(control, predictor.infer(donor))


def test_sound_lasts_as_long_as_asked_to_the_sample():
    predictor = predictor_of()
    mel = predictor.predict(notes=NOTES, seconds=SECONDS)
    samples = round(SECONDS * 22050)
    assert predictor.sound(mel, samples, iterations=1).shape == (samples,)
    assert predictor.sound(mel, iterations=1).shape == ((len(mel) - 1) * 256,)


def test_a_model_that_plays_gives_its_own_sound_and_the_mel_of_it():
    predictor = predictor_of(inputs=("notes", "instrument"), output="ddsp")
    held, seconds = [(0.0, 5.0, 69)], 5.0
    with torch.no_grad():
        predictor.model.output.controls.weight.zero_()
        predictor.model.output.synthesiser.echoes.zero_()
    sound = predictor.play(notes=held, seconds=seconds, instrument="vn")
    assert sound.shape == (round(seconds * 22050),)
    # One note through many windows: every 0.1 s of it has the same pitch, and no click between.
    assert len(CLOCK.windows(CLOCK.mel_frames(len(sound)))) >= 10
    # Hann's main lobe of 0.1 s is 40 Hz wide.
    parts = sound[: len(sound) // 2205 * 2205].reshape(-1, 2205)
    spectra = np.abs(np.fft.rfft(parts * np.hanning(2205)))
    assert set(spectra.argmax(axis=1)) == {44}  # 440 Hz
    np.testing.assert_allclose(spectra[:, 44], spectra[:, 44].mean(), rtol=0.05)
    mel = predictor.predict(notes=held, seconds=seconds, instrument="vn")
    assert mel.shape == (CLOCK.mel_frames(len(sound)), RECIPE.n_mels)
    whole = CLOCK.samples(len(mel))
    np.testing.assert_allclose(mel, predictor.log_mel(sound[:whole]), atol=1e-4)


def test_a_ceiling_cannot_be_asked_to_play():
    predictor = predictor_of(inputs=("notes", "performance"), output="ddsp")
    with pytest.raises(UserError, match="reads the recording that it is to make"):
        predictor.predict(notes=NOTES, seconds=SECONDS)


def test_package_gives_a_predictor_and_imports_no_torch_before():
    code = (
        "import sys, vimusic; assert 'torch' not in sys.modules; "
        "from vimusic import Predictor; assert 'torch' in sys.modules; print(Predictor.load)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, check=True, capture_output=True)
    with pytest.raises(ImportError, match="Foreteller"):
        from vimusic import Foreteller  # noqa: F401


def test_a_model_that_sees_notes_is_played_by_its_voice():
    voice = predictor_of(output="ddsp", inputs=("notes", "instrument", "performance"))
    torch.manual_seed(0)
    recipe = replace(RECIPE, inputs=("video",), encoder="motion", output="transcription")
    eyes = Predictor(build(recipe), recipe, "cpu", False, voice=voice)
    assert eyes.inputs == {"video", "instrument"}
    given = {"frames": FILM, "instrument": "vn"}
    sound, mel = eyes.play(**given), eyes.predict(**given)
    assert sound.shape == (round(len(FILM) / 30 * 22050),) and np.isfinite(sound).all()
    assert mel.shape == (1 + len(sound) // 256, 12)
    seen = eyes.see(**given, notes=None, seconds=None)
    table = predict(eyes.model, eyes.embedded(seen), CLOCK)
    shown = eyes.interpreted(seen, table)
    assert shown.visual is None and shown.frames is None
    np.testing.assert_array_equal(shown.performance, table[:, 2:4])
    np.testing.assert_array_equal(shown.notes, note_features(notes_of(table, CLOCK), seen.mel_frames, CLOCK))
    np.testing.assert_array_equal(eyes.infer(seen), voice.infer(shown))


def test_a_model_is_read_in_its_own_windows_and_played_in_its_voices():
    voice = predictor_of(output="ddsp", inputs=("notes", "performance"))
    recipe = replace(RECIPE, inputs=("video",), encoder="motion", output="transcription", window=4)
    eyes = Predictor(build(recipe), recipe, "cpu", False, voice=voice)
    assert eyes.clock.window < voice.clock.window == CLOCK.window
    seen = eyes.see(FILM, None, None, None)
    by_quarter, by_half, gapless = (
        predict(eyes.model, eyes.embedded(seen), replace(CLOCK, window=4, step=step)) for step in (1, 2, 4)
    )
    assert not np.array_equal(by_half, gapless) and not np.array_equal(by_half, by_quarter)
    np.testing.assert_array_equal(eyes.read(seen), by_half)
    np.testing.assert_array_equal(eyes.read(seen, step=4), gapless)
    np.testing.assert_array_equal(eyes.read(seen, step=5), by_quarter)  # would leave gaps
    expected = voice.infer(eyes.interpreted(seen, by_quarter), step=5)
    np.testing.assert_array_equal(eyes.infer(seen, step=5), expected)
    with pytest.raises(UserError, match="shorter than one window"):  # of the voice
        eyes.see(FILM[:3], None, None, None)


def test_notes_that_a_model_reads_are_played_as_they_are():
    voice = predictor_of(output="ddsp", inputs=("notes", "performance"))
    recipe = replace(RECIPE, inputs=("video", "notes"), encoder="motion", output="transcription")
    eyes = Predictor(build(recipe), recipe, "cpu", False, voice=voice)
    seen = eyes.see(FILM, NOTES, None, None)
    table = predict(eyes.model, eyes.embedded(seen), CLOCK)
    np.testing.assert_array_equal(eyes.interpreted(seen, table).notes, seen.notes)


@pytest.mark.parametrize(
    ("eyes", "voice", "told"),
    [
        ({}, None, "name a voice"),
        ({"output": "linear"}, {}, "sees no notes"),
        ({}, {"inputs": ("video", "notes")}, "is no voice"),
        ({}, {"output": "linear", "inputs": ("roll",)}, "is no voice"),
        ({}, {"hop_length": 128}, "is no voice"),
        ({"inputs": ("video", "roll")}, {}, "is no voice"),
    ],
    ids=["none", "not needed", "sees", "needs inversion", "other clock", "another form of the score"],
)
def test_a_voice_that_does_not_suit_is_one_line(eyes, voice, told):
    recipe = replace(RECIPE, **{"inputs": ("video",), "output": "transcription", "encoder": "motion"} | eyes)
    if voice is not None:
        voice = predictor_of(**{"output": "ddsp", "inputs": ("notes", "performance")} | voice)
    with pytest.raises(UserError, match=told) as caught:
        Predictor(build(recipe), recipe, "cpu", False, voice=voice)
    assert "\n" not in str(caught.value)
