"""Whatever the server does, a download ends with the right bytes or one clear line."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
import urllib3
from downloads import CONTENT, RIGHT, archive_options, arrived, fails, fetch, remotes
from hostile_server import serving

from vimusic.data import download as module
from vimusic.data.download import download
from vimusic.errors import RESERVE, UserError

ROOT = Path(__file__).parents[2]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "Dataset.tar.gz"


def test_redirects_are_followed(path):
    with serving(CONTENT, [{"status": 302, "headers": {"Location": "/elsewhere"}}]) as server:
        assert fetch(server, path) == RIGHT
        assert [asked for asked, _ in server.requests] == ["/Dataset.tar.gz", "/elsewhere"]
    arrived(path)


def test_redirect_loop(path):
    naps = []
    with serving(CONTENT, forever={"status": 302, "headers": {"Location": "/Dataset.tar.gz"}}) as server:
        fails(server, path, "redirects in a loop", naps=naps)
    assert naps == []


def test_redirect_from_https_to_http_is_refused(path, monkeypatch):
    def redirect(adapter, request, **options):
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 302, request.url, request
        answer.headers["Location"] = server.url
        answer.raw, answer._content = urllib3.HTTPResponse(), b""
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", redirect)
    with serving(CONTENT) as server, pytest.raises(UserError, match="not https"):
        download("https://example.invalid/Dataset.tar.gz", path)
    assert not path.exists()


@pytest.mark.parametrize("status", [202, 401, 403, 404, 410])
def test_refusals_are_not_retried(path, status):
    naps = []
    with serving(CONTENT, forever={"status": status}) as server:
        line = fails(server, path, f"answers {status}", naps=naps, source="https://example.org/page")
        assert len(server.requests) == 1
    assert "download it in a browser (https://example.org/page)" in line
    assert str(path) in line
    assert naps == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_trouble_that_may_pass_is_retried(path, status):
    naps = []
    with serving(CONTENT, [{"status": status}] * 3) as server:
        assert fetch(server, path, naps=naps) == RIGHT
    arrived(path)
    assert len(naps) == 3
    # Doubling, with jitter of half.
    assert all(2**k / 2 <= nap <= 2**k for k, nap in enumerate(naps, start=1))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_that_does_not_pass(path, status):
    naps = []
    with serving(CONTENT, forever={"status": status}) as server:
        fails(server, path, f"answers {status}", naps=naps, attempts=4)
        assert len(server.requests) == 4
    assert len(naps) == 3


def test_retry_after_is_honoured(path):
    naps = []
    late = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    moods = [{"status": 429, "headers": {"Retry-After": when}} for when in ("77", late)]
    with serving(CONTENT, moods) as server:
        assert fetch(server, path, naps=naps) == RIGHT
    assert naps[0] == 77
    assert 60 < naps[1] <= 100


def test_retry_after_of_a_day_ends_the_run(path):
    naps = []
    with serving(CONTENT, forever={"status": 503, "headers": {"Retry-After": "86400"}}) as server:
        fails(server, path, "run again later", naps=naps)
    assert naps == []


def test_stalled_server(path):
    with serving(CONTENT, [{"cut": 100_000, "stall": 0.5}]) as server:
        assert fetch(server, path, timeout=0.1) == RIGHT
        assert server.requests[1][1] == f"bytes={module.CHUNK}-"
    arrived(path)


def test_server_that_always_stalls(path):
    with serving(CONTENT, forever={"cut": 0, "stall": 0.3}) as server:
        fails(server, path, "does not answer in time", attempts=2, timeout=0.1)


def test_server_that_is_not_there(path):
    naps = []
    with serving(CONTENT) as server:
        pass
    fails(server, path, "no connection", naps=naps, attempts=3)
    assert len(naps) == 2


def test_body_shorter_than_announced(path):
    with serving(CONTENT, forever={"declare": len(CONTENT) + 5, "ranges": False}) as server:
        fails(server, path, "broke", attempts=3)
        assert len(server.requests) == 3


def test_body_longer_than_announced(path):
    # What follows a body on the wire is no part of it (HTTP), so only a chunked one can be too long.
    with serving(CONTENT, [{"chunked": True, "declare": 1000}]) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_resumed_body_longer_than_announced(path):
    moods = [{"cut": 100_000}, {"headers": {"Content-Range": "bytes 100000-299989/299990"}}]
    with serving(CONTENT, moods) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_chunked_body_without_length(path):
    with serving(CONTENT, forever={"chunked": True, "declare": None}) as server:
        assert fetch(server, path) == RIGHT
    arrived(path)


def test_length_that_nobody_tells(path):
    with serving(CONTENT, forever={"declare": None}) as server:
        fails(server, path, "does not tell the file's length")


def test_web_page_instead_of_the_file(path):
    with serving(b"<html>", forever={"headers": {"Content-Type": "text/html; charset=utf-8"}}) as server:
        fails(server, path, "web page")


def test_disk_too_small(path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, RESERVE + 299_999))
    with serving(CONTENT) as server:
        fails(server, path, "free some space")
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, RESERVE + 300_000))
        assert fetch(server, path) == RIGHT


def test_folder_that_cannot_be(path):
    path.parent.write_text("a file")
    with serving(CONTENT) as server, pytest.raises(UserError, match="cannot be written"):
        fetch(server, path)


def test_program_tells_one_line_and_fails(tmp_path, path):
    with serving(forever={"status": 403}) as server:
        table = remotes(tmp_path, server.url)
        command = [sys.executable, ROOT / "scripts/data/download_archive.py", *archive_options(table, path)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "403" in line
    assert not path.exists()
