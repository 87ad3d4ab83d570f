"""One player of any video through a trained model: the words of the command, the film that comes out."""

from dataclasses import replace

import av
import numpy as np
import pytest
import torch
from clips_io import numbered, write_video
from models_io import RECIPE

from vimusic.data.urmp import Notes
from vimusic.errors import UserError
from vimusic.features.roll import write_midi
from vimusic.models.regressor import build, save
from vimusic.models.sonify import main

torch.set_num_threads(1)  # on models this small threads only wait for each other


@pytest.fixture
def words(tmp_path):
    """Makes a command line for a 2 s film and a model of the given inputs, which writes to out.mp4."""
    write_video(tmp_path / "silent.mp4", numbered(60), rate=30)

    def made(*inputs, out="out.mp4"):
        recipe = replace(RECIPE, inputs=inputs)
        save(tmp_path / "model.pt", recipe, build(recipe).state_dict())
        files = {"--video": "silent.mp4", "--model": "model.pt", "--out": out}
        return [word for option, name in files.items() for word in (option, str(tmp_path / name))]

    return made


@pytest.mark.parametrize("out", ["out.wav", "out.mp4"])
def test_sound_lasts_as_long_as_the_film_whose_picture_is_kept(tmp_path, words, out):
    main([*words("video", out=out), "--players", "2", "--slot", "2", "--iterations", "1"])
    with av.open(str(tmp_path / out)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0)) / 22050
    # An AAC stream is padded to whole packets of 1024 samples, plus one of encoder delay.
    assert heard == pytest.approx(2, abs=1e-4 if out == "out.wav" else 2 * 1024 / 22050)
    if out == "out.mp4":
        with av.open(str(tmp_path / out)) as container:
            assert sum(1 for _ in container.decode(video=0)) == 60


def test_notes_and_instrument_are_read_where_the_model_reads_them(tmp_path, words):
    notes = Notes(np.array([0.5]), np.array([440.0]), np.array([1.0]))
    write_midi(tmp_path / "notes.mid", notes, "vn")
    main([*words("video", "roll", "instrument"), "--midi", str(tmp_path / "notes.mid"), "--instrument", "fl"])
    assert (tmp_path / "out.mp4").stat().st_size


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--slot", "3", "--players", "2"], "--slot 3: with --players 2"),
        (["--slot", "0"], "--slot 0"),
        (["--slot", "-1", "--players", "2"], "--slot -1"),
        (["--players", "0"], "--players 0"),
        (["--iterations", "0"], "--iterations 0"),
        (["--iterations", "-5"], "--iterations -5"),
        (["--midi", "notes.mid"], "does not read notes"),
        (["--instrument", "vn"], "does not read the instrument"),
        (["--vocoder", "voice"], "no voice; there are griffin_lim"),
    ],
    ids=str,
)
def test_wrong_words_are_one_line_and_nothing_is_written(tmp_path, words, given, told):
    with pytest.raises(UserError, match=told) as caught:
        main([*words("video"), *given])
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"silent.mp4", "model.pt"}


def test_a_model_that_sees_nothing_needs_no_video(words):
    with pytest.raises(UserError, match="does not read a video"):
        main(words("roll"))
