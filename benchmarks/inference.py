"""Frames to sound: every frame encoded once against every window, and against real time (paper 3.5).

python benchmarks/inference.py --out results/benchmarks/inference.csv    (four minutes)
"""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from harness import alternate, row, save
from material import PAPER, duet
from vimusic.features import audio
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.features.video import crop_players, equal_crops
from vimusic.models.clips import Seen, cut
from vimusic.models.predictor import Predictor
from vimusic.models.regressor import build
from vimusic.models.stitching import exact
from vimusic.options import program
from vimusic.settings import ARITHMETICS

RECIPE, CLOCK = replace(PAPER, finetune=True), PAPER.clock
ITERATIONS, THREADS = 64, 2
REPEATS = 3
SECONDS = {224: 12, 96: 20}  # side of a crop in pixels (the paper's, the demo's): length of the video
FRAMES_TO_WAV = ("read and encode", "windows + stitch", "mel inversion", "Griffin-Lim")


def seen_in(frames):
    """What is seen in ``frames``, as long as they last."""
    samples = round(len(frames) / CLOCK.fps * CLOCK.sample_rate)
    return Seen("stem", CLOCK.mel_frames(samples), 0, frames=frames)


def second_of_two(video, path, size):
    """A store at ``path`` of the frames of a duet's right player, a side of ``size`` pixels."""
    crops = equal_crops(video, [SimpleNamespace(slot=2, players=2)])
    with FrameWriter(path) as store:
        for _, frame in crop_players(video, crops, [0], size, CLOCK.fps):
            store.append(1, frame)
    return FrameStore(path, 1)


def every_window(model, seen):
    """The paper's way: all 64 frames of each window through the whole model; log-mel (T, n_mels)."""
    windows = CLOCK.windows(seen.mel_frames)
    with torch.inference_mode():
        clips = (torch.utils.data.default_collate([cut(seen, window, CLOCK)]) for window in windows)
        predicted = [model(clip)[0].numpy() for clip in clips]
    return exact(windows, predicted, seen.mel_frames, CLOCK)


def stages(video, store, size, model, arithmetic):
    """Seconds of each stage from the 1080p ``video`` to the wav, by the pipeline's own functions, and of the
    processor from the frames on."""
    seconds, begun = {}, time.perf_counter()

    def done(name):
        nonlocal begun
        seconds[name] = time.perf_counter() - begun
        print(f"  {name}: {seconds[name]:.2f} s", flush=True)
        begun = time.perf_counter()

    predictor = Predictor(model, replace(RECIPE, size=size), "cpu", arithmetic)
    frames = second_of_two(video, store, size)
    done("crop 1080p video")
    busy = time.process_time()
    seen = predictor.embedded(seen_in(frames))
    done("read and encode")
    mel = predictor.infer(seen)
    done("windows + stitch")
    power = audio.invert_mel(mel, CLOCK.sample_rate, RECIPE.n_fft)
    done("mel inversion")
    signal = audio.griffin_lim(power, CLOCK.hop_length, ITERATIONS, CLOCK.samples(len(mel)), seed=0)
    audio.save(store.with_suffix(".wav"), signal, CLOCK.sample_rate)
    done("Griffin-Lim")
    return seconds, time.process_time() - busy


def against_real_time(video, folder, size, model, arithmetic, note):
    """Rows of the table: seconds from frames and from the video to the wav, against its length."""
    print(f"{size} px, {arithmetic}")
    seconds, busy = stages(video, folder / f"{size}.zip", size, model, arithmetic)
    told = ", ".join(f"{name} {each:.2f} s" for name, each in seconds.items())
    told += f"; from frames {busy:.2f} s of the processor"
    ours = {
        "frames to wav": sum(seconds[name] for name in FRAMES_TO_WAV),
        "1080p video to wav": sum(seconds.values()),
    }
    length = SECONDS[size]
    return [
        row(
            f"{name}, {size} px {arithmetic}",
            each,
            length,
            length / each,
            "s",
            f"other: real time; {told}; {note}",
        )
        for name, each in ours.items()
    ]


@program
def main(out: Path):
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    model = build(RECIPE).eval()
    predictor = Predictor(model, RECIPE, "cpu", arithmetic="float32")
    # librosa loads its parts at the first call; like the imports, that is no part of a rate.
    predictor.sound(np.zeros((CLOCK.window, RECIPE.n_mels), np.float32), iterations=1)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, length in SECONDS.items():
            video, source = duet(folder, length)
            note = f"{length} s, {source} video, {THREADS} threads"
            for arithmetic in ARITHMETICS:
                rows += against_real_time(video, folder, size, model, arithmetic, note)
            seen = seen_in(second_of_two(video, folder / "frames.zip", size))
            ways = {
                "once": lambda seen=seen: predictor.infer(seen),
                "every window": lambda seen=seen: every_window(model, seen),
            }
            ours, other = map(statistics.median, alternate(ways, REPEATS).values())
            name = f"each frame encoded once, {size} px"
            rows.append(row(name, ours, other, other / ours, "s", f"other: every window encoded; {note}"))
    save(out, rows)


if __name__ == "__main__":
    main()
