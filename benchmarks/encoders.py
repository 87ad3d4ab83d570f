"""What each visual encoder costs: processor time a frame, room for its features, all of URMP on two cores.

    python benchmarks/encoders.py --out results/benchmarks/encoders.csv

Processor time, not the clock: it hardly moves when the machine has other work.
"""

import tempfile
import time
from pathlib import Path

import torch

from harness import row, save
from material import duet
from vimusic.errors import run
from vimusic.features.embedding import embed, make_encoder
from vimusic.features.encoders import ENCODERS
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.features.video import crop_players, equal_crop, picture_rows
from vimusic.options import program

PLAYERS, SIZE, FPS, SECONDS = 2, 224, 30, 5
URMP_FRAMES = 4.4 * 3600 * FPS  # of 149 stems
CORES = 2
FIRST = "resnet18"  # the paper's, which the others are held against
HOURS, GIGABYTES = 4, 0.5  # asked of an encoder on all of URMP


def processor(work):
    """(processor time of ``work()``, s, in all its threads; what it gave)."""
    begun = time.process_time()
    given = work()
    return time.process_time() - begun, given


def stored(video, path):
    """Crop the duet's players to the frame store at ``path``: number of frames."""
    rows = picture_rows(video)
    crops = [equal_crop(1920, 1080, rows, slot, PLAYERS) for slot in range(1, PLAYERS + 1)]
    with FrameWriter(path) as store:
        for player, frame in crop_players(video, crops, [0] * PLAYERS, SIZE, FPS):
            store.append(player, frame)
    return sum(store.counts.values())


@program
def main(out: Path):
    torch.set_num_threads(CORES)
    with tempfile.TemporaryDirectory() as folder:
        video, what = duet(Path(folder), SECONDS)
        path = Path(folder) / "frames.zip"
        decoding, frames = processor(lambda: stored(video, path))
        store = FrameStore(path, 1)
        cost, room = {}, {}
        for name in sorted(ENCODERS, key=lambda name: name != FIRST):
            encoder = make_encoder(name, "none", 0)
            embed(encoder, [store[0]], "cpu")
            spent, embedded = processor(lambda encoder=encoder: embed(encoder, store, "cpu"))
            cost[name] = spent / len(store)
            room[name] = embedded.astype(encoder.stored).nbytes / len(store)
            print(f"{name}: {1e3 * cost[name]:.1f} ms a frame", flush=True)
    note = f"other: {FIRST}; processor time at {SIZE} px, {what} video"
    cost["decoding"], rows = decoding / frames, []
    for name, spent in cost.items():
        ratio = cost[FIRST] / spent
        rows.append(row(f"{name}: a frame", 1e3 * spent, 1e3 * cost[FIRST], ratio, "ms", note))
    for name in room:
        minutes = [60 * FPS * room[each] / 1e6 for each in (name, FIRST)]
        rows.append(row(f"{name}: a minute", *minutes, minutes[1] / minutes[0], "MB", f"other: {FIRST}"))
        hours = URMP_FRAMES * (cost[name] + cost["decoding"]) / CORES / 3600
        size = URMP_FRAMES * room[name] / 1e9
        rows += [
            row(
                f"{name}: URMP's stems",
                hours,
                HOURS,
                HOURS / hours,
                "h on two cores",
                "computed, decoding included; target 1",
            ),
            row(f"{name}: URMP's features", size, GIGABYTES, GIGABYTES / size, "GB", "computed; target 1"),
        ]
    save(out, rows)


if __name__ == "__main__":
    run(main)
