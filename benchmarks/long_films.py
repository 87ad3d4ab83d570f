"""Films of any length to films with sound: times real time, and memory, which should not grow (paper 3.5).

python benchmarks/long_films.py --out results/benchmarks/long_films.csv    (ten minutes)

``--minutes 1 10 60`` adds an hour of film, which takes an hour, and 6 GB of disk.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import torch
from mido import Message, MetaMessage, MidiFile, MidiTrack

from harness import ROOT, row, save
from material import PAPER, duet
from vimusic.models.regressor import build
from vimusic.models.regressor import save as save_model
from vimusic.options import program
from vimusic.settings import ARITHMETICS

PLAYERS = {"Violin": (40, 67), "Trumpet": (56, 60)}  # General MIDI's program, lowest note
SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
BEAT = 480  # ticks, half a second
MB = 1 << 20


def write_score(path, seconds):
    """A scale up, over and over, by each of the ``PLAYERS``, two notes a second: a MIDI file."""
    score = MidiFile(ticks_per_beat=BEAT)
    for name, (program_number, lowest) in PLAYERS.items():
        track = MidiTrack([MetaMessage("track_name", name=name)])
        track.append(Message("program_change", program=program_number))
        for k in range(2 * seconds):
            pitch = lowest + SCALE[k % len(SCALE)]
            track.append(Message("note_on", note=pitch, velocity=80, time=BEAT // 8))
            track.append(Message("note_off", note=pitch, time=BEAT - BEAT // 8))
        score.tracks.append(track)
    score.save(path)


def write_eyes(path):
    """The paper's vision model with drawn weights: what it sees costs what trained weights' would."""
    torch.manual_seed(0)
    recipe = replace(PAPER, heard=())
    save_model(path, recipe, build(recipe).state_dict())


def measured(words):
    """(seconds, seconds of the processor, peak memory in bytes) of ``vimusic sonify`` with ``words``."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "vimusic", "sonify", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    peak = 0
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            # Its own high-water mark: wait4's is that of the largest of it, its parent and FFmpeg.
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
            peak = max(peak, int(found[1]) * 1024 if found else 0)
            time.sleep(0.2)
        took = time.perf_counter() - begun
        told.seek(0)
        said = told.read()
        print(said.strip().splitlines()[-1], flush=True)
        if status:
            sys.exit(said)
    return took, usage.ru_utime + usage.ru_stime, peak


@program
def main(
    out: Path,
    minutes: Annotated[list[int], "lengths of the films"] = [1, 10],  # noqa: B006
    models: Annotated[list[str], "voice and eyes"] = ["voice", "eyes"],  # noqa: B006
    arithmetic: Literal["auto", *ARITHMETICS] = "auto",
    scratch: Annotated[Path | None, "folder for the films"] = None,
):
    rows = []
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = Path(name)
        write_eyes(folder / "model.safetensors")
        peaks = {model: {} for model in models}
        for length in minutes:
            film, source = duet(folder, 60 * length)
            write_score(folder / "score.mid", 60 * length)
            ways = {
                "voice": ["--midi", folder / "score.mid"],
                "eyes": ["--model", folder, "--players", 2, "--arithmetic", arithmetic],
            }
            for model in models:
                took, busy, peaks[model][length] = measured([film, *ways[model], "-o", folder / "heard.mp4"])
                told = f"{source} film of 2 players, {busy:.0f} s of the processor"
                told += (
                    f", load {os.getloadavg()[1]:.1f}; peak {peaks[model][length] / MB:.0f} MB"
                    + f"; {arithmetic}" * (model == "eyes")
                )
                name = f"sonify {length} min of 1080p, {model}"
                rows.append(
                    row(name, took, 60.0 * length, 60 * length / took, "s", f"other: real time; {told}")
                )
                save(out, rows)
        for model, found in peaks.items():
            (short, less), (long, more) = min(found.items()), max(found.items())
            note = f"other: {short} min; {(more - less) / MB:+.0f} MB"
            rows.append(row(f"memory for {long} min, {model}", more / MB, less / MB, less / more, "MB", note))
    save(out, rows)


if __name__ == "__main__":
    main()
