"""What the DAG itself costs: Snakemake per job, start-up of the scripts, growth to 100 times URMP's stems.

python benchmarks/scaling.py --out results/benchmarks/scaling.csv (six minutes)

The rules are the real ones, from a folder of small stand-in files. In the real runs ``python`` is a stand-in
too: a shell script that writes a job's outputs and nothing into them, so the time left is Snakemake's.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import matplotlib
import pandas as pd

from harness import ROOT, row, save
from vimusic.data.urmp import COLUMNS
from vimusic.options import program

matplotlib.use("Agg")
import matplotlib.pyplot as plt

URMP = ROOT / "workflow/resources/stems.tsv"
PLANNED = [1, 10, 100]  # times URMP's 149 stems: dry runs
EXECUTED = [1, 10]  # real runs; 100 on request: it takes most of an hour
CORES = 2
SCHEDULER = ["--scheduler", "greedy", "--scheduler-subsample", "100"]  # as in the profiles
PIECE = "01_Aria_vn_vc"  # of mini-URMP, 5 s long: a job on it is hardly more than its start-up
PER_STEM, PER_PIECE = (
    ("extract_mel", "align_midi", "extract_roll"),
    ("validate_piece", "crop_frames", "encode_frames"),
)
# The work of a full reproduction on two cores, s. A minute of stem, in each of two crops: 13 s to crop
# (docs/urmp.md), 1800 frames at 50 a second to encode. Training: eight rows, 200 epochs of 5,940 clips of 64
# frames at 0.026 s.
FEATURES = 4.4 * 60 * 2 * (13 + 1800 / 50)
TRAINING = 8 * 200 * 5940 * 0.026
STUB = """#!/bin/sh
# Writes the files that follow the options which name outputs.
while [ $# -gt 0 ]; do
  case "$1" in --out|--length|--contact) [ -e "$2" ] || echo x > "$2" ;; esac
  shift
done
"""


def stand_in(folder, times):
    """The repository's rules in ``folder``, with ``times`` copies of URMP's inventory and files of a byte."""
    folder.mkdir()
    for name in ("Snakefile", "config.yaml", "workflow", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    urmp = pd.read_csv(URMP, sep="\t", dtype=str, keep_default_na=False)
    copies = []
    for k in range(times):
        copies.append(urmp.assign(piece=urmp.piece + f"_{k}", title=urmp.title + f"_{k}")[COLUMNS])
    stems = pd.concat(copies)
    stems.to_csv(folder / "stems.tsv", sep="\t", index=False)
    for stem in stems.itertuples():
        piece = folder / "data" / stem.piece
        piece.mkdir(parents=True, exist_ok=True)
        for name in (stem.audio, stem.notes, stem.f0s, stem.video):
            (piece / name).write_text("x")
    binaries = folder / "bin"
    binaries.mkdir()
    (binaries / "python").write_text(STUB)
    (binaries / "python").chmod(0o755)
    return len(stems)


def snakemake(folder, *words, stub=False):
    """Run Snakemake in ``folder``: (seconds, peak bytes, jobs)."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(CORES), *SCHEDULER, *words]
    path = f"{folder / 'bin'}:{os.environ['PATH']}" if stub else os.environ["PATH"]
    with (folder / "printed.log").open("w+") as printed:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"PATH": path}, stdout=printed, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        printed.seek(0)
        text = printed.read()
    if status:
        raise SystemExit(text[-2000:])
    jobs = int(re.search(r"^total\s+(\d+)", text, re.MULTILINE)[1])
    return seconds, usage.ru_maxrss * 1024, jobs


def growth(folder, executed):
    """A table of how time (s) and peak memory (bytes) grow with the number of stems; real runs of those
    ``executed`` times URMP's."""
    target = ["features", "--quiet", "rules", "--config", "data={name: urmp, path: data, stems: stems.tsv}"]
    measured = []
    for times in PLANNED:
        place = folder / str(times)
        stems = stand_in(place, times)
        for kind in ("dry run", "real run"):
            if kind == "real run" and times not in executed:
                continue
            words = ["--dry-run"] if kind == "dry run" else []
            seconds, memory, jobs = snakemake(place, *target, *words, stub=True)
            print(f"{kind}, {stems} stems: {jobs} jobs, {seconds:.1f} s, {memory / 1e6:.0f} MB", flush=True)
            measured.append((kind, stems, jobs, seconds, memory))
    return pd.DataFrame(measured, columns=["kind", "stems", "jobs", "seconds", "memory"])


def start_up(folder):
    """rule -> seconds of a job on the shortest piece: what it takes before there is work to do."""
    folder.mkdir()
    for name in ("Snakefile", "config.yaml", "configs", "workflow", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    features = f"results/tiny/features/{PIECE}"
    targets = [f"{features}/{name}" for name in ("validation.tsv", "equal/resnet18.npz", "1/roll.npy")]
    snakemake(folder, *targets, "--configfile", "configs/tiny.yaml")
    tables = folder / "results/tiny/benchmarks"
    seconds = {}
    for rule in PER_STEM + PER_PIECE:
        [path] = (tables / rule).glob("*.tsv")
        seconds[rule] = float(pd.read_csv(path, sep="\t").s.iloc[0])
        print(f"{rule}: {seconds[rule]:.2f} s a job", flush=True)
    return seconds


def draw(table, path):
    """Time and memory against the number of stems, with straight lines that grow as the stems do."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for kind, runs in table.groupby("kind"):
        left.loglog(runs.stems, runs.seconds, "o-", label=kind)
        right.loglog(runs.stems, runs.memory / 1e6, "o-", label=kind)
    dry = table[table.kind == "dry run"]
    ends = dry.stems.iloc[[0, -1]]
    left.loglog(ends, dry.seconds.iloc[-1] * ends / ends.iloc[-1], "k:", label="as many times the stems")
    right.loglog(ends, dry.memory.iloc[-1] / 1e6 * ends / ends.iloc[-1], "k:")
    left.set(xlabel="stems", ylabel="time / s")
    right.set(xlabel="stems", ylabel="peak memory of Snakemake / MB")
    left.legend(frameon=False)
    figure.savefig(path, dpi=150)


def per_stem(table, kind):
    """Row of the table: seconds a stem in the largest run against the one before."""
    small, large = table[table.kind == kind].iloc[-2:].itertuples()
    ours, other = large.seconds / large.stems, small.seconds / small.stems
    note = (
        f"ours: {large.stems} stems ({large.jobs} jobs, {large.seconds:.0f} s, {large.memory / 1e6:.0f} MB), "
        f"other: {small.stems} stems ({small.seconds:.0f} s, {small.memory / 1e6:.0f} MB); 1 is linear"
    )
    return row(f"{kind} of the DAG, a stem", ours, other, other / ours, "s", note)


@program
def main(
    out: Path,
    figure: Path = ROOT / "docs/scaling.png",
    full: Annotated[bool, "a real run of 14,900 stems too"] = False,
):
    with tempfile.TemporaryDirectory() as folder:
        starting = start_up(Path(folder) / "tiny")
        table = growth(Path(folder), PLANNED if full else EXECUTED)
    draw(table, figure)
    rows = [per_stem(table, kind) for kind in ("dry run", "real run")]
    run = table[table.kind == "real run"].iloc[-1]
    overhead = run.seconds / run.jobs
    urmp = pd.read_csv(URMP, sep="\t")
    jobs = {rule: len(urmp) for rule in PER_STEM} | {rule: urmp.piece.nunique() for rule in PER_PIECE}
    mean = sum(count * starting[rule] for rule, count in jobs.items()) / sum(jobs.values())
    count = int(table[table.kind == "real run"].jobs.iloc[0])
    note = "ours: Snakemake's own, stand-in jobs; other: mean start-up of a script, 5 s piece"
    rows.append(row("DAG: overhead of a job", overhead, mean, mean / overhead, "s", note))
    lost = count * (mean / CORES + overhead)
    for name, work in {"the features": FEATURES, "a full reproduction": FEATURES + TRAINING}.items():
        share = 100 * lost / (lost + work)
        note = f"{lost:.0f} s in {count} jobs of URMP's features; work {work:.0f} s; other: target"
        rows.append(row(f"overhead and start-up, share of {name}", share, 5.0, 5 / share, "%", note))
    save(out, rows)


if __name__ == "__main__":
    main()
