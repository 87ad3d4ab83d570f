"""The run is killed, meets a full or read-only disk, is started twice: nothing is lost or half-written."""

import re
import signal
import subprocess

import pytest
from dag import RESULTS, command, copy_repository, snakemake
from kill20 import differing, endure, points

FRAMES = "features/01_Aria_vn_vc/equal/frames.zip"


@pytest.fixture
def small_disk(finished):
    """The results folder of a run ``small`` on a file system of 300 kB; gives a function that mounts it
    again with other options."""
    folder = finished / "results/small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder]).returncode:
        pytest.skip("mounting a small file system needs root")
    yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


@pytest.fixture
def own(finished):
    """The run ``small``, on the data of the finished one."""
    return {"run": "small", "data": {"name": "custom", "path": f"{RESULTS}/miniurmp"}}


def errors(output):
    return [line for line in output.splitlines() if line.startswith("error:")]


def test_a_run_killed_four_times_ends_like_one_left_alone(finished, tmp_path):
    folder = copy_repository(tmp_path)
    # The last one as soon as an epoch is saved: on a quick machine later is after the training.
    *_, survived = endure(folder, [*points(3, seed=1, seconds=20), (signal.SIGKILL, False, 0, True)])
    assert survived, "the run ended before the last point"
    assert differing(folder, finished) == []
    assert not list((folder / RESULTS / "checkpoints").iterdir())
    continued = [path.read_text() for path in (folder / RESULTS / "logs/train").iterdir()]
    assert any("continues after epoch" in text for text in continued)


def test_a_full_disk_is_one_line_and_the_run_goes_on_once_there_is_space(finished, small_disk, own):
    code, output = snakemake(finished, f"results/small/{FRAMES}", overlay=own)
    assert code != 0 and "Traceback" not in output
    (line,) = errors(output)
    assert f"results/small/{FRAMES}: No space left on device; free some space" in line
    small = finished / "results/small"
    assert not [path for path in small.rglob("*frames*") if path.suffix == ".zip"]
    small_disk("size=30m")
    code, output = snakemake(finished, f"results/small/{FRAMES}", overlay=own)
    assert code == 0, output[-4000:]
    assert (small / FRAMES).read_bytes() == (finished / RESULTS / FRAMES).read_bytes()


def test_a_read_only_disk_is_one_line_and_the_run_goes_on_once_it_is_writable(finished, small_disk, own):
    target = "results/small/features/01_Aria_vn_vc/1/mel.npy"
    small_disk("ro")
    code, output = snakemake(finished, target, overlay=own)
    assert code != 0 and "Traceback" not in output
    (line,) = errors(output)
    assert line.startswith("error: results/small: cannot be written to; make it writable")
    small_disk("rw")
    code, output = snakemake(finished, target, overlay=own)
    assert code == 0, output[-4000:]


def test_a_second_run_in_the_folder_is_refused_and_told_what_to_do(finished):
    target = f"{RESULTS}/figures/figure1.pdf"
    words = command(target, "--forcerun", "draw")
    with subprocess.Popen(
        words, cwd=finished, stdout=subprocess.PIPE, text=True, stderr=subprocess.STDOUT
    ) as first:
        while not re.search(r"^(local)?rule draw:", first.stdout.readline()):
            assert first.poll() is None
        first.send_signal(signal.SIGSTOP)  # so that it cannot end before the second has begun
        code, output = snakemake(finished, target, "--forcerun", "draw")
        first.send_signal(signal.SIGCONT)
        first.communicate()
    assert code != 0 and "Traceback" not in output
    assert "Directory cannot be locked" in output and "--unlock" in output and str(finished) in output
    assert first.returncode == 0 and (finished / target).is_file()
