"""A forged or damaged archive is refused in one line and leaves nothing behind."""

import gzip
import random
import shutil
import tarfile
from collections import namedtuple

import pytest
from archives import NOISE, WANTED, inside, member, packed, refused, tar_of, under
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vimusic.data import archive as module
from vimusic.data.archive import extract
from vimusic.data.checksums import enforce, sha256_of
from vimusic.errors import RESERVE, UserError

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "URMP" / "Dataset"


def test_second_top_folder(tmp_path, folder):
    refused(packed(tmp_path, tar_of(under("Dataset/") | under("Other/"))), folder, "another top folder")


@pytest.mark.parametrize(
    "name",
    [
        "../01_A_vn/AuSep_1_vn_01_A.wav",
        "Dataset/../../evil",
        "/01_A_vn/AuSep_1_vn_01_A.wav",
        "/etc/passwd",
        "..",
    ],
)
def test_paths_that_lead_out(tmp_path, folder, name):
    refused(
        packed(tmp_path, tar_of(under("Dataset/"), (member(name), b"evil"))),
        folder,
        "leads out of the folder",
    )


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE],
    ids=["symlink", "hard link", "FIFO", "character device", "block device"],
)
@pytest.mark.parametrize("target", ["/etc/passwd", "Dataset/01_A_vn/AuSep_1_vn_01_A.wav"])
def test_members_that_are_no_plain_files(tmp_path, folder, kind, target):
    evil = member("Dataset/01_A_vn/Notes_1_vn_01_A.txt", kind, target)
    refused(
        packed(tmp_path, tar_of(under("Dataset/"), (evil, b""))),
        folder,
        "is a link, a device or a sparse file",
    )


def test_link_to_a_folder_and_a_file_through_it(tmp_path, folder):
    (tmp_path / "elsewhere").mkdir()
    link = member("Dataset/01_A_vn", tarfile.SYMTYPE, str(tmp_path / "elsewhere"))
    refused(packed(tmp_path, tar_of({}, (link, b""), (member("Dataset/01_A_vn/AuSep_1_vn_01_A.wav"), NOISE))),
            folder, "is a link")  # fmt: skip


def test_sparse_file(tmp_path, folder):
    # GNU's old form: a header that declares 1 TB of holes, of which the archive holds nothing.
    header = bytearray(member("Dataset/01_A_vn/AuSep_1_vn_01_A.wav").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[483:495] = b"%011o\0" % (1 << 32)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    refused(packed(tmp_path, bytes(header) + bytes(1024)), folder, "sparse")


def test_bomb_in_an_unwanted_member(tmp_path, folder):
    bomb = tar_of(under("Dataset/") | {"Dataset/zeros": bytes(3 * module.ALLOWANCE)})
    refused(packed(tmp_path, bomb), folder, "unpacks to over 20 times its size")


def test_bomb_behind_the_end(tmp_path, folder):
    refused(
        packed(tmp_path, tar_of(WANTED) + bytes(3 * module.ALLOWANCE)), folder, "unpacks to over 20 times"
    )


def test_declared_size_beyond_the_disk(tmp_path, folder):
    evil = member("Dataset/01_A_vn/Vid_01_A_vn.mp4")
    evil.size = 1 << 60
    tar = tar_of(under("Dataset/"))[:-10240] + evil.tobuf() + NOISE
    refused(packed(tmp_path, tar), folder, "free some space", [*WANTED, "01_A_vn/Vid_01_A_vn.mp4"])


def test_disk_too_small_is_told_before_anything_is_unpacked(tmp_path, folder, monkeypatch):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    free = archive.stat().st_size + RESERVE
    monkeypatch.setattr(module, "_unpack", None)  # is not reached
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free - 1))
    refused(archive, folder, "what it unpacks to needs .* free some space")


def test_disk_that_fills_up(tmp_path, folder, monkeypatch):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    free = archive.stat().st_size + RESERVE
    assert free > len(NOISE) + RESERVE
    frees = iter([free, len(NOISE) + RESERVE - 1])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, next(frees)))
    refused(archive, folder, "member .* free some space")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free))
    extract(archive, folder, WANTED)
    assert inside(folder) == WANTED


def test_an_archive_of_something_else(tmp_path, folder):
    tar = tar_of({"Photos/2019/one.jpg": NOISE})
    refused(packed(tmp_path, tar), folder, "holds none of the 2 files .* 01_A_vn/.*; correct data.path")


def test_an_archive_that_came_damaged_says_what_to_delete(tmp_path, folder):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-9])
    enforce(archive, archive.stat().st_size, sha256_of(archive))
    refused(archive, folder, f"delete it, and its line in {archive.parent}/checksums.tsv, then run again")
    # Damaged only later: the line is right.
    archive.write_bytes(whole[:-10])
    refused(archive, folder, "delete it and download it again")


def test_too_many_members(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(module, "MEMBERS", 10)
    files = {f"Dataset/empty{k}": b"" for k in range(11)}
    refused(packed(tmp_path, tar_of(files)), folder, "more than 10")


def test_every_truncation_is_noticed(tmp_path, folder):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    whole = archive.read_bytes()
    for length in [0, 1, 5, 11, *range(20, len(whole), 997), len(whole) - 8, len(whole) - 1]:
        archive.write_bytes(whole[:length])
        refused(archive, folder, "damaged, cut short or not a .tar.gz")


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_flipped_bit(tmp_path, folder, at):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    content = bytearray(archive.read_bytes())
    content[int(at * len(content))] ^= 4
    archive.write_bytes(content)
    refused(archive, folder, "damaged")


def test_trailing_garbage(tmp_path, folder):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    archive.write_bytes(archive.read_bytes() + b"garbage")
    refused(archive, folder, "damaged")


@pytest.mark.parametrize("content", [b"<html>" * 1000, NOISE, b""], ids=["page", "noise", "empty"])
@pytest.mark.parametrize("zipped", [True, False])
def test_not_a_tar(tmp_path, folder, content, zipped):
    archive = packed(tmp_path, content)
    if not zipped:
        archive.write_bytes(content)
    refused(archive, folder, "not a .tar.gz")


def test_broken_header_in_the_middle(tmp_path, folder):
    tar = bytearray(tar_of(under("Dataset/") | {"Dataset/more": random.Random(1).randbytes(100_000)}))
    second = 512 + -(-len(NOISE) // 512) * 512
    assert tar[second : second + 8] == b"Dataset/"
    tar[second + 100] ^= 1
    refused(packed(tmp_path, bytes(tar)), folder, "broken header")


@pytest.mark.parametrize("field", ["GNU.sparse.map", "GNU.sparse.size", "size"])
def test_extended_header_that_makes_no_sense(tmp_path, folder, field):
    info = tarfile.TarInfo("Dataset/" + "long" * 40)
    info.pax_headers = {field: "x"}
    refused(packed(tmp_path, info.tobuf(tarfile.PAX_FORMAT) + NOISE), folder, "damaged")


@settings(max_examples=150, deadline=None)
@given(
    edits=st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), min_size=1, max_size=8),
    valid=st.booleans(),
)
@example(edits=[(1536 + 124, 0x80)], valid=True)  # a huge size
@example(edits=[(1536 + 124 + k, 0xFF) for k in range(12)], valid=True)  # a negative size
def test_any_damage_to_the_tar_is_one_line_or_harmless(tmp_path_factory, edits, valid):
    tmp_path = tmp_path_factory.mktemp("fuzz")
    pax = tarfile.TarInfo("Dataset/01_A_vn/" + "long" * 40)
    tar = bytearray(tar_of({f"Dataset/{name}": content[:300] for name, content in WANTED.items()}))
    tar = bytearray(pax.tobuf(tarfile.PAX_FORMAT)) + tar
    for at, value in edits:
        tar[at] = value
    for at in range(0, 4096, 512) if valid else ():
        # A right sum lets the damage past tarfile's first check.
        tar[at + 148 : at + 156] = b" " * 8
        tar[at + 148 : at + 156] = b"%06o\0 " % sum(tar[at : at + 512])
    archive, folder = tmp_path / "Dataset.tar.gz", tmp_path / "URMP"
    archive.write_bytes(gzip.compress(bytes(tar), 1))
    try:
        extract(archive, folder, WANTED)
    except UserError as error:
        assert "\n" not in str(error)
        assert inside(folder) == {}
    assert set(inside(tmp_path)) <= {"Dataset.tar.gz", *(f"URMP/{name}" for name in WANTED)}
