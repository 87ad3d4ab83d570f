"""``snakemake sonify``: a film of one's own through a run, as ``vimusic sonify`` plays it."""

import pytest
import soundfile
from clips_io import numbered
from dag import snakemake
from odd_films import film, score, steady

from vimusic.features.film import probe

PICTURES = 60


@pytest.fixture
def asked(finished):
    """What asks for a film and its score, in the folder of the tiny run."""
    folder = finished / "own ü"
    folder.mkdir(exist_ok=True)
    film(folder / "it's.mp4", steady(2), pictures=numbered(PICTURES))
    score(folder / "a.mid", ("Violin", 40, (0.2, 76), (1.0, 77)), ("Cello", 42, (0.5, 48)))
    return {"video": "own ü/it's.mp4", "midi": "own ü/a.mid"}


def test_a_film_sounds_by_a_variant_of_the_run_and_by_the_voice_that_comes_along(finished, asked):
    own = {"sonify": asked | {"model": "vision_midi", "players": 2}}
    code, output = snakemake(finished, "sonify", overlay=own)
    assert code == 0, output[-4000:]
    assert "rule train:" not in output and "player 2, track 2 (Cello)" in output
    out = finished / "results/tiny/sonify/it's.mp4"
    heard = probe(out)
    assert heard.sound and heard.seconds == pytest.approx(2, abs=0.05)
    assert soundfile.info(out.with_suffix(".2.wav")).duration == pytest.approx(2, abs=0.01)
    code, output = snakemake(finished, "sonify", overlay=own)
    assert code == 0 and "Nothing to be done" in output
    code, output = snakemake(finished, overlay=own)  # the run itself knows nothing of it
    assert code == 0 and "Nothing to be done" in output
    code, output = snakemake(finished, "sonify", overlay={"sonify": asked})
    assert code == 0 and "midi_ddsp.safetensors (midi_ddsp), reads notes and instrument" in output


def test_what_is_wrong_is_one_line(finished, asked):
    for sonify, told in (
        ({"video": "concert.mp4"}, "config: sonify.video: concert.mp4: no such file"),
        ({**asked, "model": "vision"}, "config: sonify: --midi: vision does not read notes"),
        ({}, 'nothing to sonify; name it with --config "sonify={video: a.mp4, midi: a.mid}"'),
    ):
        code, output = snakemake(finished, "sonify", overlay={"sonify": sonify})
        assert code != 0 and "Traceback" not in output
        assert any(line.startswith(f"error: {told}") for line in output.splitlines()), output[-2000:]
