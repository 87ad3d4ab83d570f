"""What a download survives: ours, pooch and huggingface_hub on a server that misbehaves on purpose.

    pip install huggingface_hub==2.4.0  # no dependency of the project; without it its column is left out
    python benchmarks/downloading.py --out results/benchmarks/downloading.csv

The server is that of the tests, on loopback. Each library gets six attempts and two seconds of patience, and
pooch the right checksum beforehand unless the behaviour says that none is known (nobody publishes URMP's).
Pauses between attempts are noted and not slept.
"""

import hashlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections import namedtuple
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from harness import ROOT, row, save
from vimusic.errors import run
from vimusic.options import program

sys.path.insert(0, str(ROOT / "tests/unit"))
from hostile_server import Handler, serving

MB = 1_000_000
SIZE = 40 * MB  # more than the 10 MB that huggingface_hub writes at a time
NAME, PAGE = "Dataset.tar.gz", b"<html>please log in</html>"
ARRIVES, GIVES_UP, WRONG, HANGS = "arrives", "gives up", "WRONG FILE", "hangs"
PATIENCE = 2  # s without a byte, as each library is told
LIMIT = 120  # s for a run; beyond, it hangs
CUT = {"cut": 12 * MB}
HTML = {"content": PAGE, "headers": {"Content-Type": "text/html"}}


def ours(url, folder, checksum):
    from vimusic.data.download import download

    download(url, folder / NAME, timeout=PATIENCE, sleep=time.sleep)


def pooch(url, folder, checksum):
    import pooch

    store = pooch.create(folder, "", registry={NAME: checksum}, urls={NAME: url}, retry_if_failed=5)
    store.fetch(NAME, downloader=pooch.HTTPDownloader(timeout=PATIENCE))


def huggingface_hub(url, folder, checksum):
    import huggingface_hub
    from huggingface_hub import constants

    constants.HF_HUB_DOWNLOAD_TIMEOUT = PATIENCE
    place = {"repo_type": "dataset", "revision": "0" * 40, "endpoint": url.rpartition("/")[0]}
    huggingface_hub.hf_hub_download("some/one", NAME, local_dir=folder, **place)


CONTESTANTS = {"ours": ours, "pooch": pooch, "huggingface_hub": huggingface_hub}


class Hub(Handler):
    """The hostile server, whose answers to HEAD are what huggingface_hub needs and always right."""

    def do_HEAD(self):
        self.send_response(200)
        content = self.server.content
        told = {"X-Repo-Commit": "0" * 40, "ETag": self.server.etag, "Content-Length": len(content)}
        for name, value in told.items():
            self.send_header(name, str(value))
        self.end_headers()


@dataclass
class Seen:
    """One contestant against one behaviour: the server, where the file goes, and the pauses (s) it took."""

    download: Callable
    server: object
    folder: Path
    checksum: str | None  # that pooch is told
    cramped: bool  # the disk is nearly full
    naps: list[float] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / NAME

    def start(self, patient=True):
        """A process that downloads, and the pipe that tells its error (None: none) and its pauses."""
        spawn = multiprocessing.get_context("spawn")
        pipe, end = spawn.Pipe()
        words = self.download, self.server.url, self.folder, self.checksum, self.cramped, patient, end
        process = spawn.Process(target=_attempt, args=words)
        process.start()
        return process, pipe

    def wait(self, process, pipe) -> str:
        """How an attempt ended."""
        ended = pipe.poll(LIMIT)
        error, naps = pipe.recv() if ended else ("", [])
        process.kill()
        process.join()
        self.naps += naps
        return self.judge(error) if ended else HANGS

    def judge(self, error) -> str:
        """How an attempt ended that raised ``error`` (None: none), by what lies under the final name."""
        if self.path.exists() and self.path.read_bytes() == self.server.content:
            return ARRIVES
        return GIVES_UP if error else WRONG


def _attempt(download, url, folder, checksum, cramped, patient, pipe):
    """Body of the process: downloads; unless ``patient``, pauses are noted and not slept."""
    naps, error = [], None
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    if not patient:
        time.sleep = naps.append
    if cramped:
        free = namedtuple("Usage", "total used free")(100 * MB, 50 * MB, 50 * MB)
        shutil.disk_usage = lambda folder: free
    try:
        download(url, folder, checksum)
    except Exception as caught:
        error = f"{type(caught).__name__}: {caught}"
    pipe.send((error, naps))


def once(seen):
    return seen.wait(*seen.start(patient=False))


def killed(seen):
    """Run, kill it when half is there, run again."""
    process, _ = seen.start()
    until = time.monotonic() + LIMIT
    while _bytes_in(seen.folder) < SIZE // 2 and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.join()
    return once(seen)


def beside(seen):
    """Run twice at once, as when a job outlives the Snakemake that is then run again."""
    first = seen.start()
    while not seen.server.requests:
        time.sleep(0.01)
    second = seen.start()
    # The file is looked at when both have ended: the second may touch what the first has finished.
    return HANGS if HANGS in (seen.wait(*first), seen.wait(*second)) else seen.judge(None)


def replaced(seen):
    """Download, lose the file, download again from a server that has another one."""
    once(seen)
    seen.path.unlink()
    right, seen.server.content, seen.server.etag = seen.server.content, seen.server.content[::-1], '"two"'
    end = once(seen)
    seen.server.content = right
    return WRONG if end == ARRIVES else end


def damaged(seen):
    """Download, flip a byte of the file, ask for it again: mended or told."""
    once(seen)
    with seen.path.open("r+b") as file:
        file.write(b"!")
    return once(seen)


def _bytes_in(folder):
    """Bytes of all files under ``folder``, which a download is at work in."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


@dataclass
class Behaviour:
    """What the server does (``moods``, then ``forever``), how the download is run, what should come of it.

    ``known``: whether pooch is told the checksum. ``fair``: what is asked of ``Seen`` beyond the end;
    ``short``: how the table calls what was missed.
    """

    moods: tuple = ()
    forever: dict | None = None
    wanted: tuple = (ARRIVES,)
    play: Callable = once
    known: bool = True
    cramped: bool = False
    fair: Callable = lambda seen: True
    short: str = ""


OLD = {"content": bytes(SIZE), "etag": '"old"', **CUT}  # the first bytes of another version
LOOP = {"status": 302, "headers": {"Location": f"/{NAME}"}}
TOLD = (GIVES_UP,)
BEHAVIOURS = {
    "nothing is wrong": Behaviour(),
    "a connection breaks": Behaviour((CUT,)),
    "every connection breaks after 12 of 40 MB": Behaviour(forever=CUT),
    "a connection breaks before the body": Behaviour(({"cut": 0},)),
    "a connection falls silent": Behaviour(({**CUT, "stall": 2 * PATIENCE},)),
    "all connections fall silent": Behaviour(forever={"cut": 0, "stall": 2 * PATIENCE}, wanted=TOLD),
    "killed half way and run again": Behaviour(
        forever={"pace": 0.002},
        play=killed,
        fair=lambda seen: sum(asked is None for _, asked in seen.server.requests) == 1,
        short="starts over",
    ),
    "run while an orphan still downloads": Behaviour(forever={"pace": 0.002}, play=beside),
    "after a break, ranges are ignored": Behaviour((CUT, {"ranges": False})),
    "after a break, a range starts elsewhere": Behaviour((CUT, {"shift": 1000})),
    "after a break, the file has changed": Behaviour((OLD,)),
    "the same, and If-Range is ignored": Behaviour((OLD, {"deaf": True})),
    "503, three times": Behaviour(({"status": 503},) * 3),
    "429, Retry-After: 77": Behaviour(
        ({"status": 429, "headers": {"Retry-After": "77"}},),
        fair=lambda seen: sum(seen.naps) >= 77,
        short="does not wait",
    ),
    "404": Behaviour(
        forever={"status": 404},
        wanted=TOLD,
        fair=lambda seen: len(seen.server.requests) == 1,
        short="asks six times",
    ),
    "a redirect": Behaviour(({"status": 302, "headers": {"Location": "/elsewhere"}},)),
    "a loop of redirects": Behaviour(forever=LOOP, wanted=TOLD),
    "a web page for the file": Behaviour(forever=HTML, wanted=TOLD),
    "the same, no checksum known": Behaviour(forever=HTML, wanted=TOLD, known=False),
    "a body shorter than announced": Behaviour(
        forever={"declare": SIZE + 5, "ranges": False},
        wanted=TOLD,
        fair=lambda seen: len(seen.server.requests) <= 20,
        short="asks without end",
    ),
    "no length told, the body cut, no checksum known": Behaviour(
        forever={**CUT, "declare": None}, wanted=TOLD, known=False
    ),
    "a chunked body without length": Behaviour(forever={"chunked": True, "declare": None}),
    "an archive declared as Content-Encoding: gzip": Behaviour(
        forever={"headers": {"Content-Encoding": "gzip"}}
    ),
    "the disk is too small": Behaviour(
        wanted=TOLD,
        cramped=True,
        short="fills the disk",
    ),
    "later another file under this name, no checksum known": Behaviour(
        wanted=TOLD, play=replaced, known=False
    ),
    "the file on the disk is damaged later": Behaviour(wanted=(ARRIVES, GIVES_UP), play=damaged),
}


def outcome(behaviour, contestant, content, folder) -> tuple[bool, str]:
    """Whether ``contestant`` survived ``behaviour``, and how it ended, in a word or two."""
    with serving(content, behaviour.moods, behaviour.forever) as server:
        server.RequestHandlerClass = Hub
        checksum = hashlib.sha256(content).hexdigest() if behaviour.known else None
        seen = Seen(CONTESTANTS[contestant], server, folder, checksum, behaviour.cramped)
        end = behaviour.play(seen)
        if end not in behaviour.wanted:
            return False, behaviour.short or end
        return (True, end) if behaviour.fair(seen) else (False, behaviour.short)


def installed() -> dict[str, str]:
    """Contestants that can be imported, and how a table names them."""
    names = {"ours": "ours"}
    for name in list(CONTESTANTS)[1:]:
        if find_spec(name):
            names[name] = f"{name} {version(name)}"
        else:
            print(f"{name} is not installed: left out")
    return names


@program
def main(out: Path, only: Annotated[str, "behaviours whose name holds this"] = ""):
    names, content = installed(), random.Random(0).randbytes(SIZE)
    survived = dict.fromkeys(names, 0)
    print("|".join(["", "what happens", *names.values(), ""]))
    print("|---" * (len(names) + 1) + "|")
    chosen = {told: behaviour for told, behaviour in BEHAVIOURS.items() if only in told}
    for told, behaviour in chosen.items():
        ends = []
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                good, end = outcome(behaviour, name, content, Path(folder))
            survived[name] += good
            ends.append(end if good else f"**{end}**")
        print("| " + " | ".join([told, *ends]) + " |", flush=True)
    mine = survived.pop("ours")
    note = f"ours: of {len(chosen)} behaviours of a server; other: "
    save(
        out,
        [
            row(f"downloads: over {name}", mine, count, mine / max(1, count), "survived", note + names[name])
            for name, count in survived.items()
        ],
    )


if __name__ == "__main__":
    run(main)
