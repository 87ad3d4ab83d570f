"""The table of remotes, and the two programs that read it."""

from functools import partial
from pathlib import Path

import download_archive
import download_piece
import pandas as pd
import pytest
from downloads import CONTENT, RIGHT, archive_options, arrived, remotes
from hostile_server import serving

from vimusic.data.remotes import address, read_remotes
from vimusic.errors import UserError, run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "Dataset.tar.gz"


def test_archive_program(tmp_path, path, capsys):
    with serving(CONTENT) as server:
        download_archive.main(archive_options(remotes(tmp_path, server.url), path))
    arrived(path)
    assert RIGHT[1] in capsys.readouterr().out


def piece_options(tmp_path, server, *files):
    table = remotes(tmp_path, server.url.replace("Dataset.tar.gz", "{piece}/{file}"), "file")
    words = ("--remote", "here", "--remotes", table, "--piece", "01_A?x", "--files", *files,
             "--out", tmp_path / "piece/manifest.tsv")  # fmt: skip
    return [str(word) for word in words]


def test_piece_program_asks_for_quoted_names(tmp_path):
    with serving(CONTENT) as server:
        download_piece.main(piece_options(tmp_path, server, "a b.wav"))
        assert [asked for asked, _ in server.requests] == ["/01_A%3Fx/a%20b.wav"]
    assert (tmp_path / "piece/a b.wav").read_bytes() == CONTENT


def test_refused_file_of_a_piece_is_a_row_and_the_others_come(tmp_path, capsys):
    with serving(CONTENT, [{}, {"status": 404}]) as server:
        download_piece.main(piece_options(tmp_path, server, "1.wav", "2.wav", "3.wav"))
    table = pd.read_csv(tmp_path / "piece/manifest.tsv", sep="\t", keep_default_na=False, dtype=str)
    assert list(table.file) == ["1.wav", "2.wav", "3.wav"]
    assert list(table.sha256) == [RIGHT[1], "", RIGHT[1]]
    assert "answers 404" in table.reason[1] and list(table.reason[::2]) == ["", ""]
    assert not (tmp_path / "piece/2.wav").exists()
    assert "file 3 of 3: 3.wav" in capsys.readouterr().out


def test_trouble_that_may_pass_leaves_no_manifest_and_keeps_what_came(tmp_path):
    # A web page instead of the file: a login of the network, say.
    page = {"headers": {"Content-Type": "text/html"}}
    with serving(CONTENT, [{}, page]) as server:
        options = piece_options(tmp_path, server, "1.wav", "2.wav")
        with pytest.raises(UserError, match="web page"):
            download_piece.main(options)
        assert not (tmp_path / "piece/manifest.tsv").exists()
        download_piece.main(options)
        assert [asked for asked, _ in server.requests] == ["/01_A%3Fx/1.wav", *["/01_A%3Fx/2.wav"] * 2]
    assert (tmp_path / "piece/manifest.tsv").exists()


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
