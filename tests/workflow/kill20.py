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
from contextlib import suppress
from pathlib import Path

from dag import RESULTS, command, copy_repository, snakemake
from safetensors.numpy import load_file

UNLIKE = re.compile(r"(logs|benchmarks)/.*|report\.html")  # these hold measured seconds


def points(count, seed, seconds):
    """``count`` of (signal, only Snakemake, delay, in training): SIGKILL and Ctrl-C in turn, half inside
    training, half of the SIGKILLs to Snakemake alone, whose running jobs live on.

    The delay in seconds counts from the start of a run that takes ``seconds`` or, in training, from the
    end of an epoch.
    """
    draw = random.Random(seed)
    for index in range(count):
        training = index % 4 in (1, 2)
        blow = (signal.SIGKILL, signal.SIGINT)[index % 2]
        delay = draw.uniform(0, 0.3) if training else draw.uniform(3, seconds)
        yield blow, index % 8 in (0, 6), delay, training


def contents(folder):
    """name -> what two runs must have in common of every result: its bytes, or a model's tensors' bytes
    (torch's archives hold the number of the process that wrote them)."""
    results = folder / RESULTS
    files = {str(path.relative_to(results)): path for path in results.rglob("*") if path.is_file()}
    return {
        name: tensors(path) if path.name == "model.safetensors" else path.read_bytes()
        for name, path in files.items()
        if not UNLIKE.fullmatch(name)
    }


def tensors(path):
    """name -> bytes of every tensor of a trained model."""
    return {name: values.tobytes() for name, values in load_file(path).items()}


def differing(folder, reference):
    """Names of results that only one of two runs has, or that differ."""
    ours, theirs = contents(folder), contents(reference)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def epochs(folder):
    """What identifies the state of every unfinished training."""
    saved = (folder / RESULTS / "checkpoints").glob("[!.]*.pt")
    return {(path.name, path.stat().st_mtime_ns) for path in saved}


def interrupt(folder, blow, only, delay, training):
    """Start the run and stop it, with all its processes or ``only`` Snakemake; (its exit code if it ended
    before, else None; its process group)."""
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
            return process.wait(delay), process.pid
        except subprocess.TimeoutExpired:
            (os.kill if only else os.killpg)(process.pid, blow)
            process.wait()
    if blow == signal.SIGKILL:
        snakemake(folder, "--unlock")
    return None, process.pid


def outlast(group):
    """Wait for the jobs that outlived their Snakemake."""
    with suppress(ProcessLookupError):
        while True:
            os.killpg(group, 0)
            time.sleep(0.2)


def endure(folder, blows):
    """Interrupt the run in ``folder`` at each of ``blows`` and let it finish.

    A run that ends before its next point is started anew; yields the points it has survived each time it
    has finished.
    """
    survived, groups = [], []
    for blow, only, delay, training in blows:
        while True:
            code, group = interrupt(folder, blow, only, delay, training)
            groups.append(group)
            if code is None:
                break
            finish(folder, groups)
            yield survived
            shutil.rmtree(folder / RESULTS)
            survived = []
        whom = f"{blow.name}{' of Snakemake alone' if only else ''}"
        survived.append(f"{whom} {delay:.2f} s {'after an epoch' if training else 'after the start'}")
    finish(folder, groups)
    yield survived


def finish(folder, groups=()):
    """Let the run finish, and what is left of the process ``groups`` of earlier ones."""
    code, output = snakemake(folder)
    assert code == 0, output[-4000:]
    for group in groups:
        outlast(group)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--points", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, reference = (copy_repository(Path(place, name)) for name in ("killed", "alone"))
        begun = time.monotonic()
        finish(reference)
        seconds = time.monotonic() - begun
        recovered = 0
        for survived in endure(folder, points(args.points, args.seed, seconds)):
            unlike = differing(folder, reference)
            print(*survived, f"finished; differing results: {unlike or 'none'}", sep="\n", flush=True)
            recovered += 0 if unlike else len(survived)
    print(f"{recovered} of {args.points} recovered")
    return recovered != args.points


if __name__ == "__main__":
    raise SystemExit(main())
