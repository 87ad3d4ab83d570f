"""Training: Adam on the loss of the model's output, the validation split picks the weights (paper 3.4).

Lightning Fabric moves the same few lines to CPU, one GPU or several, in any precision.
"""

import math
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment, SLURMEnvironment
from torch import nn
from tqdm import tqdm

from vimusic.errors import UserError, whole_file
from vimusic.features.prefetch import load_batches
from vimusic.models.clips import TRUTH, Clips, Stem
from vimusic.timebase import TimeBase

ORDER, DROPOUT = 0, 1  # streams of random numbers


def start_processes(devices: int, precision: str, batch_size: int) -> Fabric:
    """A launched Fabric of ``devices`` processes on this node, one device each.

    Where ``srun`` has started several tasks, on one node or more, they are the processes. A step of one
    task, which is what Snakemake submits, starts its own, as does a program in an allocation without srun.

    Raises
    ------
    UserError
        ``batch_size`` clips do not split evenly among the processes, or srun's tasks are not ``devices``
        a node.
    """
    tasks = int(os.environ.get("SLURM_STEP_NUM_TASKS", 1))
    if tasks > 1 and os.environ.get("SLURM_NTASKS_PER_NODE") != str(devices):
        raise UserError(f"srun: {tasks} tasks; give it --ntasks-per-node={devices}, one for each device")
    nodes = int(os.environ.get("SLURM_NNODES", 1)) if tasks > 1 else 1
    if batch_size % (devices * nodes):
        raise UserError(
            f"training.batch_size: {batch_size} clips do not split evenly among {devices * nodes} processes; "
            "set it, or own: {training.batch_size: ...} of a variant whose output has one of its own"
        )
    environment = SLURMEnvironment() if tasks > 1 else LightningEnvironment()
    fabric = Fabric(
        accelerator="auto", devices=devices, num_nodes=nodes, precision=precision, plugins=environment
    )
    fabric.launch()
    if fabric.device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True  # every step has the same shapes
    return fabric


def derived(seed: int, epoch: int, stream: int, rank: int = 0) -> int:
    """Seed of one stream of random numbers of an epoch. By a SeedSequence, because sums of these
    overlap: seed 1 would see in epoch 0 what seed 0 sees in epoch 1."""
    return int(np.random.SeedSequence([seed, epoch, stream, rank]).generate_state(1, np.uint64)[0] >> 1)


def rate(peak: float, schedule: str, at: float) -> float:
    """Learning rate when the share ``at`` in [0, 1) of a training is done.

    ``constant`` is ``peak`` throughout; ``one_cycle`` (Smith 2018) rises from a 25th of it over the first
    30 % and falls to a 250,000th, along half a cosine each.
    """
    if schedule == "constant":
        return peak
    low, high, share = (peak / 25, peak, at / 0.3) if at < 0.3 else (peak / 25e4, peak, (1 - at) / 0.7)
    return low + (high - low) * (1 - math.cos(math.pi * share)) / 2


def share(
    order: list[int], batch_size: int, rank: int, processes: int
) -> tuple[list[list[int]], list[list[int]]]:
    """Batches of ``order`` (a list of clips), and of each the part that process ``rank`` works on.

    A last batch that does not split evenly is repeated until it does, so that the mean of the processes'
    means is the batch's mean, and gradients are those of one process.
    """
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    repeats = [processes // math.gcd(len(batch), processes) for batch in batches]
    parts = [(batch * times)[rank::processes] for batch, times in zip(batches, repeats, strict=True)]
    return batches, parts


def mean_loss(fabric: Fabric, losses: list[torch.Tensor], batches: list[list[int]]) -> float:
    """Mean over clips of the ``losses`` of ``batches``, each () a mean over this process's part."""
    sizes = torch.tensor([len(batch) for batch in batches], dtype=torch.float64, device=fabric.device)
    losses = fabric.all_reduce(torch.stack(losses).double(), reduce_op="mean")
    return ((losses * sizes).sum() / sizes.sum()).item()


def check_finite(
    fabric: Fabric,
    losses: list[torch.Tensor],
    each: list[torch.Tensor],
    parts: list[list[int]],
    clips: Clips,
    when: str,
) -> None:
    """Stop where a loss of this pass, or of another process's, is no finite number.

    Parameters
    ----------
    losses : of each batch, ().
    each : of each clip of it, (B,).
    parts : the numbers of these clips among ``clips``.

    Raises
    ------
    UserError
        Names the first such clip, or the worst of its batch; on the first process. The others just end.
    """
    wrong = (~torch.stack(losses).isfinite()).nonzero()
    found = [len(losses), -1]  # beyond the last batch: none
    if len(wrong):
        found[0] = int(wrong[0])
        found[1] = parts[found[0]][int(each[found[0]].nan_to_num(float("inf")).argmax())]
    every = fabric.all_gather(torch.tensor(found, device=fabric.device)).view(-1, 2)
    first, clip = min(every.tolist())
    if first == len(losses):
        return
    if not fabric.is_global_zero:
        sys.exit()  # with an error it would take the first process down before that has said why
    stem, window = clips.clips[clip]
    raise UserError(
        f"{when}: the loss of the clip of {stem.seen.name} at video frame {window.frame} is not a number; "
        "lower training.learning_rate, or look at the features of this stem"
    )


def train(
    model: nn.Module,
    stems: dict[str, list[Stem]],
    timebase: TimeBase,
    resume: Path,
    label: str,
    *,
    seed: int,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    schedule: str,
    clip_norm: float,
    offsets: str,
    precision: str,
    devices: int,
    threads: int,
) -> tuple[dict[str, torch.Tensor], list[dict[str, Any]]] | None:
    """Train ``model``; (best state, history) on the first process, None on the others.

    Parameters
    ----------
    stems : under ``train`` and ``val``; without any of these the last weights are the best.
    resume : a file that holds everything an interrupted training needs, rewritten after each epoch;
        it must belong to exactly this code, data and configuration.
    label : what the progress lines call this training.
    learning_rate, schedule : see ``rate``.
    clip_norm : largest norm of a step's gradient; 0: any.
    offsets : ``fixed`` cuts the same clips in every epoch, ``random`` others (see ``Clips``).
    precision : Fabric's name: ``32-true``, ``bf16-mixed``, ...
    batch_size : clips of one step, shared among the processes.
    devices : how many processes per node, one device each.
    threads : that load clips, ahead of the training.

    Returns
    -------
    best : state dict with the lowest validation loss, with ``one_cycle`` the last, on the CPU.
    history : one dict per epoch: epoch, train and val, mean losses of clips, and loss, the name of these.

    Raises
    ------
    UserError
        As ``start_processes`` and ``check_finite``; of the epoch that it happens in, nothing is saved.
    """
    fabric = start_processes(devices, precision, batch_size)

    def run(clips: Clips, epoch: int, learns: bool) -> float:
        """Mean loss of one pass over ``clips``, shuffled by (seed, epoch) alone if the model learns, so that
        a resumed training sees the same ones; in order if it does not."""
        order = list(range(len(clips)))
        if learns:
            generator = torch.Generator().manual_seed(derived(seed, epoch, ORDER))
            order = torch.randperm(len(clips), generator=generator).tolist()
        batches, parts = share(order, batch_size, fabric.global_rank, fabric.world_size)
        model.train(learns)
        losses, each = [], []
        with torch.set_grad_enabled(learns):
            for k, batch in enumerate(load_batches(clips.batch, parts, threads, fabric.device)):
                truth = {name: batch.pop(name) for name in TRUTH if name in batch}
                clip_losses = output.loss(model(batch).float(), truth)
                loss = clip_losses.mean()
                if learns:
                    for group in optimizer.param_groups:
                        group["lr"] = rate(learning_rate, schedule, (epoch + k / len(parts)) / epochs)
                    optimizer.zero_grad()
                    fabric.backward(loss)
                    if clip_norm:
                        fabric.clip_gradients(model, optimizer, max_norm=clip_norm, error_if_nonfinite=False)
                    optimizer.step()
                losses.append(loss.detach())
                each.append(clip_losses.detach())
        check_finite(fabric, losses, each, parts, clips, f"{label}: epoch {epoch + 1}")
        return mean_loss(fabric, losses, batches)

    val_clips = Clips(stems["val"], timebase)
    gpu = fabric.device.type == "cuda"
    if gpu and fabric.world_size > 1:  # torch has none for CPUs, where each process normalises its own part
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    output = model.output
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=gpu)
    model, optimizer = fabric.setup(model, optimizer)

    best, history = None, []
    if fabric.broadcast(resume.exists()):  # the first process decides
        state = torch.load(resume, map_location="cpu", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        best, history = state["best"], state["history"]
        fabric.print(f"{label}: continues after epoch {len(history)}", flush=True)
    fabric.barrier()  # the first process may remove the file; not before all have read it

    start, begun = time.monotonic(), len(history)
    for epoch in range(begun, epochs):
        # Dropout too depends on (seed, epoch) alone, and on the process, which sees other clips.
        torch.manual_seed(derived(seed, epoch, DROPOUT, fabric.global_rank))
        train_clips = Clips(stems["train"], timebase, seed if offsets == "random" else None, epoch)
        trained = run(train_clips, epoch, learns=True)
        validated = run(val_clips, epoch, learns=False) if len(val_clips) else float("nan")
        lowest = min((row["val"] for row in history), default=float("inf"))
        elapsed = time.monotonic() - start
        history.append({"epoch": epoch + 1, "train": trained, "val": validated, "loss": output.LOSS})
        # A rate that falls to nothing ends where it was to: what is best before is so by chance.
        if schedule == "one_cycle" or not validated >= lowest:
            best = {key: value.cpu().clone() for key, value in model.state_dict().items()}
        if fabric.is_global_zero:
            with whole_file(resume) as temporary:
                torch.save(
                    {
                        "model": model.state_dict(),
                        "optimizer": optimizer.state_dict(),
                        "best": best,
                        "history": history,
                    },
                    temporary,
                )
        bar = tqdm.format_meter(
            epoch + 1,
            epochs,
            elapsed,
            ncols=100,
            prefix=label,
            initial=begun,
            unit="epoch",
            postfix=f"train {trained:.2f} val {validated:.2f} best {min(lowest, validated):.2f}",
        )
        fabric.print(bar, flush=True)
        fabric.barrier()
    return (best, history) if fabric.is_global_zero else None
