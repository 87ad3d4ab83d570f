"""Kill the tiny run at random points, restart it as the README says, compare it with one left alone.

    python tests/workflow/kill20.py [--points 20] [--seed 0]

Prints each point and "20 of 20 recovered".
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from dag import RESULTS, command, copy_repository, snakemake

# These hold measured seconds or, in torch's archives, the number of the process that wrote them.
UNLIKE = re.compile(r"(logs|benchmarks)/.*|.*/model\.pt|report\.html")


def points(count, seed):
    """``count`` pairs (signal, delay, in training): SIGKILL and Ctrl-C in turn, half inside training.

    The delay in seconds counts from the start or, in training, from the end of an epoch.
    """
    draw = random.Random(seed)
    for index in range(count):
        training = index % 4 in (1, 2)
        blow = (signal.SIGKILL, signal.SIGINT)[index % 2]
        yield blow, draw.uniform(0, 0.3) if training else draw.uniform(3, 20), training


def contents(folder):
    """name -> bytes of every result that two runs must have in common."""
    results = folder / RESULTS
    files = {str(path.relative_to(results)): path for path in results.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not UNLIKE.fullmatch(name)}


def differing(folder, reference):
    """Names of results that only one of two runs has, or that differ."""
    ours, theirs = contents(folder), contents(reference)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def epochs(folder):
    """What identifies the state of every unfinished training."""
    saved = (folder / RESULTS / "checkpoints").glob("[!.]*.pt")
    return {(path.name, path.stat().st_mtime_ns) for path in saved}


def interrupt(folder, blow, delay, training):
    """Start the run and stop it with all its processes; its exit code if it ended before, else None."""
    before = epochs(folder)
    with (folder / "interrupted.log").open("w") as log:
        process = subprocess.Popen(
            command(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A background job of a shell ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        while training and process.poll() is None and epochs(folder) <= before:
            time.sleep(0.005)
        try:
            return process.wait(delay)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, blow)
            process.wait()
    if blow == signal.SIGKILL:
        snakemake(folder, "--unlock")
    return None


def endure(folder, blows):
    """Interrupt the run in ``folder`` at each of ``blows`` and let it finish.

    A run that ends before its next point is started anew; yields the points it has survived each time it
    has finished.
    """
    survived = []
    for blow, delay, training in blows:
        while interrupt(folder, blow, delay, training) is not None:
            finish(folder)
            yield survived
            shutil.rmtree(folder / RESULTS)
            survived = []
        survived.append(f"{blow.name} {delay:.2f} s {'after an epoch' if training else 'after the start'}")
    finish(folder)
    yield survived


def finish(folder):
    """Let the run finish."""
    code, output = snakemake(folder)
    assert code == 0, output[-4000:]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--points", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, reference = (copy_repository(Path(place, name)) for name in ("killed", "alone"))
        finish(reference)
        recovered = 0
        for survived in endure(folder, points(args.points, args.seed)):
            unlike = differing(folder, reference)
            print(*survived, f"finished; differing results: {unlike or 'none'}", sep="\n", flush=True)
            recovered += 0 if unlike else len(survived)
    print(f"{recovered} of {args.points} recovered")
    return recovered != args.points


if __name__ == "__main__":
    raise SystemExit(main())
