"""The tiny run that the tests of the DAG share."""

import pytest
from dag import copy_repository, snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A copy of the repository in which the tiny run has finished."""
    folder = copy_repository(tmp_path_factory.mktemp("clone"))
    code, output = snakemake(folder)
    assert code == 0, output[-4000:]
    (folder / "first_run.log").write_text(output)
    return folder
