"""What the tests of downloading share: a file, and how its arrival or absence is checked."""

import random
from hashlib import sha256

import pytest

from vimusic.data.download import download
from vimusic.data.remotes import COLUMNS
from vimusic.errors import UserError

CONTENT = random.Random(0).randbytes(300_000)
RIGHT = (len(CONTENT), sha256(CONTENT).hexdigest())


def fetch(server, path, naps=None, timeout=5, **options):
    """Download from ``server`` to ``path``; the pauses asked for go to ``naps``, and are not slept."""
    naps = [] if naps is None else naps
    return download(server.url, path, sleep=naps.append, timeout=timeout, **options)


def fails(server, path, told, **options):
    """The download ends in one line that says ``told``, and nothing lies under the final name."""
    with pytest.raises(UserError, match=told) as caught:
        fetch(server, path, **options)
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


def remotes(tmp_path, url, kind="archive", name="here"):
    """A table of one remote."""
    table = tmp_path / "remotes.tsv"
    rows = [COLUMNS, [name, kind, url, "https://example.org/page", "CC0-1.0", "a test"]]
    table.write_text("".join("\t".join(row) + "\n" for row in rows))
    return table


def archive_options(table, path):
    return [str(word) for word in ("--remote", "here", "--remotes", table, "--out", path)]
