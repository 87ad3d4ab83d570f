"""What a run is asked to sonify: files, options of the command, and what is wrong with them."""

import inspect
from pathlib import Path

import pytest
import yaml

from vimusic.errors import UserError
from vimusic.models.dubbing import main
from vimusic.models.given import asked_files, check_given, option, words_of
from vimusic.settings import Sonify, checked

MODELS = "results/r/models"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("film.mp4", "score.mid", "own.safetensors", "{1}.mp4"):
        (tmp_path / name).touch()
    return tmp_path


def asked(split=None, **sonify):
    """A checked configuration that asks for this."""
    return checked({"sonify": sonify, "split": split or {}, "training": {"seeds": [3, 4]}})


def test_every_key_is_an_option_of_the_command():
    options = inspect.signature(main).parameters
    assert set(Sonify.model_fields) <= set(options)
    assert option("midi_offset") == "--midi-offset"


def test_nothing_is_asked_unless_a_film_or_a_score_is_named():
    assert asked_files(asked(model="no such file"), "results/r") == {}


def test_a_variant_is_that_of_the_run_and_brings_its_voice():
    config = asked(video="film.mp4", model="vision_notes", instruments="vn,vn")
    assert asked_files(config, "results/r") == {
        "video": "film.mp4",
        "model": f"{MODELS}/vision_notes.3/model.safetensors",
        "voice": f"{MODELS}/ddsp_resynthesis.3/model.safetensors",
    }
    folds = asked(midi="score.mid", model="midi", split={"folds": 3})
    assert asked_files(folds, "results/r")["model"] == "results/r/all/models/midi.3/model.safetensors"


def test_weights_of_ones_own_are_a_file_or_its_folder(folder):
    own = asked_files(asked(midi="score.mid", model="own.safetensors"), "results/r")
    assert own == {"midi": "score.mid", "model": "own.safetensors"}
    (folder / "mine").mkdir()
    (folder / "mine/model.safetensors").touch()
    own = asked_files(asked(midi="score.mid", model="mine"), "results/r")
    assert own["model"] == "mine/model.safetensors"


def test_words_are_those_of_the_command():
    files = {"out": Path("-o.mp4"), "midi": Path("score.mid"), "model": None}
    config = asked(players=2, instruments="vn,vc", midi_offset=-0.5, midi_stretch=True)
    keys = ("players", "instruments", "midi_offset", "midi_stretch")
    assert words_of({key: config["sonify"][key] for key in keys}, files, Path("film.mp4")) == [
        *("--out=-o.mp4", "--midi=score.mid", "--players=2", "--instruments=vn,vc"),
        *("--midi-offset=-0.5", "--midi-stretch", "--", "film.mp4"),
    ]


WRONG = {
    "no film": ({"video": "none.mp4"}, "config: sonify.video: none.mp4: no such file"),
    "a folder": ({"video": "."}, r"config: sonify.video: \.: no such file"),
    "no score": ({"video": "film.mp4", "midi": "none.mid"}, "config: sonify.midi: none.mid: no such file"),
    "a pattern": ({"video": "{1}.mp4"}, r"config: sonify.video: \{1\}.mp4: braces"),
    "no model": (
        {"midi": "score.mid", "model": "nose"},
        r"sonify.model: nose is none of rows \(vision, .*no f",
    ),
    "no voice": ({"midi": "score.mid", "voice": "nose"}, r"sonify.voice: nose is none of rows"),
    "no video": ({"midi": "score.mid", "model": "vision"}, "sonify: vision: the model reads a video"),
    "no notes": ({"video": "film.mp4", "model": "midi"}, "sonify: midi: the model reads notes"),
    "notes for nobody": (
        {"video": "film.mp4", "model": "vision", "midi": "score.mid"},
        "sonify: --midi: vision does not read notes",
    ),
    "the recording": (
        {"midi": "score.mid", "model": "ddsp_resynthesis"},
        "ddsp_resynthesis: the model reads the recording",
    ),
}


@pytest.mark.parametrize(("given", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_line_before_anything_is_trained(given, told):
    with pytest.raises(UserError, match=told) as caught:
        asked_files(asked(**given), "results/r")
    assert "\n" not in str(caught.value)


def test_a_film_in_the_place_of_the_crops_is_told_where_it_belongs():
    with pytest.raises(UserError, match=r'config: video: .*--config "sonify=\{video: concert.mp4\}"'):
        checked(yaml.safe_load("video: concert.mp4"))


def test_a_model_that_reads_the_recording_cannot_be_played():
    with pytest.raises(UserError, match="reads the recording that it is to make"):
        check_given("m", {"notes", "performance"}, False, {"--midi": "a.mid"})
