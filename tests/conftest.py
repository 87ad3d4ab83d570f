"""The tiny run that the tests of the DAG share, and the order in which all tests run."""

import fcntl
import shutil
from pathlib import Path

import pytest
from dag import copy_repository, snakemake

TESTS = Path(__file__).parent
LONGEST = ("slurm", "workflow")


def pytest_collection_modifyitems(items):
    """The longest first: begun last, they would leave the other process of pytest-xdist idle."""
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in LONGEST)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A copy of the repository in which the tiny run has finished.

    Made once; each process of pytest-xdist has a copy, because Snakemake locks the folder it runs in.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "finished").exists():
            folder = copy_repository(tmp_path_factory.mktemp("unfinished"))
            code, output = snakemake(folder)
            assert code == 0, output[-4000:]
            (folder / "first_run.log").write_text(output)
            folder.rename(shared / "finished")
    return shutil.copytree(shared / "finished", base / "clone", symlinks=True)


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of ``finished`` in which a test may run something else under the same name."""
    return shutil.copytree(finished, tmp_path / "run", symlinks=True)
