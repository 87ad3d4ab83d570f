"""The listening study in a real browser, with the keyboard alone: as a file and from the server."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from vimusic.report.listening import answers, study

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

PROGRAM = "vimusic.report.listening.server"
RATE = 22050
WIDTHS = {"desktop": 1280, "phone": 360}
QUESTIONS, COMPARISONS = 2, 1


def clip(hertz):
    """A tenth of a second of a tone as the page holds it."""
    times = np.arange(RATE // 10) / RATE
    return study.flac(0.1 * np.sin(2 * np.pi * hertz * times), RATE)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """(page, key) of a study with one stem and one system."""
    sounds = {"recording": clip(300), "anchor": clip(310), "vision": clip(320)}
    shown, trials = study.blind({"A.1": sounds}, clip(200), seed=1)
    page = tmp_path_factory.mktemp("kit") / "a page.html"
    page.write_text(study.page(shown), encoding="utf-8")
    return page, {"study": shown["study"], "data": "custom", "stems": {}, "trials": trials}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio"])
        yield chromium
        chromium.close()


@pytest.fixture
def listener(browser):
    """Open a study as a listener of their own: a browser context shares nothing with another."""
    contexts = []

    def sit_down(url, width=1280):
        context = browser.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(url)
        return page

    yield sit_down
    for context in contexts:
        context.close()


class Server:
    """The server's own process, as a user starts it, to be killed at any time."""

    def __init__(self, page, key, folder):
        self.words = ["--page", page, "--key", key, "--answers", folder]
        self.folder, self.port = folder, 0

    def start(self):
        command = [sys.executable, "-m", PROGRAM, *self.words, "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().split()[0]
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def sessions(self):
        """Records of each session on the disk."""
        return [
            [json.loads(line) for line in path.read_text().splitlines()] for path in self.folder.iterdir()
        ]


@pytest.fixture
def server(kit, tmp_path):
    page, key = kit
    (tmp_path / "key.json").write_text(json.dumps(key))
    running = Server(page, tmp_path / "key.json", tmp_path / "answers")
    running.start()
    yield running
    running.kill()


def tab_to(page, selector):
    """Press Tab until ``selector`` has the focus, as a listener without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key never reaches {selector}")


def press_next(page):
    tab_to(page, "button.next")
    page.keyboard.press("Enter")


def title(page):
    return page.locator("h1").inner_text()


def play_all(page):
    """Play each sound of the screen to its end, one Tab after another."""
    page.locator("h1").focus()
    for k in range(page.locator("button.play").count()):
        tab_to(page, "button.play")
        page.keyboard.press("Space")
        playwright.expect(page.locator(".heard").nth(k)).to_have_text("✓ heard")


def wait_until_sent(page, count):
    # Not wait_for_function: the page's own security policy forbids what it does.
    deadline = time.monotonic() + 10
    while page.evaluate("state.sent") != count:
        assert time.monotonic() < deadline, f"the server has not confirmed {count} answers"
        page.wait_for_timeout(50)


def begin(page):
    tab_to(page, "[name=consent]")
    page.keyboard.press("Space")
    press_next(page)
    tab_to(page, "[name=headphones]")
    page.keyboard.press("Space")
    press_next(page)


def answer_questions(page):
    play_all(page)
    tab_to(page, "[name=coherent]")
    page.keyboard.press("Space")
    tab_to(page, "[name=family]")
    page.keyboard.press("ArrowDown")  # from woodwind to brass
    press_next(page)


def answer_comparison(page, pause=None):
    play_all(page)
    page.locator("h1").focus()
    for k in range(page.locator("input[type=range]").count()):
        tab_to(page, f"li:nth-child({k + 1}) input")
        page.keyboard.press("End" if k == 0 else "ArrowLeft")
    if pause:
        pause(page)
    press_next(page)


def whole_study(page):
    begin(page)
    for _ in range(QUESTIONS):
        answer_questions(page)
    press_next(page)
    for _ in range(COMPARISONS):
        answer_comparison(page)
    assert title(page) == "Thank you"


def complete(records, key):
    """Whether ``records`` are one whole session: each trial once, in the order of its places."""
    for record in records:
        answers.check(record, key)
    assert [record["place"] for record in records] == list(range(1 + QUESTIONS + COMPARISONS))
    assert {record["trial"] for record in records} == {"start", *key["trials"]}
    assert len({record["session"] for record in records}) == 1
    by_part = {"questions": [], "comparison": []}
    for record in records[1:]:
        by_part[key["trials"][record["trial"]]["part"]].append(record["answer"])
    assert all(answer == {"coherent": "yes", "family": "brass"} for answer in by_part["questions"])
    assert all(sorted(answer.values()) == [49, 49, 100] for answer in by_part["comparison"])
    return True


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_whole_study_from_a_file_with_the_keyboard(kit, listener, width):
    page = listener(kit[0].as_uri(), width)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    whole_study(page)
    with page.expect_download() as saved:
        tab_to(page, "button.download")
        page.keyboard.press("Enter")
    assert complete(json.loads(Path(saved.value.path()).read_text()), kit[1])
    assert all(url.startswith(("blob:", "data:")) for url in requests)
    assert page.problems == []
    press_next(page)  # somebody else's turn
    assert title(page) == "Listening study"
    assert page.evaluate("state.records.length") == 0


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_nothing_is_wider_than_the_screen(kit, listener, width):
    page = listener(kit[0].as_uri(), width)
    for step in range(page.evaluate("steps.length")):
        page.evaluate("step => { state.step = step; show(); }", step)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        small = "[...document.querySelectorAll('main button')].filter(b => b.offsetHeight < 44).length"
        assert page.evaluate(small) == 0


def test_reload_goes_on_where_it_stopped(kit, listener):
    page = listener(kit[0].as_uri())
    begin(page)
    answer_questions(page)
    play_all(page)
    tab_to(page, "[name=family]")
    page.keyboard.press("Space")
    before = page.evaluate("[state.session, state.step, steps[state.step].trial]")
    page.reload()
    assert page.evaluate("[state.session, state.step, steps[state.step].trial]") == before
    assert page.locator("[name=family]:checked").input_value() == "woodwind"
    playwright.expect(page.locator(".heard")).to_have_text("✓ heard")
    tab_to(page, "[name=coherent]")
    page.keyboard.press("Space")
    press_next(page)
    assert page.evaluate("state.step") == before[1] + 1


def test_a_rating_half_given_survives_a_reload(kit, listener):
    page = listener(kit[0].as_uri())
    page.evaluate("state.step = steps.findIndex(step => step.name === 'comparison'); keep(); show();")

    def reload(page):
        page.reload()
        playwright.expect(page.locator("output")).to_have_text(["100", "49", "49"])

    answer_comparison(page, pause=reload)
    assert page.evaluate("Object.values(state.records[0].answer).sort()") == [100, 49, 49]


def test_an_unheard_or_unanswered_page_asks_and_stays(kit, listener):
    page = listener(kit[0].as_uri())
    press_next(page)
    assert "tick the box" in page.locator("[role=alert]").inner_text()
    begin(page)
    press_next(page)
    asked = page.locator("[role=alert]").inner_text()
    assert "to the end: clip" in asked and "coherent" in asked and "family" in asked
    page.evaluate("state.step = steps.findIndex(step => step.name === 'comparison'); show();")
    press_next(page)
    asked = page.locator("[role=alert]").inner_text()
    assert "end: reference, sound A, sound B, sound C." in asked and "rate: sound A, sound B" in asked
    assert page.evaluate("state.records.length") == 1


def test_the_page_does_not_name_what_is_heard(kit, listener):
    page = listener(kit[0].as_uri())
    for step in range(page.evaluate("steps.length")):
        page.evaluate("step => { state.step = step; show(); }", step)
        seen = page.locator("main").inner_html()
        assert not any(name in seen for name in ("vision", "anchor", "A.1", ".flac", ".wav"))


def test_the_order_follows_from_the_seed_alone(kit, listener):
    page = listener(kit[0].as_uri())
    first, again = page.evaluate("[1, 1].map(seed => JSON.stringify(screens(seed)))")
    assert first == again
    orders = page.evaluate("Array.from({length: 50}, (_, k) => JSON.stringify(screens(k * 7919 + 1)))")
    assert len(set(orders)) == 12  # 2 orders of the questions times 6 of the compared sounds


def test_a_double_submit_counts_once(server, listener):
    page = listener(server.url)
    begin(page)
    play_all(page)
    page.evaluate("state.values = {coherent: 'no', family: 'strings'}; keep(); show();")
    page.evaluate("const form = document.querySelector('form'); form.requestSubmit(); form.requestSubmit();")
    wait_until_sent(page, 2)
    page.evaluate("state.sent = 0; send();")  # as after an answer whose confirmation was lost
    wait_until_sent(page, 2)
    (records,) = server.sessions()
    assert [record["place"] for record in records] == [0, 1]


def test_two_listeners_at_once_at_the_server(kit, server, listener):
    first, second = listener(server.url), listener(server.url, 360)
    for turn in (begin, *[answer_questions] * QUESTIONS, press_next, *[answer_comparison] * COMPARISONS):
        turn(first)
        turn(second)
    for page in (first, second):
        playwright.expect(page.locator("main .where")).to_contain_text("All your answers are saved")
        assert page.problems == []
    sessions = server.sessions()
    assert len(sessions) == 2
    assert all(complete(records, kit[1]) for records in sessions)


def test_answers_given_after_a_kill_of_the_server_arrive_later(server, listener):
    page = listener(server.url)
    begin(page)
    wait_until_sent(page, 1)
    server.kill()
    answer_questions(page)
    playwright.expect(page.get_by_role("status")).to_contain_text("kept here")
    server.start()
    wait_until_sent(page, 2)
    playwright.expect(page.get_by_role("status")).to_have_text("")
    (records,) = server.sessions()
    assert [record["place"] for record in records] == [0, 1]
