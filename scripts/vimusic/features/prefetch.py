"""Batches made ahead of the one that works on them, and brought to its device."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import torch

Batch = dict[str, torch.Tensor]


def load_batches(
    make: Callable[[Iterable[int]], Batch],
    indices: Iterable[Iterable[int]],
    threads: int,
    device: str | torch.device = "cpu",
) -> Iterator[Batch]:
    """Yield ``make(part)``, a dict of tensors (see ``Clips.batch``), on ``device`` for each of ``indices``.

    ``threads`` of them are made ahead. Threads, because decoding a JPEG frees the interpreter, while
    worker processes hand pixels over through shared memory, which costs more than the decoding. A GPU
    copies from page-locked memory while the work that it was given before goes on.
    """
    locked = torch.device(device).type == "cuda"

    def load(part: Iterable[int]) -> Batch:
        batch = make(part)
        return {name: values.pin_memory() for name, values in batch.items()} if locked else batch

    def bring(job: Future[Batch]) -> Batch:
        return {name: values.to(device, non_blocking=True) for name, values in job.result().items()}

    with ThreadPoolExecutor(threads) as pool:
        ahead = deque()
        for part in indices:
            ahead.append(pool.submit(load, part))
            if len(ahead) > threads:
                yield bring(ahead.popleft())
        while ahead:
            yield bring(ahead.popleft())
