"""The checksum of a file is recorded once and enforced ever after."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from downloads import CONTENT, RIGHT, arrived, fails, fetch
from hostile_server import serving

from vimusic.data.checksums import enforce
from vimusic.data.download import download
from vimusic.errors import UserError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "Dataset.tar.gz"


def test_another_checksum_is_refused_and_kept_aside(path):
    with serving(CONTENT) as server:
        fetch(server, path)
        path.unlink()
        server.content, server.etag = CONTENT[::-1], '"two"'
        line = fails(server, path, "Dataset.tar.gz.rejected")
    assert RIGHT[1] in line
    assert sha256(CONTENT[::-1]).hexdigest() in line
    assert path.with_name(f"{path.name}.rejected").read_bytes() == CONTENT[::-1]
    assert not path.with_name(f"{path.name}.part").exists()


def test_file_fetched_by_hand_is_taken_and_recorded(path):
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert download("", path) == RIGHT
    arrived(path)


def test_file_that_changed_on_the_disk_is_told_and_left(path):
    with serving(CONTENT) as server:
        fetch(server, path)
        path.write_bytes(b"other")
        with pytest.raises(UserError, match="recorded"):
            fetch(server, path)
    assert path.read_bytes() == b"other"


def test_damaged_record(path):
    path.parent.mkdir()
    (path.parent / "checksums.tsv").write_text("name\tbytes\tsha256\nhalf a li")
    with serving(CONTENT) as server:
        fails(server, path, "line 2")
        # The bytes are kept for the run that follows the repair.
        (path.parent / "checksums.tsv").unlink()
        assert fetch(server, path) == RIGHT
        assert [asked for _, asked in server.requests] == [None, "bytes=300000-"]
    arrived(path)


def test_files_of_one_folder_are_recorded_at_once(tmp_path):
    names = [f"file{k}.wav" for k in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: enforce(tmp_path / name, 1, "0" * 64), names))
    header, *lines = (tmp_path / "checksums.tsv").read_text().splitlines()
    assert header == "name\tbytes\tsha256"
    assert sorted(line.split("\t")[0] for line in lines) == sorted(names)
