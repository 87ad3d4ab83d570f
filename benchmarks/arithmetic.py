"""The encoder in float32, bfloat16 and 8-bit integers: time, and what it moves: features, log-mels, MSE.

python benchmarks/arithmetic.py --out results/benchmarks/arithmetic.csv    (three minutes)

The MSE is that of the held-out stems of a run that has ended, ``make demo`` unless another is named.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import torch

from harness import ROOT, row, save
from inference import second_of_two
from material import duet
from vimusic.features.embedding import embed, make_encoder, resolved
from vimusic.features.frames import FrameStore
from vimusic.models.predictor import Predictor, held_out_seen
from vimusic.options import program
from vimusic.settings import ARITHMETICS

SIDE, SECONDS, REPEATS = 224, 5, 5
EXACT, *OTHERS = ARITHMETICS
VARIANTS = ("vision", "vision_midi", "vision_midi_harmonic")  # of the run, that read the ResNet-18


def cosines(ours, exact):
    """Cosine of embeddings (V, D) with exact ones, and of both less their means, which leaves what moves:
    means over frames."""

    def cosine(a, b):
        return float(np.mean((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)))

    return cosine(ours, exact), cosine(ours - ours.mean(0), exact - exact.mean(0))


def milliseconds(encoder, frames):
    """Of the processor, for each of ``frames`` (N, H, W, 3), in each arithmetic: the least of ``REPEATS``, in
    turn. Not of the clock on the wall: other programs may run."""
    folded = {arithmetic: encoder.folded(arithmetic) for arithmetic in ARITHMETICS}
    took = {arithmetic: [] for arithmetic in ARITHMETICS}
    with torch.inference_mode():
        for _ in range(1 + REPEATS):  # the first warms up
            for arithmetic, network in folded.items():
                begun = time.process_time()
                network(frames)
                took[arithmetic].append(1000 * (time.process_time() - begun) / len(frames))
    return {arithmetic: min(each[1:]) for arithmetic, each in took.items()}


def speed(folder):
    """Rows of time and cosine on frames of a film, weights drawn."""
    video, source = duet(folder, SECONDS)
    store = second_of_two(video, folder / "frames.zip", SIDE)
    encoder = make_encoder("resnet18", "none", 0)
    took = milliseconds(encoder, torch.from_numpy(store.read(range(32))))
    exact = embed(encoder, store, "cpu")
    rows = []
    for arithmetic in OTHERS:
        near, moving = cosines(embed(encoder, store, "cpu", arithmetic), exact)
        note = f"other: {EXACT}; one thread, {source} film, weights drawn, cosine {near:.5f}"
        note += f", less the mean {moving:.3f}; auto is {resolved('auto', 'cpu')} here"
        ours, other = took[arithmetic], took[EXACT]
        rows.append(row(f"encoder, {SIDE} px {arithmetic}", ours, other, other / ours, "ms/frame", note))
    return rows


def errors(run):
    """Rows of MSE on the held-out stems of ``run``, a mean over pieces as in Table 1."""
    features, found = run / "features", []
    for variant in VARIANTS:
        path = run / f"models/{variant}.0/model.safetensors"
        predictors = {each: Predictor.load(path, "cpu", each) for each in ARITHMETICS}
        recipe = predictors[EXACT].recipe
        for name, seen, _ in held_out_seen(features / "split.tsv", features, predictors[EXACT]):
            piece, track = name.rsplit(".", 1)
            mel = np.load(features / piece / track / "mel.npy")
            store = FrameStore(features / piece / recipe.crops / "frames.zip", int(track))
            seen = replace(seen, visual=None, frames=store)
            given = {each: predictor.infer(seen) for each, predictor in predictors.items()}
            for each, mine in given.items():
                square, moved = np.mean((mine - mel) ** 2), np.sqrt(np.mean((mine - given[EXACT]) ** 2))
                found.append((variant, each, piece, square, moved))
    table = pd.DataFrame(found, columns=["variant", "arithmetic", "piece", "mse", "moved"])
    means = table.groupby(["variant", "arithmetic", "piece"]).mean().groupby(["variant", "arithmetic"]).mean()
    rows = []
    for variant in VARIANTS:
        for each in OTHERS:
            (ours, moved), other = map(float, means.loc[variant, each]), float(means.loc[variant, EXACT].mse)
            note = f"other: {EXACT}; held-out stems of {recipe.data}, {recipe.size} px"
            note += f"; {100 * (ours / other - 1):+.2f} %, log-mels moved by {moved:.3f} (rms, ln power)"
            rows.append(row(f"MSE of {variant}, {each}", ours, other, other / ours, "ln power squared", note))
    return rows


@program
def main(out: Path, run: Annotated[Path, "results/<run>/ with trained variants"] = ROOT / "results/demo"):
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        rows = speed(Path(name))
    if (run / "models").is_dir():
        rows += errors(run)
    else:
        print(f"{run}: nothing is trained there, so no MSE is measured; make demo trains it")
    save(out, rows)


if __name__ == "__main__":
    main()
