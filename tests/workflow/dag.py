"""Snakemake as a user runs it, on tiny data, in a copy of the repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
RESULTS = "results/tiny"


def command(*words, cores=2, configs=("configs/tiny.yaml",)):
    """The command that runs the tiny DAG."""
    return [sys.executable, "-m", "snakemake", *words, "--cores", str(cores), "--configfile", *configs]


def snakemake(folder, *words, overlay=None, cores=2):
    """Run Snakemake in ``folder`` with the tiny config, and what ``overlay`` (a dict) changes in it;
    (exit code, everything it printed)."""
    configs = ["configs/tiny.yaml"]
    if overlay:
        (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay))
        configs.append("overlay.yaml")
    done = subprocess.run(
        command(*words, cores=cores, configs=configs),
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


def copy_repository(folder):
    """The files git would commit, and nothing generated."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        elif source.is_symlink() or source.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target)
    return folder
