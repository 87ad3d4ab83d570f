"""Crop and resize from 1080p: a decode for each player against one decode for the piece.

    python benchmarks/cropping.py --out results/benchmarks/cropping.csv

The video shows two players; a quartet is the same video cut into four.
"""

import os
import statistics
import tempfile
from pathlib import Path

from harness import alternate, row, save
from material import duet
from vimusic.errors import run
from vimusic.features.frames import FrameWriter
from vimusic.features.video import crop_players, equal_crop, picture_rows
from vimusic.options import program

SIZE, FPS = 224, 30


def store_crops(path, video, crops):
    """Write the crops of ``video`` to a frame store, as ``crop_frames.py`` does."""
    with FrameWriter(path) as store:
        for player, frame in crop_players(video, crops, [0] * len(crops), SIZE, FPS):
            store.append(player, frame)


@program
def main(out: Path, seconds: float = 10, repeats: int = 3):
    with tempfile.TemporaryDirectory() as folder:
        save(out, measure(Path(folder), seconds, repeats))


def measure(folder, seconds, repeats):
    """Rows of the table; files are written to ``folder``."""
    video, data = duet(folder, seconds)
    rows = picture_rows(video)
    print(f"{data} 1080p video, {os.cpu_count()} cores", flush=True)
    table = []
    for players in (2, 4):
        crops = [equal_crop(1920, 1080, rows, slot, players) for slot in range(1, players + 1)]
        store = folder / "frames.zip"

        def piece(crops=crops, store=store):
            store_crops(store, video, crops)

        def stems(crops=crops, store=store):
            for crop in crops:
                store_crops(store, video, [crop])

        took = alternate({f"piece of {players}": piece, f"{players} stems": stems}, repeats)
        ours, other = (players * seconds / statistics.median(each) for each in took.values())
        note = f"seconds of stem a second; other: a decode for each stem; {data} video"
        table.append(row(f"cropping: {players} players", ours, other, ours / other, "x real time", note))
    return table


if __name__ == "__main__":
    run(main)
