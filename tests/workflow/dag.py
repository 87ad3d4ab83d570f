"""Snakemake as a user runs it, on tiny data, in a copy of the repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
RESULTS = "results/tiny"
GENERATED = {".git", ".venv", ".snakemake", ".pytest_cache", ".ruff_cache", ".hypothesis", "results", "data"}


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
    """The project's own files, and nothing generated: by name, because git may be missing."""

    def generated(place, names):
        return {"__pycache__"}.union(GENERATED if Path(place) == ROOT else ()).intersection(names)

    return shutil.copytree(ROOT, folder, ignore=generated, dirs_exist_ok=True)
