"""The soundfont anchor: in time, in tune, at the training set's level, without looking at the stem."""

from pathlib import Path

import numpy as np
import pytest
from signals import cents_off

from vimusic.data.urmp import Notes
from vimusic.errors import UserError
from vimusic.evaluation import onsets, pitch
from vimusic.features import audio
from vimusic.features.roll import write_midi
from vimusic.models.players.soundfont import FONT, gain, level, render
from vimusic.rows import font_of, plan
from vimusic.settings import checked

RATE, SHAPE = 22050, (22050, 1024, 256, 80)
NOTES = Notes(np.array([0.5, 1.0, 2.0]), np.array([440.0, 440.0, 330.0]), np.array([0.5, 0.5, 1.0]))
SAMPLES = 3 * RATE + 17
MUSESCORE = Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3")


@pytest.fixture(scope="module")
def midi(tmp_path_factory):
    path = tmp_path_factory.mktemp("midi") / "notes.mid"
    write_midi(path, NOTES, "cl")
    return path


@pytest.fixture(scope="module")
def clarinet(midi):
    return render(midi, "cl", SAMPLES, RATE)


@pytest.mark.parametrize("samples", [SAMPLES, RATE, RATE // 4])
def test_lasts_as_long_as_the_stem_to_the_sample(midi, samples):
    signal = render(midi, "cl", samples, RATE)
    assert signal.shape == (samples,)
    assert signal.dtype == np.float32


def test_notes_start_on_time_and_a_repeated_one_is_struck_again(clarinet):
    struck = onsets.detect(onsets.strength(clarinet, RATE), RATE)
    assert all(np.abs(struck - onset).min() < 0.02 for onset in NOTES.onset)
    assert not clarinet[: round(0.49 * RATE)].any()


def test_notes_are_in_tune(clarinet):
    times, hertz = pitch.track(clarinet, RATE, "swift_f0")
    for onset, f0 in zip(NOTES.onset, NOTES.hertz, strict=True):
        inside = (times > onset + 0.15) & (times < onset + 0.45)
        assert np.median(cents_off(hertz[inside], f0)) < 20


def test_same_midi_gives_the_same_sound_and_another_instrument_another(midi, clarinet):
    # The trumpet is cut off while it sounds: nothing of it is heard in the next stem.
    assert np.abs(render(midi, "tpt", 60000, RATE) - clarinet[:60000]).max() > 0.01
    np.testing.assert_array_equal(render(midi, "cl", SAMPLES, RATE), clarinet)


def test_gain_brings_the_rendering_to_the_training_level(clarinet):
    train = [np.full((50, 80), value, np.float32) for value in (-3.0, -1.0)]
    louder = clarinet * gain(audio.log_mel(clarinet, *SHAPE), train)
    expected = np.mean([level(mel) for mel in train])
    assert level(audio.log_mel(louder, *SHAPE)) == pytest.approx(expected, abs=0.01)


def test_level_is_the_mean_power_in_db():
    assert level(np.log([[1.0, 3.0], [0.0 + 1e-10, 16.0]])) == pytest.approx(10)


def test_missing_midi_is_a_users_mistake(tmp_path):
    with pytest.raises(UserError, match="not found"):
        render(tmp_path / "none.mid", "cl", SAMPLES, RATE)


def test_what_is_no_soundfont_is_a_users_mistake(midi, tmp_path):
    font = tmp_path / "font.sf3"
    font.write_text("no font")
    with pytest.raises(UserError, match=r"font.sf3: cannot be read as a soundfont"):
        render(midi, "cl", SAMPLES, RATE, font)


def anchors(path):
    config = checked({"inference": {"musescore": str(path)}, "rows": ["midi"]})
    return [row.name for row in plan(config, "results/toy") if row.kind == "anchor"], config


def test_musescores_row_is_there_where_its_soundfont_is_named(tmp_path):
    without, _ = anchors("")
    rows, config = anchors(FONT)
    assert set(rows) - set(without) == {"soundfont_musescore"}
    assert rows.index("soundfont_musescore") == rows.index("soundfont") + 1
    assert font_of("soundfont_musescore", config) == str(FONT) and font_of("recording", config) is None
    with pytest.raises(UserError, match=r"config: inference.musescore: .*none.sf3 not found; install it"):
        anchors(tmp_path / "none.sf3")


@pytest.mark.skipif(not MUSESCORE.is_file(), reason=f"{MUSESCORE} is not here (make debian)")
def test_musescores_soundfont_is_decoded_in_time_and_in_tune(midi):
    signal = render(midi, "cl", SAMPLES, RATE, MUSESCORE)
    assert not signal[: round(0.49 * RATE)].any() and np.abs(signal).max() > 0.01
    times, hertz = pitch.track(signal, RATE, "swift_f0")
    for onset, f0 in zip(NOTES.onset, NOTES.hertz, strict=True):
        inside = (times > onset + 0.2) & (times < onset + 0.45)
        assert np.median(cents_off(hertz[inside], f0)) < 20
