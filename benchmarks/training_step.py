"""A training step (batch 4, 64 frames): the ResNet inside, in several ways, against cached features.

    python benchmarks/training_step.py --out results/benchmarks/training_step.csv

Each contestant lives in a process of its own, so that its peak memory is its own. ``--compiled`` adds one,
which takes minutes on a CPU.
"""

import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from harness import alternate, fresh_process, peak_memory, row, save
from material import PAPER
from vimusic.errors import run
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.features.prefetch import load_batches
from vimusic.models.clips import Clips, Seen, Stem
from vimusic.models.regressor import build
from vimusic.models.training import start_processes
from vimusic.options import program

BATCH, CLOCK = 4, replace(PAPER.clock, step=64)
FRAMES = BATCH * CLOCK.window + 1

CONTESTANTS = {  # finetuned, channels_last, precision, compiled
    "cached features": (False, True, "32-true", False),
    "fine-tuning": (True, True, "32-true", False),
    "fine-tuning, not channels_last": (True, False, "32-true", False),
    "fine-tuning, bf16": (True, True, "bf16-mixed", False),
}
COMPILED = {"fine-tuning, bf16, compiled": (True, True, "bf16-mixed", True)}

worker = {}  # of a contestant's process: what a step needs


def store_noise(path, size):
    """A frame store of ``BATCH`` clips of noise at ``path``."""
    rng = np.random.default_rng(0)
    with FrameWriter(path) as store:
        for _ in range(FRAMES):
            store.append(1, rng.integers(0, 256, (size, size, 3), np.uint8))


def prepare(store, finetuned, channels_last, precision, compiled, threads):
    """Build the paper's vision model and a batch, of ``store`` or of embeddings, in this process."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    mel = rng.normal(-10, 3, (round(FRAMES * CLOCK.mels_per_frame), 80)).astype(np.float32)
    if finetuned:
        video = {"frames": FrameStore(store, 1)}
    else:
        video = {"visual": rng.normal(size=(FRAMES, 512)).astype(np.float32)}
    stem = Stem(Seen("noise", len(mel), 0, **video), mel)
    model = build(replace(PAPER, finetune=finetuned))
    model.fit([stem])
    trunk = model.inputs[0].encoder.trunk if finetuned else None
    if not channels_last:
        trunk.to(memory_format=torch.contiguous_format)
        trunk.register_forward_pre_hook(lambda _, images: (images[0].contiguous(),))
    if compiled:
        trunk.compile()
    fabric = start_processes(1, precision, BATCH)
    model, optimizer = fabric.setup(model, torch.optim.Adam(model.parameters(), lr=1e-4))
    clips = next(load_batches(Clips([stem], CLOCK).batch, [range(BATCH)], 1, fabric.device))
    worker.update(fabric=fabric, model=model, optimizer=optimizer, clips=clips)


def step():
    """One step of ``training.train``; the loss, which waits for the device."""
    clips = dict(worker["clips"])
    mel = clips.pop("mel")
    loss = torch.nn.functional.mse_loss(worker["model"](clips), mel)
    worker["optimizer"].zero_grad()
    worker["fabric"].backward(loss)
    worker["optimizer"].step()
    return loss.item()


def memory():
    """Peak memory of this process where it trains, bytes."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else peak_memory()


@program
def main(out: Path, size: int = 224, repeats: int = 2, threads: int = os.cpu_count(), compiled: bool = False):
    contestants = CONTESTANTS | (COMPILED if compiled else {})
    processes = {name: fresh_process() for name in contestants}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "frames.zip"
        store_noise(store, size)
        for name, process in processes.items():
            process.submit(prepare, store, *contestants[name], threads).result()
    print(f"batch {BATCH}, {CLOCK.window} frames of {size} pixels, {threads} threads", flush=True)
    took = alternate(
        {name: lambda process=process: process.submit(step).result() for name, process in processes.items()},
        repeats,
    )
    peak = {name: process.submit(memory).result() / 1e9 for name, process in processes.items()}
    for process in processes.values():
        process.shutdown()
    seconds = {name: statistics.median(each) for name, each in took.items()}

    def against(ours, other):
        note = f"other: {other}; {size} pixels, {threads} threads"
        return [
            row(f"step: {ours}", seconds[ours], seconds[other], seconds[other] / seconds[ours], "s", note),
            row(f"memory: {ours}", peak[ours], peak[other], peak[other] / peak[ours], "GB", note),
        ]

    pairs = [
        ("cached features", "fine-tuning"),
        ("fine-tuning", "fine-tuning, not channels_last"),
        ("fine-tuning, bf16", "fine-tuning"),
        *((name, "fine-tuning, bf16") for name in COMPILED if compiled),
    ]
    save(out, [each for pair in pairs for each in against(*pair)])


if __name__ == "__main__":
    run(main)
