"""Train one variant with one seed (paper 3.4)."""

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from vimusic.data.urmp import read_split
from vimusic.errors import UserError, run, whole_file
from vimusic.models.clips import CODES, TRUTH, Stem, load_stem
from vimusic.models.recipe import Recipe
from vimusic.models.regressor import build, save
from vimusic.models.training import train
from vimusic.options import program, settings
from vimusic.settings import ON_MELS, Variant, has_reader
from vimusic.timebase import TimeBase


def sources() -> list[Path]:
    """This file and those of the package that are imported: what a training computes with."""
    modules = [module for name, module in list(sys.modules.items()) if name.split(".")[0] == "vimusic"]
    return sorted({Path(file).resolve() for file in (__file__, *(module.__file__ for module in modules))})


def fingerprint(stems: Mapping[str, list[Stem]], options: Mapping[str, Any]) -> str:
    """Identity of a training: its code, options and data. Only the same one may be resumed."""
    digest = hashlib.sha256(json.dumps(options).encode())
    for source in sources():
        digest.update(source.read_bytes())
    for stem in (*stems["train"], *stems["val"]):
        seen = stem.seen
        pixels = None if seen.frames is None else seen.frames.checksum
        digest.update(f"{seen.name} {stem.clips} {pixels}".encode())
        for part in (*(getattr(stem, n) for n in TRUTH), seen.visual, *(getattr(seen, n) for n in ON_MELS)):
            digest.update(b"" if part is None else part.tobytes())
    return digest.hexdigest()[:16]


@program
@settings(
    "data.name",
    "video.fps",
    "video.size",
    "audio.sample_rate",
    "audio.n_fft",
    "audio.hop_length",
    "audio.n_mels",
    "clips.window",
    "encoder.weights",
    "encoder.seed",
    "encoder.centre",
    "encoder.components",
    "encoder.dropout",
    "model.fusion",
    "model.decoder",
    "model.lookahead",
    "training.epochs",
    "training.batch_size",
    "training.learning_rate",
    "training.schedule",
    "training.clip_norm",
    "training.window",
    "training.step",
    "training.offsets",
    "training.precision",
)
def main(
    split: Path,
    data: Path,
    features: Path,
    row: str,
    seed: int,
    variant: Variant,
    devices: int,
    threads: int,
    checkpoints: Path,
    model: Path,
    history: Path,
    environment: Path,
    settings,
):
    if "video" in variant.inputs and not (variant.crops and variant.encoder):
        raise UserError(f"--variant: {row} reads video; name its crops and its encoder")
    each = max(1, threads // devices)
    # LSTMs on cached features are faster on one thread than on several, which wait for each other.
    torch.set_num_threads(each if variant.finetune or has_reader(variant.encoder) else 1)
    torch.manual_seed(seed)
    recipe = Recipe.of(row, variant, settings)
    table = read_split(split)
    stems = {
        part: [load_stem(stem, features, data, recipe) for stem in table[table.split == part].itertuples()]
        for part in ("train", "val")
    }
    if not stems["train"]:
        raise UserError(f"{split}: no stem to train on")
    recipe = replace(recipe, heard=tuple(sorted({CODES[stem.seen.instrument] for stem in stems["train"]})))
    network = build(recipe)
    network.fit(stems["train"])
    options = {"recipe": recipe.to_dict(), "seed": seed, "training": settings.training, "devices": devices}
    resume = checkpoints / f"{row}.{seed}.{fingerprint(stems, options)}.pt"
    for stale in checkpoints.glob(f"{row}.{seed}.*.pt"):
        if stale != resume:  # of other code, options or data: nothing will resume it
            stale.unlink(missing_ok=True)
    clock = TimeBase.of(settings)
    clock = replace(clock, window=settings.training.window or clock.window)
    how = {name: value for name, value in settings.training.items() if name not in ("window", "step")}
    label = f"{row} seed {seed}"
    trained = train(network, stems, clock, resume, label, seed=seed, devices=devices, threads=each, **how)
    if trained is None:  # a helper process of a distributed training; the first one writes
        return
    best, losses = trained
    with whole_file(model) as temporary:
        save(temporary, recipe, best)
    with whole_file(history) as temporary:
        pd.DataFrame(losses).to_csv(temporary, index=False)
    with whole_file(environment) as temporary:
        packages = ("torch", "torchvision", "lightning-fabric", "numpy", "librosa")
        told = options | {
            "parameters": sum(p.numel() for p in network.parameters() if p.requires_grad),
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "python": platform.python_version(),
            "packages": {name: version(name) for name in packages},
        }
        temporary.write_text(json.dumps(told, indent=2) + "\n")
    resume.unlink(missing_ok=True)  # a job that outlived its Snakemake may have been quicker


if __name__ == "__main__":
    run(main)
