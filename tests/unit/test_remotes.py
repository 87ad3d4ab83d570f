"""The table of remotes, and the two programs that read it."""

from functools import partial
from pathlib import Path

import pytest
from downloads import CONTENT, RIGHT, archive_options, arrived, remotes
from hostile_server import serving

import download_archive
import download_file
from vimusic.errors import UserError, run
from vimusic.remotes import address, read_remotes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "Dataset.tar.gz"


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
