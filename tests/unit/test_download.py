"""A download ends with the right bytes or one clear line, whatever the server does."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
import requests
import urllib3
from hostile_server import serving
from hypothesis import given, settings
from hypothesis import strategies as st

import download_archive
import download_file
from vimusic import download as module
from vimusic.download import download
from vimusic.errors import UserError, run
from vimusic.remotes import COLUMNS, address, read_remotes

ROOT = Path(__file__).parents[2]
CONTENT = random.Random(0).randbytes(300_000)
RIGHT = (len(CONTENT), sha256(CONTENT).hexdigest())
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "Dataset.tar.gz"


@pytest.fixture
def naps():
    """Seconds that the download asked to sleep; it does not sleep in tests."""
    return []


@pytest.fixture
def get(path, naps):
    def get(server, **options):
        return download(server.url, path, **{"sleep": naps.append, "timeout": 5} | options)

    return get


def fails(get, server, path, told, **options):
    """The download ends in one line that says ``told``, and nothing lies under the final name."""
    with pytest.raises(UserError, match=told) as caught:
        get(server, **options)
    assert "\n" not in str(caught.value)
    assert not path.exists()
    return str(caught.value)


def arrived(path):
    """The right bytes under the final name, a record of them, and nothing else."""
    assert path.read_bytes() == CONTENT
    assert sorted(found.name for found in path.parent.iterdir()) == [path.name, "checksums.tsv"]
    header, *lines = (path.parent / "checksums.tsv").read_text().splitlines()
    assert header.split("\t") == ["name", "bytes", "sha256"]
    assert lines == [f"{path.name}\t{RIGHT[0]}\t{RIGHT[1]}"]


def test_well_behaved_server(get, path, naps):
    with serving(CONTENT) as server:
        assert get(server) == RIGHT
    arrived(path)
    assert naps == []


@pytest.mark.parametrize("size", [0, 1])
def test_tiny_file(get, path, size):
    with serving(b"x" * size) as server:
        assert get(server) == (size, sha256(b"x" * size).hexdigest())
    assert path.stat().st_size == size


def test_dropped_connections_are_resumed(get, path, naps):
    with serving(CONTENT, [{"cut": 100_000}, {"cut": 50_000}]) as server:
        assert get(server) == RIGHT
    arrived(path)
    assert [asked for _, asked in server.requests] == [None, "bytes=100000-", "bytes=150000-"]
    assert len(naps) == 2


def test_any_number_of_drops_is_outlived_while_bytes_come(get, path):
    with serving(CONTENT, [{"cut": 25_000}] * 11) as server:
        assert get(server, attempts=2) == RIGHT
    arrived(path)


def test_connection_dropped_before_the_answer(get, path):
    with serving(CONTENT, [{"cut": 0}]) as server:
        assert get(server) == RIGHT
    arrived(path)


def test_next_run_goes_on_from_the_part(get, path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        fails(get, server, path, "the connection broke; run again later to go on", attempts=1)
        assert get(server) == RIGHT
        assert server.requests[1][1] == "bytes=100000-"
    arrived(path)


def test_part_without_its_origin_is_not_trusted(get, path):
    path.parent.mkdir()
    path.with_name(f"{path.name}.part").write_bytes(b"of another file")
    with serving(CONTENT) as server:
        assert get(server) == RIGHT
    arrived(path)


def test_part_of_another_address_is_not_trusted(get, path, tmp_path):
    with serving(CONTENT[::-1], [{"cut": 1000}]) as other:
        fails(get, other, path, "broke", attempts=1)
    with serving(CONTENT) as server:
        assert get(server) == RIGHT
        assert server.requests[0][1] is None
    arrived(path)


def test_server_that_ignores_ranges(get, path):
    with serving(CONTENT, [{"cut": 100_000}, {"ranges": False}]) as server:
        assert get(server) == RIGHT
    arrived(path)


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_validator_a_part_starts_over(get, path, etag):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        server.etag = etag
        assert get(server) == RIGHT
        assert server.requests[1][1] is None
    arrived(path)


def test_last_modified_is_validator_enough(get, path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        server.etag, server.modified = None, "Mon, 01 Jan 2018 00:00:00 GMT"
        assert get(server) == RIGHT
        assert server.requests[1][1] == "bytes=100000-"
    arrived(path)


def test_file_that_changes_between_attempts_is_not_spliced(get, path):
    with serving(CONTENT[::-1], [{"cut": 100_000}]) as server:
        fails(get, server, path, "broke", attempts=1)
        server.content, server.etag = CONTENT, '"two"'
        assert get(server) == RIGHT
    arrived(path)


def test_server_that_ignores_if_range_is_not_spliced(get, path, monkeypatch):
    with serving(CONTENT[::-1], [{"cut": 100_000}]) as server:
        fails(get, server, path, "broke", attempts=1)
        # The new file, ranged as if it were the old: only the ETag of the answer tells.
        server.content = CONTENT
        server.moods = [{"headers": {"ETag": '"two"'}}]
        assert get(server) == RIGHT
        assert [asked for _, asked in server.requests] == [None, "bytes=100000-", None]
    arrived(path)


def test_whole_part_needs_no_byte_more(get, path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        fails(get, server, path, "broke", attempts=1)
        path.with_name(f"{path.name}.part").write_bytes(CONTENT)
        assert get(server) == RIGHT
        assert server.requests[1][1] == "bytes=300000-"
    arrived(path)


def test_part_longer_than_the_file_starts_over(get, path):
    with serving(CONTENT, [{"cut": 100_000}]) as server:
        fails(get, server, path, "broke", attempts=1)
        path.with_name(f"{path.name}.part").write_bytes(CONTENT + b"more")
        assert get(server) == RIGHT
    arrived(path)


def test_redirects_are_followed(get, path):
    with serving(CONTENT, [{"status": 302, "headers": {"Location": "/elsewhere"}}]) as server:
        assert get(server) == RIGHT
        assert [asked for asked, _ in server.requests] == ["/Dataset.tar.gz", "/elsewhere"]
    arrived(path)


def test_redirect_loop(get, path, naps):
    with serving(CONTENT, forever={"status": 302, "headers": {"Location": "/Dataset.tar.gz"}}) as server:
        fails(get, server, path, "redirects in a loop")
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
def test_refusals_are_not_retried(get, path, naps, status):
    with serving(CONTENT, forever={"status": status}) as server:
        line = fails(get, server, path, f"answers {status}", source="https://example.org/page")
        assert len(server.requests) == 1
    assert "download it in a browser (https://example.org/page)" in line
    assert str(path) in line
    assert naps == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_trouble_that_may_pass_is_retried(get, path, naps, status):
    with serving(CONTENT, [{"status": status}] * 3) as server:
        assert get(server) == RIGHT
    arrived(path)
    assert len(naps) == 3
    # Doubling, with jitter of half.
    assert all(2**k / 2 <= nap <= 2**k for k, nap in enumerate(naps, start=1))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_that_does_not_pass(get, path, naps, status):
    with serving(CONTENT, forever={"status": status}) as server:
        fails(get, server, path, f"answers {status}", attempts=4)
        assert len(server.requests) == 4
    assert len(naps) == 3


def test_retry_after_is_honoured(get, path, naps):
    late = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    moods = [{"status": 429, "headers": {"Retry-After": when}} for when in ("77", late)]
    with serving(CONTENT, moods) as server:
        assert get(server) == RIGHT
    assert naps[0] == 77
    assert 60 < naps[1] <= 100


def test_retry_after_of_a_day_ends_the_run(get, path, naps):
    with serving(CONTENT, forever={"status": 503, "headers": {"Retry-After": "86400"}}) as server:
        fails(get, server, path, "run again later")
    assert naps == []


def test_stalled_server(get, path):
    with serving(CONTENT, [{"cut": 100_000, "stall": 0.5}]) as server:
        assert get(server, timeout=0.1) == RIGHT
        assert server.requests[1][1] == f"bytes={module.CHUNK}-"
    arrived(path)


def test_server_that_always_stalls(get, path):
    with serving(CONTENT, forever={"cut": 0, "stall": 0.3}) as server:
        fails(get, server, path, "does not answer in time", attempts=2, timeout=0.1)


def test_server_that_is_not_there(get, path, naps):
    with serving(CONTENT) as server:
        pass
    fails(get, server, path, "no connection", attempts=3)
    assert len(naps) == 2


def test_body_shorter_than_announced(get, path):
    with serving(CONTENT, forever={"declare": len(CONTENT) + 5, "ranges": False}) as server:
        fails(get, server, path, "broke", attempts=3)
        assert len(server.requests) == 3


def test_body_longer_than_announced(get, path):
    # What follows a body on the wire is no part of it (HTTP), so only a chunked one can be too long.
    with serving(CONTENT, [{"chunked": True, "declare": 1000}]) as server:
        assert get(server) == RIGHT
    arrived(path)


def test_resumed_body_longer_than_announced(get, path):
    moods = [{"cut": 100_000}, {"headers": {"Content-Range": "bytes 100000-299989/299990"}}]
    with serving(CONTENT, moods) as server:
        assert get(server) == RIGHT
    arrived(path)


def test_chunked_body_without_length(get, path):
    with serving(CONTENT, forever={"chunked": True, "declare": None}) as server:
        assert get(server) == RIGHT
    arrived(path)


def test_length_that_nobody_tells(get, path):
    with serving(CONTENT, forever={"declare": None}) as server:
        fails(get, server, path, "does not tell the file's length")


def test_web_page_instead_of_the_file(get, path):
    with serving(b"<html>", forever={"headers": {"Content-Type": "text/html; charset=utf-8"}}) as server:
        fails(get, server, path, "web page")


def test_disk_too_small(get, path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, module.RESERVE + 299_999))
    with serving(CONTENT) as server:
        fails(get, server, path, "free some space")
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, module.RESERVE + 300_000))
        assert get(server) == RIGHT


def test_folder_that_cannot_be(get, path):
    path.parent.write_text("a file")
    with serving(CONTENT) as server, pytest.raises(UserError, match="cannot be written"):
        get(server)


def test_another_checksum_is_refused_and_kept_aside(get, path):
    with serving(CONTENT) as server:
        get(server)
        path.unlink()
        server.content, server.etag = CONTENT[::-1], '"two"'
        line = fails(get, server, path, "Dataset.tar.gz.rejected")
    assert RIGHT[1] in line
    assert sha256(CONTENT[::-1]).hexdigest() in line
    assert path.with_name(f"{path.name}.rejected").read_bytes() == CONTENT[::-1]
    assert not path.with_name(f"{path.name}.part").exists()


def test_file_fetched_by_hand_is_taken_and_recorded(get, path):
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert download("", path) == RIGHT
    arrived(path)


def test_file_that_changed_on_the_disk_is_told_and_left(get, path):
    with serving(CONTENT) as server:
        get(server)
        path.write_bytes(b"other")
        with pytest.raises(UserError, match="recorded"):
            get(server)
    assert path.read_bytes() == b"other"


def test_damaged_record(get, path):
    path.parent.mkdir()
    (path.parent / "checksums.tsv").write_text("name\tbytes\tsha256\nhalf a li")
    with serving(CONTENT) as server:
        fails(get, server, path, "line 2")
        # The bytes are kept for the run that follows the repair.
        (path.parent / "checksums.tsv").unlink()
        assert get(server) == RIGHT
        assert [asked for _, asked in server.requests] == [None, "bytes=300000-"]
    arrived(path)


def test_log_has_a_line_for_each_tenth(get, capsys, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 10_000)
    with serving(CONTENT) as server:
        get(server)
    assert len(capsys.readouterr().out.splitlines()) == 10


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 5000), max_size=6), ranges=st.booleans())
def test_any_cuts_end_in_the_right_bytes(tmp_path_factory, cuts, ranges):
    path = tmp_path_factory.mktemp("cuts") / "Dataset.tar.gz"
    content = CONTENT[:5001]
    with serving(content, [{"cut": cut, "ranges": ranges} for cut in cuts]) as server:
        download(server.url, path, attempts=8, sleep=lambda seconds: None)
    assert path.read_bytes() == content


# The programs


def remotes(tmp_path, url, kind="archive", name="here"):
    table = tmp_path / "remotes.tsv"
    rows = [COLUMNS, [name, kind, url, "https://example.org/page", "CC0-1.0", "a test"]]
    table.write_text("".join("\t".join(row) + "\n" for row in rows))
    return table


def archive_options(table, path):
    return [str(word) for word in ("--remote", "here", "--remotes", table, "--out", path)]


def test_killed_anywhere_the_next_run_finishes(tmp_path, path):
    content = CONTENT * 20
    # 92 pieces of 64 kB at 10 ms each: about a second, and slower to start.
    with serving(content, forever={"pace": 0.01}) as server:
        table = remotes(tmp_path, server.url)
        command = [sys.executable, ROOT / "scripts/download_archive.py", *archive_options(table, path)]
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


def test_program_tells_one_line_and_fails(tmp_path, path):
    with serving(forever={"status": 403}) as server:
        table = remotes(tmp_path, server.url)
        command = [sys.executable, ROOT / "scripts/download_archive.py", *archive_options(table, path)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "403" in line
    assert not path.exists()


def test_archive_program(tmp_path, path, capsys):
    with serving(CONTENT) as server:
        download_archive.main(archive_options(remotes(tmp_path, server.url), path))
    arrived(path)
    assert RIGHT[1] in capsys.readouterr().out


def test_file_program_asks_for_quoted_names(tmp_path):
    out = tmp_path / "out.wav"
    with serving(CONTENT) as server:
        url = server.url.replace("Dataset.tar.gz", "{piece}/{file}")
        table = remotes(tmp_path, url, "file")
        download_file.main(
            ["--remote", "here", "--remotes", str(table), "--piece", "01_A?x", "--file", "a b.wav",
             "--out", str(out)]
        )  # fmt: skip
        assert [asked for asked, _ in server.requests] == ["/01_A%3Fx/a%20b.wav"]
    assert out.read_bytes() == CONTENT


def test_remote_that_only_a_browser_reaches(tmp_path, path, capsys):
    options = archive_options(remotes(tmp_path, ""), path)
    with pytest.raises(SystemExit) as caught:
        run(partial(download_archive.main, options))
    assert "browser (https://example.org/page)" in caught.value.code
    assert str(path) in caught.value.code


def test_table_of_remotes_that_ships():
    table = ROOT / "workflow/resources/remotes.tsv"
    shipped = read_remotes(table)
    assert set(shipped.kind) == {"archive", "file"}
    assert (shipped.source.str.startswith("https://")).all()
    assert (shipped.licence != "").all()
    url, _ = address(table, "mirror", "file", "01_Jupiter_vn_vc", "AuSep_1_vn_01_Jupiter.wav")
    assert url.endswith("/01_Jupiter_vn_vc/AuSep_1_vn_01_Jupiter.wav")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "torrent"}, "line 2: kind is 'torrent'"),
        ({"url": "ftp://example.org/x"}, "not a web address"),
        ({"kind": "file", "url": "https://example.org/{piece}"}, "lacks {file}"),
        ({"name": "there"}, "no remote 'here'"),
    ],
)
def test_wrong_remotes(tmp_path, change, told):
    table = remotes(tmp_path, **{"url": "https://example.org/x"} | change)
    with pytest.raises(UserError) as caught:
        address(table, "here", "archive")
    assert told in str(caught.value)
    assert str(table) in str(caught.value)


def test_remotes_missing_doubled_or_without_column(tmp_path):
    with pytest.raises(UserError, match="not found"):
        read_remotes(tmp_path / "none.tsv")
    table = remotes(tmp_path, "https://example.org/x")
    table.write_text(table.read_text() + table.read_text().splitlines()[1] + "\n")
    with pytest.raises(UserError, match="listed twice"):
        read_remotes(table)
    table.write_text("name\turl\n")
    with pytest.raises(UserError, match="kind is missing"):
        read_remotes(table)
