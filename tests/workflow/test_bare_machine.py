"""Python and make are all that a machine needs: git and whatever else is there may be missing."""

import shutil

from dag import copy_repository, snakemake

# bash runs the rules; the plugin for Slurm, which Snakemake loads wherever it is installed, calls which.
PROGRAMS = ("bash", "which")


def test_the_dag_is_planned_where_hardly_a_program_is(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(programs))
    code, output = snakemake(copy_repository(tmp_path / "clone"), "--dry-run")
    assert code == 0, output[-4000:]
