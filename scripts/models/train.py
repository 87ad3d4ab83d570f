"""Train one variant with one seed (paper 3.4)."""

import hashlib
import json
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import torch

from vimusic.models.clips import load_stem
from vimusic.errors import UserError, run, whole_file
from vimusic.models.regressor import build
from vimusic.options import add_timebase, parser, timebase
from vimusic.models.training import train
from vimusic.data.urmp import read_split


def sources():
    """Files of this program that are imported, this one included: what a training computes with."""
    folder = Path(__file__).resolve().parent
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    files = {Path(file).resolve() for file in (files | {__file__}) - {None}}
    return sorted(file for file in files if file.is_relative_to(folder))


def fingerprint(stems, args):
    """Identity of a training: its code, options and data. Only the same one may be resumed."""
    options = {name: value for name, value in vars(args).items() if name != "threads"}
    digest = hashlib.sha256(json.dumps(options).encode())
    for source in sources():
        digest.update(source.read_bytes())
    for stem in (*stems["train"], *stems["val"]):
        digest.update(stem.name.encode())
        for part in (stem.mel, stem.roll, stem.visual):
            digest.update(b"" if part is None else part.tobytes())
        digest.update(str(stem.frames and stem.frames.checksum).encode())
    return digest.hexdigest()[:16]


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--variant", required=True, help="its name, for progress lines")
    options.add_argument("--inputs", nargs="+", required=True, help="video, roll, instrument")
    options.add_argument("--finetune", action="store_true", help="train the ResNet too")
    options.add_argument("--weights", choices=("imagenet", "none"), required=True)
    options.add_argument("--encoder-seed", type=int, required=True, help="of random weights")
    options.add_argument("--crops", required=True, help="how the frames were cropped")
    options.add_argument("--size", type=int, required=True, help="side of a crop, pixels")
    options.add_argument("--n-fft", type=int, required=True, help="STFT window of the mels, samples")
    options.add_argument("--output", choices=("linear", "harmonic"), default="linear")
    options.add_argument("--centre", action="store_true", help="centre frozen embeddings per stem")
    options.add_argument("--components", type=int, required=True, help="of frozen embeddings")
    options.add_argument("--dropout", type=float, required=True, help="of those components")
    options.add_argument("--fusion", type=int, required=True, help="width of the projection")
    options.add_argument("--decoder", type=int, required=True, help="width of the decoder LSTM")
    add_timebase(options)
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--epochs", type=int, required=True)
    options.add_argument("--batch-size", type=int, required=True, help="clips")
    options.add_argument("--learning-rate", type=float, required=True)
    options.add_argument("--offsets", choices=("fixed", "random"), required=True)
    options.add_argument("--precision", required=True, help="Lightning Fabric's name for it")
    options.add_argument("--devices", type=int, required=True, help="processes, one device each")
    options.add_argument("--threads", type=int, required=True, help="CPU threads of all processes")
    options.add_argument("--checkpoints", required=True, help="folder that survives a killed run")
    options.add_argument("--model", required=True, help="best weights (.pt)")
    options.add_argument("--history", required=True, help=".csv, one line per epoch")
    options.add_argument("--environment", required=True, help=".json, what it was trained with")
    args = options.parse_args(argv)

    threads = max(1, args.threads // args.devices)
    # LSTMs on cached features are faster on one thread than on several, which wait for each other.
    torch.set_num_threads(threads if args.finetune else 1)
    torch.manual_seed(args.seed)
    clock = timebase(args)
    table = read_split(args.split)
    stems = {
        name: [
            load_stem(row, args.features, clock, args.inputs, args.crops, args.finetune, args.centre)
            for row in table[table.split == name].itertuples()
        ]
        for name in ("train", "val")
    }
    for name, part in stems.items():
        if not part:
            raise UserError(f"{args.split}: no stem to {name} on")
    recipe = {
        "inputs": args.inputs,
        "finetuned": args.finetune,
        "weights": args.weights,
        "components": args.components,
        "dropout": args.dropout,
        "n_mels": stems["train"][0].mel.shape[1],
        "fusion": args.fusion,
        "decoder": args.decoder,
        "harmonic": [args.sample_rate, args.n_fft] if args.output == "harmonic" else None,
    }
    model = build(**recipe)
    model.fit(stems["train"])
    name = f"{args.variant}.{args.seed}"
    resume = Path(args.checkpoints) / f"{name}.{fingerprint(stems, args)}.pt"
    for stale in resume.parent.glob(f"{name}.*.pt"):
        if stale != resume:  # of other code, options or data: nothing will resume it
            stale.unlink(missing_ok=True)
    trained = train(
        model,
        stems,
        clock,
        resume,
        f"{args.variant} seed {args.seed}",
        seed=args.seed,
        epochs=args.epochs,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        offsets=args.offsets,
        precision=args.precision,
        devices=args.devices,
        threads=threads,
    )
    if trained is None:  # a helper process of a distributed training; the first one writes
        return
    best, history = trained
    with whole_file(args.model) as temporary:
        torch.save(
            {
                "recipe": recipe,
                "state": best,
                # What the model was fed, so that it can be fed any other video (sonify.py).
                "timebase": asdict(clock) | {"step": clock.window // 2},
                "n_fft": args.n_fft,
                "size": args.size,
                "crops": args.crops,
                "encoder_seed": args.encoder_seed,
                "centre": args.centre,
            },
            temporary,
        )
    with whole_file(args.history) as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)
    with whole_file(args.environment) as temporary:
        packages = ("torch", "torchvision", "lightning-fabric", "numpy", "librosa")
        environment = {
            "variant": args.variant,
            "options": argv,
            "seed": args.seed,
            "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "python": platform.python_version(),
            "packages": {name: version(name) for name in packages},
        }
        temporary.write_text(json.dumps(environment, indent=2) + "\n")
    resume.unlink(missing_ok=True)  # a job that outlived its Snakemake may have been quicker


if __name__ == "__main__":
    run(main)
