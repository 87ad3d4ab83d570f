"""Archives good and evil, for the tests of unpacking."""

import gzip
import io
import random
import tarfile

import pytest

from vimusic.data.archive import extract
from vimusic.errors import UserError

NOISE = random.Random(0).randbytes(40_000)
WANTED = {"01_A_vn/AuSep_1_vn_01_A.wav": NOISE, "01_A_vn/Notes_1_vn_01_A.txt": b"0.5\t\t440\t\t1\r\n"}


def tar_of(files, *extra):
    """Bytes of a tar of ``files`` (name -> bytes) and of ``extra`` members (TarInfo, bytes)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member, content in [*((tarfile.TarInfo(name), data) for name, data in files.items()), *extra]:
            if content:
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def under(top, files=WANTED):
    return {f"{top}{name}": content for name, content in files.items()}


def member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def packed(tmp_path, tar):
    """Path of a ``.tar.gz`` of the given tar bytes."""
    path = tmp_path / "Dataset.tar.gz"
    path.write_bytes(gzip.compress(tar, mtime=0))
    return path


def inside(folder):
    """name -> bytes of all files in ``folder``."""
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def refused(archive, folder, told, wanted=WANTED):
    """One line that names the archive, and not a file left anywhere."""
    before = {path for path in archive.parent.rglob("*") if not path.is_dir()}
    with pytest.raises(UserError, match=told) as caught:
        extract(archive, folder, wanted)
    assert "\n" not in str(caught.value)
    assert str(archive) in str(caught.value)
    assert {path for path in archive.parent.rglob("*") if not path.is_dir()} == before
    assert not (folder / ".extracting").exists()
