"""Training: Adam on the MSE of log-mels, the validation split picks the weights (paper 3.4).

Lightning Fabric moves the same few lines to CPU, one GPU or several, in any precision.
"""

import time

import torch
from lightning_fabric import Fabric
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, DistributedSampler
from tqdm import tqdm

from vimusic.clips import Clips
from vimusic.errors import whole_file


def validation_loss(fabric, model, loader):
    """MSE over the clips of ``loader``, ln-power units squared, averaged over all processes."""
    model.eval()
    total = torch.zeros(2, dtype=torch.float64, device=fabric.device)
    with torch.no_grad():
        for clips in loader:
            loss = mse_loss(model(clips).float(), clips["mel"])
            total += torch.stack([loss.double() * len(clips["mel"]), loss.new_tensor(len(clips["mel"]))])
    total = fabric.all_reduce(total, reduce_op="sum")
    return (total[0] / total[1]).item()


def train(
    model,
    stems,
    timebase,
    resume,
    label,
    *,
    seed,
    epochs,
    batch_size,
    learning_rate,
    offsets,
    precision,
    devices,
    workers,
):
    """Train ``model``; (best state, history) on the first process, None on the others.

    Parameters
    ----------
    stems : dict with lists of ``Stem`` under ``train`` and ``val``.
    resume : Path of a file that holds everything an interrupted training needs, rewritten after each epoch;
        it must belong to exactly this code, data and configuration.
    label : what the progress lines call this training.
    offsets : ``fixed`` cuts the same clips in every epoch, ``random`` others (see ``Clips``).
    precision : Fabric's name: ``32-true``, ``bf16-mixed``, ...
    devices : how many processes, one device each.
    workers : data-loader processes; 0 for cached features, which lie in memory.

    Returns
    -------
    best : state dict with the lowest validation loss, on the CPU.
    history : one dict per epoch: epoch, train_mse, val_mse (ln-power units squared).
    """
    fabric = Fabric(accelerator="auto", devices=devices, precision=precision)
    fabric.launch()

    def loader(clips, epoch=None):
        """Batches of this process's share of ``clips``, shuffled by (seed, epoch) alone, so that
        a resumed training sees the same ones; in order without an epoch."""
        ranks = {"num_replicas": fabric.world_size, "rank": fabric.global_rank}
        sampler = DistributedSampler(clips, shuffle=epoch is not None, seed=seed, **ranks)
        sampler.set_epoch(epoch or 0)
        batches = DataLoader(clips, batch_size, sampler=sampler, num_workers=workers)
        return fabric.setup_dataloaders(batches, use_distributed_sampler=False)

    val_loader = loader(Clips(stems["val"], timebase))
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model, optimizer = fabric.setup(model, optimizer)

    best, history = None, []
    if resume.exists():
        state = torch.load(resume, map_location="cpu", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        best, history = state["best"], state["history"]
        fabric.print(f"{label}: continues after epoch {len(history)}", flush=True)

    start, begun = time.monotonic(), len(history)
    for epoch in range(begun, epochs):
        # Dropout too depends on (seed, epoch) alone.
        torch.manual_seed(seed + 1000 * epoch)
        train_clips = Clips(stems["train"], timebase, seed if offsets == "random" else None, epoch)
        model.train()
        losses = []
        for clips in loader(train_clips, epoch):
            loss = mse_loss(model(clips), clips["mel"])
            optimizer.zero_grad()
            fabric.backward(loss)
            optimizer.step()
            losses.append(loss.detach())
        train_mse = fabric.all_reduce(torch.stack(losses).mean()).item()
        val_mse = validation_loss(fabric, model, val_loader)
        lowest = min((row["val_mse"] for row in history), default=float("inf"))
        elapsed = time.monotonic() - start
        history.append({"epoch": epoch + 1, "train_mse": train_mse, "val_mse": val_mse})
        if val_mse < lowest:
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
            postfix=f"train {train_mse:.2f} val {val_mse:.2f} best {min(lowest, val_mse):.2f}",
        )
        fabric.print(bar, flush=True)
        fabric.barrier()
    return (best, history) if fabric.is_global_zero else None
