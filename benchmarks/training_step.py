"""A training step (batch 4, 64 frames): the ResNet inside, in several ways, against cached features.

    python benchmarks/training_step.py --out results/benchmarks/training_step.csv

Each contestant lives in a process of its own, so that its peak memory is its own.
"""

import os
import statistics
import tempfile
from pathlib import Path

import numpy as np
import torch

from harness import alternate, fresh_process, peak_memory, row, save
from vimusic.features.prefetch import load_batches
from vimusic.models.clips import Clips, Stem
from vimusic.errors import run
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.models.regressor import build
from vimusic.options import parser
from vimusic.timebase import TimeBase
from vimusic.models.training import start_processes

BATCH, CLOCK = 4, TimeBase(step=64)
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
    stem = Stem("noise", mel, 0, **video)
    model = build(["video"], finetuned, "none", 512, 0.0, 80, 1024, 512)
    model.fit([stem])
    trunk = model.encoders[0].encoder.trunk if finetuned else None
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
    loss = torch.nn.functional.mse_loss(worker["model"](worker["clips"]), worker["clips"]["mel"])
    worker["optimizer"].zero_grad()
    worker["fabric"].backward(loss)
    worker["optimizer"].step()
    return loss.item()


def memory():
    """Peak memory of this process where it trains, bytes."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else peak_memory()


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--out", required=True, help=".csv")
    options.add_argument("--size", type=int, default=224, help="side of a frame, pixels")
    options.add_argument("--repeats", type=int, default=2)
    options.add_argument("--threads", type=int, default=os.cpu_count())
    options.add_argument("--compile", action="store_true", help="compiled too; that takes minutes on a CPU")
    args = options.parse_args(argv)

    contestants = CONTESTANTS | (COMPILED if args.compile else {})
    processes = {name: fresh_process() for name in contestants}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "frames.zip"
        store_noise(store, args.size)
        for name, process in processes.items():
            process.submit(prepare, store, *contestants[name], args.threads).result()
    print(f"batch {BATCH}, {CLOCK.window} frames of {args.size} pixels, {args.threads} threads", flush=True)
    took = alternate(
        {name: lambda process=process: process.submit(step).result() for name, process in processes.items()},
        args.repeats,
    )
    peak = {name: process.submit(memory).result() / 1e9 for name, process in processes.items()}
    for process in processes.values():
        process.shutdown()
    seconds = {name: statistics.median(each) for name, each in took.items()}

    def against(ours, other):
        note = f"other: {other}; {args.size} pixels, {args.threads} threads"
        return [
            row(f"step: {ours}", seconds[ours], seconds[other], seconds[other] / seconds[ours], "s", note),
            row(f"memory: {ours}", peak[ours], peak[other], peak[other] / peak[ours], "GB", note),
        ]

    pairs = [
        ("cached features", "fine-tuning"),
        ("fine-tuning", "fine-tuning, not channels_last"),
        ("fine-tuning, bf16", "fine-tuning"),
        *((name, "fine-tuning, bf16") for name in COMPILED if args.compile),
    ]
    save(args.out, [each for pair in pairs for each in against(*pair)])


if __name__ == "__main__":
    run(main)
