"""Only wanted files leave an archive, whole or not at all."""

import gzip
import io
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections import namedtuple
from functools import partial
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from hostile_server import serving
from hypothesis import example, given, settings
from hypothesis import strategies as st

import extract_archive
from vimusic import archive as module
from vimusic.archive import extract
from vimusic.checksums import enforce, sha256_of
from vimusic.download import download
from vimusic.errors import UserError, run
from vimusic.urmp import COLUMNS, files_of, read_stems

ROOT = Path(__file__).parents[2]
NOISE = random.Random(0).randbytes(40_000)
WANTED = {"01_A_vn/AuSep_1_vn_01_A.wav": NOISE, "01_A_vn/Notes_1_vn_01_A.txt": b"0.5\t\t440\t\t1\r\n"}
Usage = namedtuple("Usage", "total used free")


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


@pytest.fixture
def packed(tmp_path):
    """Write a ``.tar.gz`` of the given tar bytes."""

    def packed(tar):
        path = tmp_path / "Dataset.tar.gz"
        path.write_bytes(gzip.compress(tar, mtime=0))
        return path

    return packed


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "URMP" / "Dataset"


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


@pytest.mark.parametrize("top", ["Dataset/", "", "./", "./Dataset/", "URMP/"])
def test_wanted_files_come_out_without_their_top_folder(packed, folder, top):
    others = {f"{top}01_A_vn/AuMix_01_A_vn.wav": b"mix", f"{top}README.txt": b"read me"}
    manifest = extract(packed(tar_of(under(top) | others)), folder, WANTED)
    assert inside(folder) == WANTED
    assert list(manifest.file) == sorted(WANTED)
    assert list(manifest.bytes) == [len(WANTED[name]) for name in manifest.file]
    assert list(manifest.sha256) == [sha256(WANTED[name]).hexdigest() for name in manifest.file]


def test_absent_files_have_an_empty_row(packed, folder):
    wanted = [*WANTED, "02_B_vc/Vid_02_B_vc.mp4"]
    manifest = extract(packed(tar_of(under("Dataset/"))), folder, wanted).set_index("file")
    assert tuple(manifest.loc["02_B_vc/Vid_02_B_vc.mp4"]) == ("", "")
    assert inside(folder) == WANTED


def test_files_of_an_earlier_run_are_replaced_and_others_stay(packed, folder):
    (folder / "01_A_vn").mkdir(parents=True)
    (folder / "01_A_vn/AuSep_1_vn_01_A.wav").write_bytes(b"half")
    (folder / "mine.txt").write_bytes(b"mine")
    extract(packed(tar_of(under("Dataset/"))), folder, WANTED)
    assert inside(folder) == WANTED | {"mine.txt": b"mine"}


def test_of_a_doubled_member_the_last_counts(packed, folder):
    name = "Dataset/01_A_vn/AuSep_1_vn_01_A.wav"
    extract(packed(tar_of({name: b"old"}, (tarfile.TarInfo(name), NOISE))), folder, WANTED)
    assert inside(folder) == {"01_A_vn/AuSep_1_vn_01_A.wav": NOISE}


def test_second_top_folder(packed, folder):
    refused(packed(tar_of(under("Dataset/") | under("Other/"))), folder, "another top folder")


def member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


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
def test_paths_that_lead_out(packed, folder, name):
    refused(packed(tar_of(under("Dataset/"), (member(name), b"evil"))), folder, "leads out of the folder")


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE],
    ids=["symlink", "hard link", "FIFO", "character device", "block device"],
)
@pytest.mark.parametrize("target", ["/etc/passwd", "Dataset/01_A_vn/AuSep_1_vn_01_A.wav"])
def test_members_that_are_no_plain_files(packed, folder, kind, target):
    evil = member("Dataset/01_A_vn/Notes_1_vn_01_A.txt", kind, target)
    refused(packed(tar_of(under("Dataset/"), (evil, b""))), folder, "is a link, a device or a sparse file")


def test_link_to_a_folder_and_a_file_through_it(packed, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = member("Dataset/01_A_vn", tarfile.SYMTYPE, str(tmp_path / "elsewhere"))
    refused(packed(tar_of({}, (link, b""), (member("Dataset/01_A_vn/AuSep_1_vn_01_A.wav"), NOISE))),
            folder, "is a link")  # fmt: skip


def test_sparse_file(packed, folder):
    # GNU's old form: a header that declares 1 TB of holes, of which the archive holds nothing.
    header = bytearray(member("Dataset/01_A_vn/AuSep_1_vn_01_A.wav").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[483:495] = b"%011o\0" % (1 << 32)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    refused(packed(bytes(header) + bytes(1024)), folder, "sparse")


def test_bomb_in_an_unwanted_member(packed, folder):
    bomb = tar_of(under("Dataset/") | {"Dataset/zeros": bytes(3 * module.ALLOWANCE)})
    refused(packed(bomb), folder, "unpacks to over 20 times its size")


def test_bomb_behind_the_end(packed, folder):
    refused(packed(tar_of(WANTED) + bytes(3 * module.ALLOWANCE)), folder, "unpacks to over 20 times")


def test_declared_size_beyond_the_disk(packed, folder):
    evil = member("Dataset/01_A_vn/Vid_01_A_vn.mp4")
    evil.size = 1 << 60
    tar = tar_of(under("Dataset/"))[:-10240] + evil.tobuf() + NOISE
    refused(packed(tar), folder, "free some space", [*WANTED, "01_A_vn/Vid_01_A_vn.mp4"])


def test_disk_that_fills_up(packed, folder, monkeypatch):
    free = len(NOISE) + module.RESERVE
    archive = packed(tar_of(under("Dataset/")))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free - 1))
    refused(archive, folder, "free some space")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free))
    extract(archive, folder, WANTED)
    assert inside(folder) == WANTED


def test_too_many_members(packed, folder, monkeypatch):
    monkeypatch.setattr(module, "MEMBERS", 10)
    files = {f"Dataset/empty{k}": b"" for k in range(11)}
    refused(packed(tar_of(files)), folder, "more than 10")


def test_every_truncation_is_noticed(packed, folder):
    archive = packed(tar_of(under("Dataset/")))
    whole = archive.read_bytes()
    for length in [0, 1, 5, 11, *range(20, len(whole), 997), len(whole) - 8, len(whole) - 1]:
        archive.write_bytes(whole[:length])
        refused(archive, folder, "damaged, cut short or not a .tar.gz")


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_flipped_bit(packed, folder, at):
    archive = packed(tar_of(under("Dataset/")))
    content = bytearray(archive.read_bytes())
    content[int(at * len(content))] ^= 4
    archive.write_bytes(content)
    refused(archive, folder, "damaged")


def test_trailing_garbage(packed, folder):
    archive = packed(tar_of(under("Dataset/")))
    archive.write_bytes(archive.read_bytes() + b"garbage")
    refused(archive, folder, "damaged")


@pytest.mark.parametrize("content", [b"<html>" * 1000, NOISE, b""], ids=["page", "noise", "empty"])
@pytest.mark.parametrize("zipped", [True, False])
def test_not_a_tar(packed, folder, content, zipped):
    archive = packed(content)
    if not zipped:
        archive.write_bytes(content)
    refused(archive, folder, "not a .tar.gz")


def test_broken_header_in_the_middle(packed, folder):
    tar = bytearray(tar_of(under("Dataset/") | {"Dataset/more": random.Random(1).randbytes(100_000)}))
    second = 512 + -(-len(NOISE) // 512) * 512
    assert tar[second : second + 8] == b"Dataset/"
    tar[second + 100] ^= 1
    refused(packed(bytes(tar)), folder, "broken header")


@pytest.mark.parametrize("field", ["GNU.sparse.map", "GNU.sparse.size", "size"])
def test_extended_header_that_makes_no_sense(packed, folder, field):
    info = tarfile.TarInfo("Dataset/" + "long" * 40)
    info.pax_headers = {field: "x"}
    refused(packed(info.tobuf(tarfile.PAX_FORMAT) + NOISE), folder, "damaged")


def test_missing_archive(tmp_path, folder):
    refused(tmp_path / "Dataset.tar.gz", folder, "not found")


def test_folder_that_cannot_be(packed, folder):
    archive = packed(tar_of(under("Dataset/")))
    folder.parent.write_text("a file")
    with pytest.raises(UserError, match="cannot be unpacked"):
        extract(archive, folder, WANTED)


def test_archive_that_is_not_the_recorded_one(packed, folder):
    archive = packed(tar_of(under("Dataset/")))
    enforce(archive, archive.stat().st_size, sha256_of(archive))
    extract(archive, folder, WANTED)
    shutil.rmtree(folder)
    right = sha256_of(archive)
    archive = packed(tar_of(under("Dataset/", dict.fromkeys(WANTED, b"forged"))))
    refused(archive, folder, f"sha256 is {sha256_of(archive)}.*recorded {right}")


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


# The program


def stems_of(tmp_path, pieces=("01_A",)):
    """Inventory of one violin stem for each piece, with all five files."""
    row = dict.fromkeys(COLUMNS, "") | {"track": "1", "instrument": "vn", "slot": "1"}
    row |= {"players": "1", "lead_frames": "0"}
    path = tmp_path / "stems.tsv"
    lines = ["\t".join(COLUMNS)]
    for piece in pieces:
        files = {"audio": f"AuSep_1_vn_{piece}.wav", "notes": f"Notes_1_vn_{piece}.txt"}
        files |= {
            "f0s": f"F0s_1_vn_{piece}.txt",
            "video": f"Vid_{piece}_vn.mp4",
            "score": f"Sco_{piece}_vn.mid",
        }
        line = row | files | {"piece": f"{piece}_vn", "title": piece, "take": piece}
        lines.append("\t".join(line[column] for column in COLUMNS))
    path.write_text("\n".join(lines) + "\n")
    return path


def options(tmp_path, archive, stems):
    words = ("--archive", archive, "--stems", stems, "--folder", tmp_path / "URMP/Dataset",
             "--out", tmp_path / "URMP/manifest.tsv")  # fmt: skip
    return [str(word) for word in words]


def test_files_of_the_inventory():
    files = files_of(read_stems(ROOT / "workflow/resources/stems.tsv"))
    # 149 stems with audio, notes and f0s; 44 pieces with a video and a score.
    assert len(files) == len(set(files)) == 149 * 3 + 44 * 2
    assert "15_Surprise_tpt_tpt_tbn/AuSep_3_tpt_15_Surprise.wav" in files


def test_program_writes_the_manifest(tmp_path, packed, folder, capsys):
    archive = packed(tar_of(under("Dataset/")))
    extract_archive.main(options(tmp_path, archive, stems_of(tmp_path)))
    manifest = pd.read_csv(tmp_path / "URMP/manifest.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert list(manifest.columns) == ["file", "bytes", "sha256"]
    assert len(manifest) == 5
    assert set(manifest.file[manifest.sha256 != ""]) == set(WANTED)
    assert inside(folder) == WANTED
    assert "2 of 5 files" in capsys.readouterr().out


def test_program_refuses_what_a_server_forged(tmp_path, folder):
    evil = tar_of(under("Dataset/"), (member("Dataset/../../../evil"), b"evil"))
    archive = tmp_path / "Dataset.tar.gz"
    with serving(gzip.compress(evil)) as server:
        download(server.url, archive)
    with pytest.raises(SystemExit) as caught:
        run(partial(extract_archive.main, options(tmp_path, archive, stems_of(tmp_path))))
    assert caught.value.code.startswith("error: ")
    assert "leads out" in caught.value.code
    assert not (tmp_path / "URMP/manifest.tsv").exists()
    assert inside(folder) == {}


def test_killed_anywhere_the_next_run_finishes(tmp_path, packed, folder):
    draw = random.Random(2)
    pieces = [f"{k:02d}_A" for k in range(1, 41)]
    stems = stems_of(tmp_path, pieces)
    files = {name: draw.randbytes(200_000) for name in files_of(read_stems(stems))}
    archive = packed(tar_of(under("Dataset/", files)))
    command = [sys.executable, ROOT / "scripts/extract_archive.py", *options(tmp_path, archive, stems)]
    for goal in sorted(draw.sample(range(5, 60), 3)):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while len(list(folder.rglob("*.*"))) < goal and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        # What stands under a final name is whole.
        finished = inside(folder)
        assert all(
            files[name] == content for name, content in finished.items() if not name.startswith(".extracting")
        )
        assert not (tmp_path / "URMP/manifest.tsv").exists()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert inside(folder) == files
