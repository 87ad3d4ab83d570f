"""What the benchmarks share: contestants in alternation, a fresh process for each, rows of the table."""

import csv
import multiprocessing
import re
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from vimusic.errors import whole_file  # noqa: E402

COLUMNS = ["name", "ours", "other", "ratio", "unit", "note"]


def alternate(contestants, repeats):
    """Seconds of each run of each contestant: name -> list of ``repeats``.

    ``contestants`` maps names to callables. Each runs once to warm up, then all run in turn,
    so that a machine that slows down slows all of them. Prints the medians.
    """
    for run in contestants.values():
        run()
    seconds = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, run in contestants.items():
            begun = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begun)
    for name, each in seconds.items():
        print(f"{name}: {statistics.median(each):.4g} s, median of {repeats}", flush=True)
    return seconds


def fresh_process():
    """A worker process that has imported nothing yet: an executor, for contestants that hold memory."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def peak_memory():
    """Largest resident memory so far of the process that asks, bytes (Linux).

    Not getrusage's, which a new process inherits from the one that starts it.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024


def row(name, ours, other, ratio, unit, note):
    """A row of the table: ``ours`` and ``other`` in ``unit``; a ``ratio`` above 1: ours is better."""
    return dict(zip(COLUMNS, (name, ours, other, ratio, unit, note), strict=True))


def save(path, rows):
    """Write ``rows`` as csv, four significant digits, and print them."""
    with whole_file(path) as temporary, temporary.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for each in rows:
            digits = {k: f"{v:.4g}" if isinstance(v, float) else v for k, v in each.items()}
            table.writerow(digits)
            print("{name}: {ours} | {other} {unit}, ratio {ratio} ({note})".format(**digits), flush=True)
