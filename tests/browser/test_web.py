"""``vimusic web`` in a real browser: a film and its score, the crops, a sound of the film's length."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest
from models_io import RECIPE
from odd_films import film, score, steady

from vimusic.models.regressor import build, save

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("streamlit", reason="the extra [web] is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

MODEL = "results/toy/models/vision_midi.0"
PATIENCE = 240_000  # ms; the first look brings torch, and the machine may be busy


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a model that sees and reads, a film of 2 s, its score, and what is no film."""
    folder = tmp_path_factory.mktemp("web")
    recipe = replace(RECIPE, inputs=("video", "roll"))
    (folder / MODEL).mkdir(parents=True)
    save(folder / MODEL / "model.safetensors", recipe, build(recipe).state_dict())
    pictures = np.zeros((60, 96, 192), np.uint8)
    pictures[::2, 30:60, 30:60] = pictures[1::2, 30:60, 130:160] = 255
    film(folder / "it's a film ü.mp4", steady(2), pictures=pictures)
    score(folder / "a.mid", ("Violin", 40, (0.2, 76)), ("Cello", 42, (0.5, 48)))
    (folder / "no_*film*.mp4").write_text("la la la")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    """(URL, process) as a user starts it."""
    command = [sys.executable, "-m", "vimusic", "web", "--port", "0"]
    running = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    yield running.stdout.readline().split()[0], psutil.Process(running.pid)
    running.terminate()
    running.communicate()


@pytest.fixture
def opened(server):
    """The page, what it asked for and what went wrong."""
    url, process = server
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio"])
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE)
        page.problems, page.fetched = [], []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("request", lambda asked: page.fetched.append(asked.url))
        for _ in range(600):  # until it listens
            if process.net_connections("tcp"):
                break
            page.wait_for_timeout(200)
        page.goto(url)
        page.get_by_role("combobox").first.wait_for()
        yield page
        chromium.close()


def give(page, number, path):
    """Drop a file into the uploader of this number."""
    page.locator("input[type=file]").nth(number).set_input_files(path)


def test_a_film_is_dropped_seen_played_and_heard(opened, server, folder):
    url, process = server
    opened.get_by_role("combobox").first.click()
    opened.get_by_role("option", name=MODEL, exact=True).click()
    give(opened, 0, folder / "it's a film ü.mp4")
    playwright.expect(opened.get_by_role("alert")).to_contain_text("the model reads notes", timeout=PATIENCE)
    give(opened, 1, folder / "a.mid")
    playwright.expect(opened.get_by_text("player 2, track 2 (Cello)")).to_be_visible(timeout=PATIENCE)
    crops = opened.get_by_role("img").first
    assert crops.evaluate("image => image.decode().then(() => image.naturalWidth)") == 960
    opened.get_by_role("button", name="Play", exact=True).click()
    playwright.expect(opened.locator("video")).to_have_count(1, timeout=PATIENCE)
    playwright.expect(opened.locator("audio")).to_have_count(2)
    players = """[...document.querySelectorAll("video, audio")].map(async player => {
        const answer = await fetch(player.currentSrc || player.src);
        const heard = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await answer.arrayBuffer());
        for (let k = 0; k < 100 && !(player.duration > 0); k++) await new Promise(r => setTimeout(r, 100));
        return [player.duration, heard.duration];
    })"""
    assert np.array(opened.evaluate(f"Promise.all({players})")) == pytest.approx(2, abs=0.05)
    with opened.expect_download() as download:
        opened.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "it's a film ü.mp4"
    assert not opened.problems
    assert {re.match(r"\w+://[^/]*/", each)[0] for each in opened.fetched if "://" in each} == {url}
    assert {each.laddr.ip for each in process.net_connections("tcp") if each.status == "LISTEN"} == {
        "127.0.0.1"
    }


def test_what_is_no_film_is_one_line(opened, folder):
    give(opened, 0, folder / "no_*film*.mp4")
    told = opened.get_by_role("alert")
    playwright.expect(told).to_contain_text("no_*film*.mp4: ", timeout=PATIENCE)
    assert "\n" not in told.inner_text().strip() and "/tmp" not in told.inner_text()
    assert opened.get_by_role("button", name="Play", exact=True).count() == 0
