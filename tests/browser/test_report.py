"""The report page in a real browser: nothing fails, is fetched or overflows, and everything sounds."""

import shutil

import pytest
from pages import SECONDS, page_of
from write_page import STEMS

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

TITLES = ["Rejouissance", *"BCDEFG"]
ROWS = 6 + 2 + 3  # anchors, vision, vision_midi with their controls


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page of seven held-out stems, with made-up numbers, daggers among them."""
    folder = tmp_path_factory.mktemp("report")
    return page_of(folder, "vision", "vision_midi", titles=TITLES, unit="clip", daggers=True)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio"])
        yield chromium
        chromium.close()


@pytest.fixture(params=[1280, 360], ids=["desktop", "phone"])
def opened(report, browser, request):
    """The page, opened at a width, and what went wrong meanwhile."""
    tab = browser.new_page(viewport={"width": request.param, "height": 800})
    tab.problems, tab.fetched = [], []
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    tab.on("console", lambda said: said.type == "error" and tab.problems.append(said.text))
    tab.on("request", lambda asked: tab.fetched.append(asked.url))
    tab.goto(report.as_uri())
    yield tab
    tab.close()


def test_page_is_whole_and_fits_its_window(opened):
    for _ in range(2):  # folded tables closed, then open
        width = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]
        opened.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert opened.locator("details").count() == 4
    pictures = "[...document.images].map(image => image.decode().then(() => image.naturalWidth))"
    assert min(opened.evaluate(f"Promise.all({pictures})")) > 0
    assert "No listening study has been run" in opened.locator("body").inner_text()
    assert opened.get_by_text("5/5").count() == 1
    assert opened.locator(".warning").count() == 2  # synthetic, and split by clip
    assert not opened.problems
    assert not [url for url in opened.fetched[1:] if not url.startswith("data:")]


def test_every_sound_decodes(opened):
    seconds = opened.evaluate("""Promise.all([...document.querySelectorAll("audio")].map(async player => {
        const bytes = Uint8Array.from(atob(player.src.split(",")[1]), letter => letter.charCodeAt(0));
        const heard = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes.buffer);
        const loaded = new Promise(done => { player.onloadedmetadata = () => done(player.duration);
                                             player.onerror = () => done(0); });
        player.load();
        player.preload = "metadata";
        return Math.min(heard.duration, await loaded);
    }))""")
    assert len(seconds) == STEMS * (ROWS + 1)
    assert min(seconds) == pytest.approx(SECONDS, abs=0.05)


def test_film_is_first_and_plays(opened):
    first = opened.evaluate("document.querySelector('audio, video, table').tagName")
    assert first == "VIDEO"
    loaded = """new Promise(done => { const film = document.querySelector("video");
        film.onerror = () => done([0, 0]); const told = () => done([film.videoWidth, film.duration]);
        film.readyState ? told() : film.onloadedmetadata = told; })"""
    width, seconds = opened.evaluate(loaded)
    assert width == 32
    assert seconds == pytest.approx(SECONDS, abs=0.1)


def test_one_sound_at_a_time_and_a_line_along_its_mel(opened):
    """Begin with the second sound, then play the first to its end."""
    stopped, *lefts = opened.evaluate("""async () => {
        const [first, second] = document.querySelectorAll("audio");
        const ended = new Promise(done => { first.onended = first.onerror = done; });
        await second.play();
        await first.play();
        const stopped = second.paused;
        await ended;
        const lines = [...document.querySelectorAll(".mel i")];
        return [stopped, ...lines.map(line => parseFloat(line.style.left || 0))];
    }""")
    assert stopped
    assert lefts[0] == pytest.approx(100, abs=10)
    assert set(lefts[2:]) == {0}
