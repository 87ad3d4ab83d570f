"""An epoch of 64-frame clips loaded four ways: decoded from 1080p video, as the paper's float32 tensors,
from the frame store, from cached features. And how many bytes each takes for all of URMP.

    python benchmarks/loading.py --out results/benchmarks/loading.csv
"""

import os
import statistics
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from harness import alternate, row, save
from material import duet
from vimusic.errors import run
from vimusic.features.encoders.resnet18 import Encoder
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.features.prefetch import load_batches
from vimusic.features.video import crop_and_scale, crop_players, equal_crop, open_video, picture_rows
from vimusic.models.clips import Clips, Seen, Stem
from vimusic.options import program
from vimusic.timebase import TimeBase

PLAYERS, SIZE, BATCH = 2, 224, 4
CLOCK = TimeBase(step=64)  # training clips do not overlap
URMP_CLIPS = 4.4 * 3600 * CLOCK.fps / CLOCK.window


class OnTheFly(Dataset):
    """The clips of ``Clips``, decoded when asked for: seek, decode, crop, scale."""

    def __init__(self, video, crops, clips):
        self.video, self.crops, self.clips = video, crops, clips

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, index):
        stem, window = self.clips.clips[index]
        images, due = [], window.frame / CLOCK.fps
        with open_video(self.video) as (container, stream):
            container.seek(int(due / stream.time_base), stream=stream)
            pipeline = crop_and_scale(stream, self.crops[stem.seen.name], SIZE)
            half = 0.5 / float(stream.average_rate)
            for frame in container.decode(stream):
                while due < frame.time + half and len(images) < CLOCK.window:
                    pipeline.push(frame)
                    images.append(pipeline.pull().to_ndarray())
                    due += 1 / CLOCK.fps
                if len(images) == CLOCK.window:
                    break
        return {"frames": torch.from_numpy(np.stack(images))}


class Tensors(Dataset):
    """The paper's: a file with a float32 tensor (64, 3, 224, 224) per clip."""

    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return {"frames": torch.load(self.paths[index], weights_only=True)}

    def batch(self, indices):
        return torch.utils.data.default_collate([self[k] for k in indices])


def normaliser():
    """The encoder's first line: frames (N, H, W, 3) uint8 to normalised images (N, 3, H, W)."""
    encoder = Encoder()
    encoder.trunk = torch.nn.Identity()
    return encoder


def by_processes(dataset, workers):
    """A callable that loads every clip once in random order, as PyTorch's DataLoader does."""

    def epoch():
        for _ in DataLoader(dataset, BATCH, shuffle=True, num_workers=workers):
            pass

    return epoch


def by_threads(dataset, workers, receive=lambda batch: None):
    """A callable that loads every clip once in random order, as our training does."""

    def epoch():
        order = torch.randperm(len(dataset)).split(BATCH)
        for batch in load_batches(dataset.batch, [part.tolist() for part in order], workers):
            receive(batch)

    return epoch


def forgotten(paths, load):
    """``load``, with the files dropped from the page cache first."""

    def cold():
        for path in paths:
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        load()

    return cold


@program
def main(out: Path, seconds: float = 36, repeats: int = 3, workers: int = 2):
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), seconds, repeats, workers)
    save(out, rows)


def measure(folder, seconds, repeats, workers):
    """Rows of the table, of so many ``seconds`` of two players' video, loaded by ``workers`` processes or
    threads; files are written to ``folder``."""
    video, data = duet(folder, seconds)
    rows = picture_rows(video)
    crops = [equal_crop(1920, 1080, rows, slot, PLAYERS) for slot in range(1, PLAYERS + 1)]
    store, features = folder / "frames.zip", folder / "resnet18.npz"
    with FrameWriter(store) as writer:
        for player, frame in crop_players(video, crops, [0] * PLAYERS, SIZE, CLOCK.fps):
            writer.append(player, frame)
    frames = writer.counts[0]
    rng = np.random.default_rng(0)
    np.savez(features, *(rng.normal(size=(frames, 512)).astype(np.float16) for _ in range(PLAYERS)))

    mel = np.zeros((int((frames - 1) * CLOCK.mels_per_frame), 80), np.float32)

    def clips(**seen):
        """Of all players, by what is seen of each."""
        each = [{name: values[k] for name, values in seen.items()} for k in range(PLAYERS)]
        return Clips([Stem(Seen(k, len(mel), 0, **parts), mel) for k, parts in enumerate(each)], CLOCK)

    from_store = clips(frames=[FrameStore(store, k) for k in range(PLAYERS)])
    with np.load(features) as visual:
        cached = clips(visual=[visual[f"arr_{k}"].astype(np.float32) for k in range(PLAYERS)])
    normalise = normaliser()
    tensors = [folder / f"{index}.pt" for index in range(len(from_store))]
    for index, path in enumerate(tensors):
        torch.save(normalise(from_store[index]["frames"]).contiguous(), path)
    os.sync()  # only what is on the disk can be dropped from the page cache

    ours = by_threads(from_store, workers)
    # The paper does not say by what it loads its tensors: the better of the two is "other".
    theirs = {
        "processes": by_processes(Tensors(tensors), workers),
        "threads": by_threads(Tensors(tensors), workers),
    }
    print(f"{len(tensors)} clips of {data} 1080p video, {workers} workers, batches of {BATCH}", flush=True)
    took = alternate(
        {"on the fly": by_processes(OnTheFly(video, crops, from_store), workers)}
        | {f"tensors, warm, {how}": load for how, load in theirs.items()}
        | {f"tensors, cold, {how}": forgotten(tensors, load) for how, load in theirs.items()}
        | {
            "frames, warm": ours,
            "frames, cold": forgotten([store], ours),
            "frames, warm, normalised": by_threads(
                from_store, workers, lambda batch: normalise(batch["frames"].flatten(0, 1))
            ),
            "cached": by_threads(cached, workers),
        },
        repeats,
    )
    clip = {name: statistics.median(each) / len(tensors) for name, each in took.items()}
    for cache in ("warm", "cold"):
        clip[f"tensors, {cache}"] = min(clip[f"tensors, {cache}, {how}"] for how in theirs)
    stored = PLAYERS * frames / CLOCK.window  # clips' worth of frames in the store
    size = {
        "video": video.stat().st_size / stored,
        "tensors": tensors[0].stat().st_size,
        "frames": store.stat().st_size / stored,
        "cached": features.stat().st_size / stored,
    }
    urmp = {name: each * URMP_CLIPS / 1e9 for name, each in size.items()}
    for name in size:
        print(f"{name}: {size[name] / 1e6:.3g} MB a clip, {urmp[name]:.3g} GB for URMP", flush=True)

    def faster(name, ours, other, note):
        return row(f"loading: {name}", clip[ours], clip[other], clip[other] / clip[ours], "s/clip", note)

    def smaller(name, ours, other, note):
        return row(f"disk: {name}", urmp[ours], urmp[other], urmp[other] / urmp[ours], "GB for URMP", note)

    fly, tensor = f"other: decoding {data} 1080p video on the fly", "other: the paper's float32 tensors"
    return [
        faster("cached features over decoding", "cached", "on the fly", f"{fly}; target 1000"),
        faster("frames over decoding", "frames, warm", "on the fly", f"{fly}; target 40"),
        faster("frames over tensors, warm", "frames, warm", "tensors, warm", f"{tensor}; target 1"),
        faster("frames over tensors, cold", "frames, cold", "tensors, cold", f"{tensor}; target 1"),
        faster(
            "frames over tensors, normalised",
            "frames, warm, normalised",
            "tensors, warm",
            f"{tensor}; ours normalised on the CPU too",
        ),
        smaller("frames", "frames", "tensors", f"{tensor}; target below 10 GB"),
        smaller("cached features", "cached", "tensors", tensor),
    ]


if __name__ == "__main__":
    run(main)
