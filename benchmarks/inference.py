"""Frames to sound: every frame encoded once against every window, and against real time (paper 3.5).

python benchmarks/inference.py --out results/benchmarks/inference.csv    (four minutes)
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from harness import alternate, row, save
from material import duet
from sonify import frame_store
from vimusic.features import audio
from vimusic.models.clips import Stem, cut
from vimusic.features.encoder import embed
from vimusic.models.inference import encoder_of, exact, predict
from vimusic.models.regressor import build
from vimusic.options import parser
from vimusic.timebase import TimeBase

CLOCK = TimeBase()
N_FFT, BANDS, ITERATIONS, THREADS = 1024, 80, 64, 2
REPEATS = 3
SECONDS = {224: 12, 96: 20}  # side of a crop in pixels (the paper's, the demo's): length of the video
FRAMES_TO_WAV = ("read and encode", "windows + stitch", "mel inversion", "Griffin-Lim")


def stem_of(frames, visual=None):
    """A ``Stem`` to be predicted from ``frames`` or, given, their embeddings ``visual``."""
    samples = round(len(frames) / CLOCK.fps * CLOCK.sample_rate)
    blank = np.zeros((CLOCK.mel_frames(samples), BANDS), np.float32)
    return Stem("stem", blank, 0, visual=visual, frames=frames if visual is None else None)


def every_window(model, stem):
    """The paper's way: all 64 frames of each window through the whole model; log-mel (T, n_mels)."""
    windows = CLOCK.windows(len(stem.mel))
    with torch.inference_mode():
        clips = (torch.utils.data.default_collate([cut(stem, window, CLOCK)]) for window in windows)
        predicted = [model(clip)[0].numpy() for clip in clips]
    return exact(windows, predicted, len(stem.mel), CLOCK)


def stages(video, store, size, model, bf16):
    """Seconds of each stage from the 1080p ``video`` to the wav, by the pipeline's own functions."""
    seconds, begun = {}, time.perf_counter()

    def done(name):
        nonlocal begun
        seconds[name] = time.perf_counter() - begun
        print(f"  {name}: {seconds[name]:.2f} s", flush=True)
        begun = time.perf_counter()

    frames = frame_store(video, store, "equal", slot=2, players=2, size=size, clock=CLOCK)
    done("crop 1080p video")
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        visual = embed(encoder_of(model), frames, "cpu")
    done("read and encode")
    stem = stem_of(frames, visual)
    mel = predict(model, stem, CLOCK, exact)
    done("windows + stitch")
    power = audio.invert_mel(mel, CLOCK.sample_rate, N_FFT)
    done("mel inversion")
    signal = audio.griffin_lim(power, CLOCK.hop_length, ITERATIONS, CLOCK.samples(len(mel)), seed=0)
    audio.save(store.with_suffix(".wav"), signal, CLOCK.sample_rate)
    done("Griffin-Lim")
    return seconds


def against_real_time(video, folder, size, model, bf16, note):
    """Rows of the table: seconds from frames and from the video to the wav, against its length."""
    precision = "bf16" if bf16 else "fp32"
    print(f"{size} px, {precision}")
    seconds = stages(video, folder / f"{size}.zip", size, model, bf16)
    told = ", ".join(f"{name} {each:.2f} s" for name, each in seconds.items())
    ours = {
        "frames to wav": sum(seconds[name] for name in FRAMES_TO_WAV),
        "1080p video to wav": sum(seconds.values()),
    }
    length = SECONDS[size]
    return [
        row(
            f"{name}, {size} px {precision}",
            each,
            length,
            length / each,
            "s",
            f"other: real time; {told}; {note}",
        )
        for name, each in ours.items()
    ]


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--out", required=True, help=".csv")
    args = options.parse_args(argv)
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    model = build(["video"], True, "none", None, None, BANDS, fusion=1024, decoder=512).eval()
    # librosa loads its parts at the first call; like the imports, that is no part of a rate.
    blank = np.zeros((CLOCK.window, BANDS), np.float32)
    audio.synthesize(blank, CLOCK.sample_rate, N_FFT, CLOCK.hop_length, 1, CLOCK.samples(len(blank)))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, length in SECONDS.items():
            video, source = duet(folder, length)
            note = f"{length} s, {source} video, {THREADS} threads"
            for bf16 in (True, False):  # sonify.py's way, the DAG's
                rows += against_real_time(video, folder, size, model, bf16, note)
            frames = frame_store(video, folder / "frames.zip", "equal", 2, 2, size, CLOCK)
            stem = stem_of(frames)
            ways = {
                "once": lambda stem=stem: predict(model, stem, CLOCK, exact),
                "every window": lambda stem=stem: every_window(model, stem),
            }
            ours, other = map(statistics.median, alternate(ways, REPEATS).values())
            name = f"each frame encoded once, {size} px"
            rows.append(row(name, ours, other, other / ours, "s", f"other: every window encoded; {note}"))
    save(args.out, rows)


if __name__ == "__main__":
    main()
