"""Snakemake's own report of the finished tiny run: every artefact is inside, with where it comes from."""

import json
import re
import zipfile

import pytest
from dag import RESULTS, snakemake

STEM = "One held-out stem"


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory):
    """The files of the report: name -> bytes."""
    path = tmp_path_factory.mktemp("report") / "report.zip"
    code, output = snakemake(finished, "--report", str(path))
    assert code == 0, output[-4000:]
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_sound_film_and_pictures_are_whole_in_the_report(finished, report):
    held = {name.rpartition("/")[2]: data for name, data in report.items() if "/data/raw/" in name}
    for name in (
        "clip_vision.mp4", "clip_vision_midi.mp4", "sound_soundfont.0.wav", "sound_copy_synthesis.0.wav",
        "sound_vision.0.wav", "sound_vision_midi.0.wav", "sound_midi.0.wav", "figure1.png", "figure2.png",
        "instruments.png",
    ):  # fmt: skip
        assert held[name] == (finished / RESULTS / "figures" / name).read_bytes(), name
    for name in ("table1.md", "table2.md", "against_paper.md", "mix.md"):
        assert held[name] == (finished / RESULTS / "tables" / name).read_bytes(), name
    assert "report.html" in held


def test_every_result_has_a_caption_with_data_run_config_and_code(report):
    [page] = [
        data.decode()
        for name, data in report.items()
        if name.endswith("/report.html") and "/data/" not in name
    ]
    results = list(re.finditer(r'"(results/tiny/[^"]+)": (?=\{"name")', page))
    assert len(results) > 15
    for result in results:
        held, _ = json.JSONDecoder().raw_decode(page, result.end())
        caption = re.sub(r"\s+", " ", held["caption"])
        assert re.search(r"From mini-urmp, run tiny, config [0-9a-f]{8}, code \S", caption), result[1]
    stem = re.search(rf'"{STEM}": (?=\{{)', page)
    shown, _ = json.JSONDecoder().raw_decode(page, stem.end())
    [together] = shown.values()
    suffixes = sorted(name.rpartition(".")[2] for name in together)
    assert suffixes == ["mp4"] * 3 + ["png"] + ["wav"] * 9
