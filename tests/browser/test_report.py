"""The report page in a real browser: nothing fails, is fetched or overflows, and everything sounds."""

import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import soundfile

import page
import table1
import table2
from vimusic.evaluation.metrics import METRICS
from vimusic.report.page import CAPTIONS

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

PUBLISHED = str(Path(__file__).parents[2] / "workflow/resources/published.csv")
ROWS = [
    "silence",
    "mean_spectrum",
    "soundfont",
    "vision",
    "vision_shuffled",
    "vision_midi",
    "vision_midi_shuffled",
]
NAMES = [metric.name for metric in METRICS.values() if metric.measure and metric.shown]
PIECES = [f"{k:02d}_Rejouissance_tpt_hn_tbn" for k in range(7)]
SHARED = ["--inputs", "vision=video", "vision_midi=video,roll", "--tracker", "swift_f0", "--source", "notes"]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page of seven held-out stems in seven rows, with made-up numbers, daggers among them."""
    folder = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    columns = ["stem", "piece", "title", "instrument", "row", "seed", "metric", "value"]
    scores, wavs = [], []
    for row in ROWS:
        cells = [(f"{p}.1", p, p[3:15], "tpt", row, 0, m, rng.random()) for p in PIECES for m in NAMES]
        scores.append(folder / f"{row}.csv")
        pd.DataFrame(cells, columns=columns).to_csv(scores[-1], index=False)
        wavs.append(folder / f"audio/{row}.0/wavs.tsv")
        wavs[-1].parent.mkdir(parents=True)
        wav = wavs[-1].with_name("a.wav")
        soundfile.write(wav, rng.normal(0, 0.1, 8000), 8000)
        table = pd.DataFrame({"stem": [f"{p}.1" for p in PIECES], "path": str(wav)})
        table.to_csv(wavs[-1], sep="\t", index=False)
    time = ["--sample-rate", "22050", "--hop-length", "256", "--fps", "30", "--window", "64", "--step", "32"]
    known = ["--published", PUBLISHED, *SHARED, "--unit", "clip"]
    tables = folder / "tables"
    table1.main(["--scores", *map(str, scores), *known, *time, "--data", "mini-urmp", "--out", str(tables)])
    split = pd.DataFrame({"stem": [f"{p}.1" for p in PIECES], "piece": PIECES, "title": "Rejouissance"})
    split = split.assign(instrument="tpt", take="1", seconds=60.0, audio=str(wav), notes="", split="test")
    split.to_csv(folder / "split.tsv", sep="\t", index=False)
    figures = [folder / f"{name}.png" for name in CAPTIONS]
    for path in figures:
        plt.figure(figsize=(9, 3)).savefig(path, dpi=100)
    plt.close("all")
    table2.main(["--published", PUBLISHED, "--out", str(tables)])
    names = {"table": "table1", "paired": "paired", "against": "against_paper", "seeds": "seeds"}
    names |= {"table2": "table2"}
    names |= {"instruments": "per_instrument", "families": "per_family"}
    made = [word for option, name in names.items() for word in (f"--{option}", str(tables / f"{name}.csv"))]
    made += ["--split", str(folder / "split.tsv"), "--data", str(folder), "--run", "a", "--name", "mini-urmp"]
    out = folder / "report.html"
    page.main([*known, *made, "--figures", *map(str, figures), "--wavs", *map(str, wavs), "--out", str(out)])
    return out


@pytest.fixture(params=[1280, 360], ids=["desktop", "phone"])
def opened(report, request):
    """The page, opened at a width, and what went wrong meanwhile."""
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio"])
        tab = chromium.new_page(viewport={"width": request.param, "height": 800})
        tab.problems, tab.fetched = [], []
        tab.on("pageerror", lambda error: tab.problems.append(str(error)))
        tab.on("console", lambda said: said.type == "error" and tab.problems.append(said.text))
        tab.on("request", lambda asked: tab.fetched.append(asked.url))
        tab.goto(report.as_uri())
        yield tab
        chromium.close()


def test_page_is_whole_and_fits_its_window(opened):
    for _ in range(2):  # folded tables closed, then open
        width = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]
        opened.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert opened.locator("details").count() == 3
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
    assert len(seconds) == page.STEMS * (len(ROWS) + 1)
    assert min(seconds) == pytest.approx(1, abs=0.05)
