"""Only wanted files leave an archive, whole or not at all."""

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from functools import partial
from hashlib import sha256
from pathlib import Path

import extract_archive
import pandas as pd
import pytest
from archives import NOISE, WANTED, inside, member, packed, refused, tar_of, under
from hostile_server import serving

from vimusic.data.archive import extract, still_packed
from vimusic.data.checksums import enforce, sha256_of
from vimusic.data.download import download
from vimusic.data.urmp import COLUMNS, files_of, read_stems
from vimusic.errors import UserError, run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "URMP" / "Dataset"


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


def options(tmp_path, archive, stems, pieces=("01_A_vn",)):
    manifests = (tmp_path / "URMP/Dataset" / piece / "manifest.tsv" for piece in pieces)
    return [str(word) for word in ("--archive", archive, "--stems", stems, "--out", *manifests)]


@pytest.mark.parametrize("top", ["Dataset/", "", "./", "./Dataset/", "URMP/Dataset/", "a/b/c/"])
def test_wanted_files_come_out_without_their_top_folder(tmp_path, folder, top):
    others = {f"{top}01_A_vn/AuMix_01_A_vn.wav": b"mix", f"{top}README.txt": b"read me"}
    manifest = extract(packed(tmp_path, tar_of(under(top) | others)), folder, WANTED)
    assert inside(folder) == WANTED
    assert list(manifest.file) == sorted(WANTED)
    assert list(manifest.bytes) == [len(WANTED[name]) for name in manifest.file]
    assert list(manifest.sha256) == [sha256(WANTED[name]).hexdigest() for name in manifest.file]


def test_absent_files_have_an_empty_row(tmp_path, folder):
    wanted = [*WANTED, "02_B_vc/Vid_02_B_vc.mp4"]
    manifest = extract(packed(tmp_path, tar_of(under("Dataset/"))), folder, wanted).set_index("file")
    assert tuple(manifest.loc["02_B_vc/Vid_02_B_vc.mp4"]) == ("", "")
    assert inside(folder) == WANTED


def test_files_of_an_earlier_run_are_replaced_and_others_stay(tmp_path, folder):
    (folder / "01_A_vn").mkdir(parents=True)
    (folder / "01_A_vn/AuSep_1_vn_01_A.wav").write_bytes(b"half")
    (folder / "mine.txt").write_bytes(b"mine")
    extract(packed(tmp_path, tar_of(under("Dataset/"))), folder, WANTED)
    assert inside(folder) == WANTED | {"mine.txt": b"mine"}


def test_of_a_doubled_member_the_last_counts(tmp_path, folder):
    name = "Dataset/01_A_vn/AuSep_1_vn_01_A.wav"
    extract(packed(tmp_path, tar_of({name: b"old"}, (tarfile.TarInfo(name), NOISE))), folder, WANTED)
    assert inside(folder) == {"01_A_vn/AuSep_1_vn_01_A.wav": NOISE}


def test_missing_archive(tmp_path, folder):
    refused(tmp_path / "Dataset.tar.gz", folder, "not found")


def test_folder_that_cannot_be(tmp_path, folder):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    folder.parent.write_text("a file")
    with pytest.raises(UserError, match="cannot be unpacked"):
        extract(archive, folder, WANTED)


def test_archive_that_is_not_the_recorded_one(tmp_path, folder):
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    enforce(archive, archive.stat().st_size, sha256_of(archive))
    extract(archive, folder, WANTED)
    shutil.rmtree(folder)
    right = sha256_of(archive)
    archive = packed(tmp_path, tar_of(under("Dataset/", dict.fromkeys(WANTED, b"forged"))))
    refused(archive, folder, f"sha256 is {sha256_of(archive)}.*recorded {right}")


def test_files_of_the_inventory():
    files = files_of(read_stems(ROOT / "workflow/resources/stems.tsv"))
    # 149 stems with audio, notes and f0s; 44 pieces with a video and a score.
    assert len(files) == len(set(files)) == 149 * 3 + 44 * 2
    assert "15_Surprise_tpt_tpt_tbn/AuSep_3_tpt_15_Surprise.wav" in files


def test_program_unpacks_the_asked_pieces_alone_and_a_later_call_adds(tmp_path, folder, capsys):
    stems = stems_of(tmp_path, ["01_A", "02_B", "03_C"])
    files = {name: name.encode() for name in files_of(read_stems(stems))}
    lost = "01_A_vn/Sco_01_A_vn.mid"
    archive = packed(tmp_path, tar_of(under("Dataset/", {n: c for n, c in files.items() if n != lost})))
    extract_archive.main(options(tmp_path, archive, stems))
    manifest = pd.read_csv(folder / "01_A_vn/manifest.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert list(manifest.columns) == ["file", "bytes", "sha256"]
    assert list(manifest.file) == sorted(name for name in files if name.startswith("01_A"))
    assert list(manifest.file[manifest.sha256 == ""]) == [lost]
    assert {path.name for path in folder.iterdir()} == {"01_A_vn"}
    assert "4 of 5 files" in capsys.readouterr().out
    before = inside(folder)
    extract_archive.main(options(tmp_path, archive, stems, ["01_A_vn", "03_C_vn"]))
    assert {path.name for path in folder.iterdir()} == {"01_A_vn", "03_C_vn"}
    assert inside(folder).items() >= before.items()
    extract_archive.main(options(tmp_path, archive, stems, ["02_B_vn"]))
    assert {path.name for path in folder.iterdir()} == {"01_A_vn", "02_B_vn", "03_C_vn"}


def test_a_piece_is_unpacked_until_the_archive_or_the_inventory_changes(tmp_path, folder):
    wanted = files_of(read_stems(stems_of(tmp_path, ["01_A", "02_B"])))
    archive = packed(tmp_path, tar_of(under("Dataset/")))
    assert still_packed(archive, folder, wanted) == ["01_A_vn", "02_B_vn"]
    extract_archive.main(options(tmp_path, archive, stems_of(tmp_path, ["01_A", "02_B"])))
    assert still_packed(archive, folder, wanted) == ["02_B_vn"]
    assert still_packed(archive, folder, [*wanted, "01_A_vn/one_more.txt"]) == ["01_A_vn", "02_B_vn"]
    os.utime(archive, (2**31, 2**31))
    assert still_packed(archive, folder, wanted) == ["01_A_vn", "02_B_vn"]
    archive.unlink()
    assert still_packed(archive, folder, wanted) == ["01_A_vn", "02_B_vn"]


def test_program_refuses_what_a_server_forged(tmp_path, folder):
    evil = tar_of(under("Dataset/"), (member("Dataset/../../../evil"), b"evil"))
    archive = tmp_path / "Dataset.tar.gz"
    with serving(gzip.compress(evil)) as server:
        download(server.url, archive)
    with pytest.raises(SystemExit) as caught:
        run(partial(extract_archive.main, options(tmp_path, archive, stems_of(tmp_path))))
    assert caught.value.code.startswith("error: ")
    assert "leads out" in caught.value.code
    assert inside(folder) == {}


def test_killed_anywhere_the_next_run_finishes(tmp_path, folder):
    draw = random.Random(2)
    pieces = [f"{k:02d}_A" for k in range(1, 41)]
    stems, names = stems_of(tmp_path, pieces), [f"{piece}_vn" for piece in pieces]
    files = {name: draw.randbytes(200_000) for name in files_of(read_stems(stems))}
    archive = packed(tmp_path, tar_of(under("Dataset/", files)))
    command = [
        sys.executable,
        ROOT / "scripts/data/extract_archive.py",
        *options(tmp_path, archive, stems, names),
    ]
    for goal in sorted(draw.sample(range(5, 60), 3)):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while (
            sum(len(names) for *_, names in os.walk(folder)) < goal
            and process.poll() is None
            and time.monotonic() < until
        ):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        # What stands under a final name is whole.
        finished = inside(folder)
        assert all(
            files[name] == content for name, content in finished.items() if not name.startswith(".extracting")
        )
        assert not list(folder.glob("*/manifest.tsv"))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    manifests = {f"{name}/manifest.tsv" for name in names}
    assert {name: data for name, data in inside(folder).items() if name not in manifests} == files
