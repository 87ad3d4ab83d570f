"""A refusing disk is one line, and nothing is left behind."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import soundfile
import torch

from vimusic.errors import UserError, run, whole_file

NOISE = np.random.default_rng(0).normal(0, 0.1, (200, 600))
WRITERS = {
    ".npy": lambda path: np.save(path, NOISE),
    ".npz": lambda path: np.savez(path, noise=NOISE),
    ".csv": lambda path: pd.DataFrame(NOISE).to_csv(path),
    ".wav": lambda path: soundfile.write(path, NOISE.ravel(), 22050),
    ".png": lambda path: cv2.imwrite(str(path), (NOISE * 2550).astype(np.uint8)),
    ".pt": lambda path: torch.save(torch.from_numpy(NOISE), path),
}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_is_ended_leaves_nothing(tmp_path, sent):
    """Also where Ctrl-C is ignored, as in the background of a script."""
    program = f"""
import signal, sys, time
if {int(sent)} == signal.SIGTERM:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
from vimusic.errors import run, whole_file
def main():
    with whole_file({str(tmp_path / "a.txt")!r}) as temporary:
        temporary.write_text("half")
        print("begun", flush=True)
        time.sleep(60)
run(main)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "begun\n"
        process.send_signal(sent)
        assert process.communicate(timeout=30)[1] == "interrupted\n"
    assert process.returncode == 1
    assert list(tmp_path.iterdir()) == []


@contextmanager
def full_disk():
    """No file may grow over 40 kB; not a fixture, under which pytest's own report could not grow either."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_disk_that_takes_no_more_is_one_line_and_the_old_file_stays(tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    path.write_text("old")
    with pytest.raises(UserError) as caught, full_disk(), whole_file(path) as temporary:
        if WRITERS[suffix](temporary) is False:  # OpenCV's way to fail
            raise ValueError
    assert str(caught.value).startswith(f"{path}: File too large; ") and "\n" not in str(caught.value)
    assert [path] == list(tmp_path.iterdir()) and path.read_text() == "old"


def test_a_folder_that_takes_nothing_is_one_line():
    path = Path("/sys/vimusic/result.npy")  # not even root can write there
    with pytest.raises(UserError, match=rf"^{path}: .+; .+, then run again$"), whole_file(path):
        pass


def test_a_fault_that_is_not_the_disks_keeps_its_traceback(tmp_path):
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "result.npy"):
        _ = 1 / 0
    with pytest.raises(FileNotFoundError):
        run(lambda: (tmp_path / "missing").read_text())
    assert not list(tmp_path.iterdir())


def test_an_interrupt_is_one_line():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit, match=r"^interrupted$"):
        run(interrupted)


def test_a_refusal_outside_a_result_is_one_line_too(tmp_path):
    folder = Path("/sys/vimusic")
    with pytest.raises(SystemExit, match=rf"^error: {folder}: .+; .+, then run again$"):
        run(folder.mkdir)


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    others = [tmp_path / name for name in (".a.b.77.npy", ".a.77.npz", "a.77.npy", ".b.77.npy")]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    running = tmp_path / f".a.{os.getppid()}.npy"  # of a job that outlived its Snakemake
    for path in (tmp_path / f".a.{ended.pid}.npy", running, *others):
        path.touch()
    with whole_file(tmp_path / "a.npy") as temporary:
        temporary.touch()
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a.npy", running, *others])
