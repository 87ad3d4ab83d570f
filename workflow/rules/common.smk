# Purpose: the checked config, the inventory of stems, and helpers for the rules.
# Inputs:  config.yaml (+ overlays), workflow/schemas/config.schema.yaml, the inventory table
# Outputs: RUN, STEMS, flags(), code(), and one clear line for a wrong config or a missing file

import ast
import shlex
import sys
from functools import cache
from pathlib import Path

import jsonschema
import yaml

sys.path.insert(0, f"{workflow.basedir}/scripts")

from vimusic.errors import UserError
from vimusic.urmp import read_stems

ANCHORS = ["silence", "mean_spectrum", "instrument_mean", "soundfont", "copy_synthesis"]


def checked(config):
    """The config, or one line that names the wrong key."""
    schema = yaml.safe_load(
        Path(workflow.basedir, "workflow/schemas/config.schema.yaml").read_text()
    )
    errors = jsonschema.Draft202012Validator(schema).iter_errors(config)
    wrong = jsonschema.exceptions.best_match(errors)
    if wrong:
        where = ".".join(str(key) for key in wrong.absolute_path) or "top level"
        raise UserError(f"config: {where}: {wrong.message}")
    unknown = [row for row in config["rows"] if row not in config["variants"]]
    if unknown:
        raise UserError(f"config: rows: {unknown[0]} is not defined under variants")
    return config


def inventory():
    """Stems of this run, each of whose files is there or made by a rule."""
    stems = read_stems(config["data"]["stems"], config["data"]["select"])
    if config["data"]["name"] == "mini-urmp":
        return stems
    root = Path(config["data"]["path"])
    if not root.is_dir():
        raise UserError(
            f"{root}: dataset folder not found; unpack URMP's Dataset.tar.gz "
            "(doi:10.5061/dryad.ng3r749) there, or set data.path"
        )
    columns = ["audio", "notes"]
    if any("video" in config["variants"][row]["inputs"] for row in config["rows"]):
        columns.append("video")
    for stem in stems.itertuples():
        for column in columns:
            path = root / stem.piece / getattr(stem, column)
            if not path.is_file():
                raise UserError(
                    f"{path}: missing, stem {stem.Index} needs it; "
                    "restore it or leave the stem out (data.select)"
                )
    return stems


def flags(*keys):
    """Command-line options from config values: flags("audio.n_mels") -> "--n-mels 80".

    A list gives several words, true a bare option, false and an empty list nothing.
    """
    words = []
    for key in keys:
        value = config
        for part in key.split("."):
            value = value[part]
        option = f"--{key.split('.')[-1].replace('_', '-')}"
        if isinstance(value, list) and value:
            words += [option, *map(str, value)]
        elif value is True:
            words.append(option)
        elif value is not False and value != []:
            words += [option, str(value)]
    return shlex.join(words)


TIMEBASE = [
    "audio.sample_rate",
    "audio.hop_length",
    "video.fps",
    "clips.window",
]


@cache
def imports(path):
    """Files under scripts/ that the module at ``path`` imports, and the packages they lie in."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            for depth in range(1, len(parts) + 1):
                stem = SCRIPTS.joinpath(*parts[:depth])
                found |= {p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()}
    return found


SCRIPTS = Path("scripts")


@cache
def code(script):
    """The script of a rule and every module it imports, transitively.

    Declared as input, so that an edit reruns exactly the rules that use the edited module.
    """
    closure, waiting = set(), {SCRIPTS / f"{script}.py"}
    while waiting:
        path = waiting.pop()
        closure.add(path)
        waiting |= imports(path) - closure
    return sorted(map(str, closure))


def stem_files(name):
    """Path of a per-stem feature for all stems of the run."""
    return [f"{FEATURES}/{s.piece}/{s.track}/{name}" for s in STEMS.itertuples()]


def piece_files(name):
    """Path of a per-piece feature for all pieces of the run."""
    return [f"{FEATURES}/{piece}/{name}" for piece in dict.fromkeys(STEMS.piece)]


def stem_of(wildcards):
    """Inventory row of the stem with these wildcards."""
    return STEMS.loc[f"{wildcards.piece}.{wildcards.track}"]


def data_file(column):
    """Input function: the file of a stem that the inventory names in ``column``."""
    return lambda wildcards: f"{DATA}/{wildcards.piece}/{stem_of(wildcards)[column]}"


def variant_features(wildcards):
    """What a variant reads besides the mels: only the inputs it names."""
    variant = config["variants"][wildcards.row]
    files = stem_files("mel.npy")
    if "roll" in variant["inputs"]:
        files += stem_files("roll.npy")
    if "video" in variant["inputs"]:
        files += piece_files("frames.zip" if variant.get("finetune") else "visual.npz")
    return files


def variant_flags(wildcards):
    """A variant's own options."""
    variant = config["variants"][wildcards.row]
    words = ["--inputs", *variant["inputs"]]
    if variant.get("finetune"):
        words.append("--finetune")
    elif config["encoder"]["centre"] and "video" in variant["inputs"]:
        words.append("--centre")
    return shlex.join(words)


def predictions(suffix):
    """Path of every row's result: anchors, then variants times seeds, each that sees followed by its
    shuffled-video control."""
    rows = [(row, 0) for row in ANCHORS]
    for row in config["rows"]:
        names = [row, f"{row}_shuffled"] if "video" in config["variants"][row]["inputs"] else [row]
        rows += [(name, seed) for name in names for seed in config["training"]["seeds"]]
    return [suffix.format(row=row, seed=seed) for row, seed in rows]


def show_results():
    """Print Table 1 and where everything lies."""
    table = Path(f"{RUN}/tables/table1.md")
    if table.is_file():
        print(f"\n{table.read_text()}")
        for name in ("report.html", "figures/", "audio/", "tables/"):
            print(f"  {RUN}/{name}")


try:
    checked(config)
    RUN = f"results/{config['run']}"
    FEATURES = f"{RUN}/features"
    DATA = config["data"]["path"]
    STEMS = inventory()
except UserError as error:
    sys.exit(f"error: {error}")


wildcard_constraints:
    piece=r"[^/]+",
    track=r"\d+",
    row=r"\w+",
    seed=r"\d+",
