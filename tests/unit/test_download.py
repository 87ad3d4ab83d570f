"""A download ends with the right bytes, however often it breaks."""

import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from downloads import CONTENT, RIGHT, archive_options, arrived, fails, fetch, remotes
from hostile_server import serving
from hypothesis import given, settings
from hypothesis import strategies as st

from vimusic.data import download as module
from vimusic.data.download import download

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "Dataset.tar.gz"


def test_well_behaved_server(path):
    naps = []
    with serving(CONTENT) as server:
        assert fetch(server, path, naps=naps) == RIGHT
    arrived(path)
    assert naps == []


@pytest.mark.parametrize("size", [0, 1])
def test_tiny_file(path, size):
    with serving(b"x" * size) as server:
        assert fetch(server, path) == (size, sha256(b"x" * size).hexdigest())
    assert path.stat().st_size == size


def test_dropped_connections_are_resumed(path):
    naps = []
    with serving(CONTENT, [{"cut": 100_000}, {"cut": 50_000}]) as server:
        assert fetch(server, path, naps=naps) == RIGHT
    arrived(path)
    assert [asked for _, asked in server.requests] == [None, "bytes=100000-", "bytes=150000-"]
    assert len(naps) == 2


def test_any_number_of_drops_is_outlived_while_bytes_come(path):
    with serving(CONTENT, [{"cut": 25_000}] * 11) as server:
        assert fetch(server, path, attempts=2) == RIGHT
    arrived(path)


def test_connection_dropped_before_the_answer(path):
    with serving(CONTENT, [{"cut": 0}]) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_next_run_goes_on_from_the_part(path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        fails(server, path, "the connection broke; run again later to go on", attempts=1)
        assert fetch(server, path) == RIGHT
        assert server.requests[1][1] == "bytes=100000-"
    arrived(path)


def test_part_without_its_origin_is_not_trusted(path):
    path.parent.mkdir()
    path.with_name(f"{path.name}.part").write_bytes(b"of another file")
    with serving(CONTENT) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_part_of_another_address_is_not_trusted(path, tmp_path):
    with serving(CONTENT[::-1], [{"cut": 1000}]) as other:
        fails(other, path, "broke", attempts=1)
    with serving(CONTENT) as server:
        assert fetch(server, path) == RIGHT
        assert server.requests[0][1] is None
    arrived(path)


def test_range_that_starts_elsewhere_is_not_spliced(path):
    with serving(CONTENT, [{"cut": 100_000}, {"shift": 1000}]) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_archive_declared_as_compressed_on_the_way_stays_as_it_is(path):
    with serving(CONTENT, forever={"headers": {"Content-Encoding": "gzip"}}) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_second_download_waits_for_the_first(path):
    with serving(CONTENT, forever={"pace": 0.1}) as server, ThreadPoolExecutor(2) as pool:
        downloads = [pool.submit(fetch, server, path) for _ in range(2)]
        assert [each.result() for each in downloads] == [RIGHT] * 2
        assert len(server.requests) == 1
    arrived(path)


def test_second_download_takes_over_when_the_first_gives_up(path):
    with serving(CONTENT, [{"cut": 100_000, "pace": 0.1}]) as server, ThreadPoolExecutor(2) as pool:
        downloads = [pool.submit(fetch, server, path, attempts=attempts) for attempts in (1, 1)]
        assert sorted(each.exception() is None for each in downloads) == [False, True]
        assert [asked for _, asked in server.requests] == [None, "bytes=100000-"]
    arrived(path)


def test_server_that_ignores_ranges(path):
    with serving(CONTENT, [{"cut": 100_000}, {"ranges": False}]) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_validator_a_part_starts_over(path, etag):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        server.etag = etag
        assert fetch(server, path) == RIGHT
        assert server.requests[1][1] is None
    arrived(path)


def test_last_modified_is_validator_enough(path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        server.etag, server.modified = None, "Mon, 01 Jan 2018 00:00:00 GMT"
        assert fetch(server, path) == RIGHT
        assert server.requests[1][1] == "bytes=100000-"
    arrived(path)


def test_file_that_changes_between_attempts_is_not_spliced(path):
    with serving(CONTENT[::-1], [{"cut": 100_000}]) as server:
        fails(server, path, "broke", attempts=1)
        server.content, server.etag = CONTENT, '"two"'
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_server_that_ignores_if_range_is_not_spliced(path):
    old = {"content": CONTENT[::-1], "etag": '"old"', "cut": 100_000}
    # The new file, ranged as if it were the old: only the ETag of the answer tells.
    with serving(CONTENT, [old, {"deaf": True}]) as server:
        assert fetch(server, path) == RIGHT
        assert [asked for _, asked in server.requests] == [None, "bytes=100000-", None]
    arrived(path)


def test_whole_part_needs_no_byte_more(path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        fails(server, path, "broke", attempts=1)
        path.with_name(f"{path.name}.part").write_bytes(CONTENT)
        assert fetch(server, path) == RIGHT
        assert server.requests[1][1] == "bytes=300000-"
    arrived(path)


def test_part_longer_than_the_file_starts_over(path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        fails(server, path, "broke", attempts=1)
        path.with_name(f"{path.name}.part").write_bytes(CONTENT + b"more")
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_log_tells_name_and_size_and_is_short(path, capsys, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 1_000)
    with serving(CONTENT) as server:
        fetch(server, path)
    told = re.split(r"[\r\n]+", capsys.readouterr().err.strip())
    assert "Dataset.tar.gz: 100%" in told[-1] and "300k/300k" in told[-1]
    assert len(told) <= 3


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 5000), max_size=6), ranges=st.booleans())
def test_any_cuts_end_in_the_right_bytes(tmp_path_factory, cuts, ranges):
    path = tmp_path_factory.mktemp("cuts") / "Dataset.tar.gz"
    content = CONTENT[:5001]
    with serving(content, [{"cut": cut, "ranges": ranges} for cut in cuts]) as server:
        download(server.url, path, attempts=8, sleep=lambda seconds: None)
    assert path.read_bytes() == content


def test_killed_anywhere_the_next_run_finishes(tmp_path, path):
    content = CONTENT * 20
    # 92 pieces of 64 kB at 10 ms each: about a second, and slower to start.
    with serving(content, forever={"pace": 0.01}) as server:
        table = remotes(tmp_path, server.url)
        command = [sys.executable, ROOT / "scripts/data/download_archive.py", *archive_options(table, path)]
        draw = random.Random(1)
        part = path.with_name(f"{path.name}.part")
        for _ in range(3):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            size, until = module._size(part), time.monotonic() + 30
            goal = size + draw.randint(1, len(content) // 5)
            while module._size(part) < goal and time.monotonic() < until:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert part.stat().st_size >= goal
            assert not path.exists()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        assert sum(asked is None for _, asked in server.requests) == 1
    assert path.read_bytes() == content
