# Purpose: the checked config, the inventory of stems, and helpers for the rules.
# Inputs:  config.yaml (+ overlays), workflow/schemas/config.schema.yaml, the inventory table
# Outputs: RUN, STEMS, DATA, flags(), code(), and one clear line for a wrong config

import ast
import os
import shlex
import sys
import time
from functools import cache
from pathlib import Path

import jsonschema
import yaml

sys.path.insert(0, f"{workflow.basedir}/scripts")

from vimusic.data.remotes import read_remotes
from vimusic.errors import UserError, run
from vimusic.data.urmp import read_stems

BEGUN = time.time()
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
    for name, variant in config["variants"].items():
        if variant.get("output") == "harmonic" and "roll" not in variant["inputs"]:
            raise UserError(
                f"config: variants.{name}: output: harmonic needs roll among its inputs"
            )
    return config


def dataset():
    """(folder the pieces lie in, archive it is unpacked from or None, row of remotes.tsv or None)."""
    path = os.path.expanduser(config["data"]["path"])
    remotes = read_remotes(config["data"]["remotes"])
    if path in remotes.index:
        remote, folder = remotes.loc[path], f"data/{path}"
        return (
            f"{folder}/Dataset",
            f"{folder}/Dataset.tar.gz" if remote.kind == "archive" else None,
            remote,
        )
    if path.endswith((".tar.gz", ".tgz")):
        return f"{RUN}/dataset", path, None
    return path, None, None


def inventory():
    """Stems of this run: the inventory, less what the config does not select or leaves out."""
    stems = read_stems(config["data"]["stems"], config["data"]["select"])
    left_out = config["data"]["leave_out"]
    if left_out:
        stems = stems.drop(read_stems(config["data"]["stems"], left_out).index, errors="ignore")
    if stems.empty:
        raise UserError("config: data.leave_out: leaves no stem; shorten it")
    if ARCHIVE and REMOTE is None and not Path(ARCHIVE).is_file():
        raise UserError(f"{ARCHIVE}: archive not found; correct data.path")
    if MADE and not Path(DATA).resolve().is_relative_to(Path("results").resolve()):
        raise UserError(
            f"{DATA}: mini-URMP is generated, and only under results/; correct data.path, or data.name "
            "if that folder holds a dataset of yours"
        )
    if not (ARCHIVE or REMOTE is not None or MADE):
        check_folder(Path(DATA), set(stems.piece))
    return stems


def check_folder(folder, pieces):
    """``UserError`` unless some of the ``pieces`` lie in ``folder``."""
    if not folder.is_dir():
        raise UserError(
            f"{folder}: dataset folder not found; set data.path to URMP's unpacked folder, to its "
            "Dataset.tar.gz, or to a name in workflow/resources/remotes.tsv to fetch it"
        )
    if not any((folder / piece).is_dir() for piece in pieces):
        below = [
            path for path in sorted(folder.iterdir()) if any((path / p).is_dir() for p in pieces)
        ]
        hint = (
            f"did you mean data.path: {below[0]}?" if below else "correct data.path or data.stems"
        )
        raise UserError(
            f"{folder}: holds no folder of a piece of the inventory, such as {min(pieces)}; {hint}"
        )


def reads_video():
    """Whether a row of Table 1 sees the video."""
    return any("video" in config["variants"][row]["inputs"] for row in config["rows"])


def source(piece, name):
    """Inputs that bring the dataset's file ``name`` of ``piece``.

    The manifest where an archive is unpacked or a piece is fetched. Nothing where a given folder
    lacks the file. The job that reads a missing file fails with its own clear line, and the other
    stems go on.
    """
    path = f"{DATA}/{piece}/{name}"
    if ARCHIVE:
        return [f"{DATA}/manifest.tsv"]
    if REMOTE is not None:
        return [f"{DATA}/{piece}/manifest.tsv"]
    return [path] if MADE or Path(path).is_file() else []


def needed_files(piece):
    """Names of the files of ``piece`` that this run reads, each once."""
    names = (getattr(row, column) for row in PLAYERS[piece] for column in (*NEEDED, "f0s"))
    return list(dict.fromkeys(names))


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


# Files of the dataset that each source of the piano-roll reads.
SCORE_SOURCES = {"notes": ["notes"], "score_dtw": ["score", "audio"], "score": ["score"]}

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
    return ROWS[f"{wildcards.piece}.{wildcards.track}"]


def data_path(column):
    """Params function: path of the file of a stem that the inventory names in ``column``."""
    return lambda wildcards: f"{DATA}/{wildcards.piece}/{getattr(stem_of(wildcards), column)}"


def data_file(column):
    """Input function: what brings that file."""
    return lambda wildcards: source(wildcards.piece, getattr(stem_of(wildcards), column))


def data_files(*columns, piece=None):
    """What brings the files named in ``columns`` of all stems, or of one piece."""
    rows = ROWS.values() if piece is None else PLAYERS[piece]
    files = [
        path
        for row in rows
        for column in columns
        for path in source(row.piece, getattr(row, column))
    ]
    return list(dict.fromkeys(files))


def crops_of(row):
    """How the players are cropped for a variant: its own way, or the run's."""
    return config["variants"][row].get("crops", config["video"]["crops"])


def seen(row):
    """Files in which a variant sees the players: frames if it is fine-tuned, else their embeddings."""
    variant = config["variants"][row]
    if "video" not in variant["inputs"]:
        return []
    name = "frames.zip" if variant.get("finetune") else "visual.npz"
    return piece_files(f"{crops_of(row)}/{name}")


def variant_features(wildcards):
    """What a variant reads besides the mels: only the inputs it names."""
    files = stem_files("mel.npy") + seen(wildcards.row)
    if "roll" in config["variants"][wildcards.row]["inputs"]:
        files += stem_files("roll.npy")
    return files


def variant_flags(wildcards):
    """A variant's own options."""
    variant = config["variants"][wildcards.row]
    words = ["--inputs", *variant["inputs"], "--crops", crops_of(wildcards.row)]
    if "output" in variant:
        words += ["--output", variant["output"]]
    if variant.get("finetune"):
        words.append("--finetune")
    elif config["encoder"]["centre"] and "video" in variant["inputs"]:
        words.append("--centre")
    return shlex.join(words)


def predictions(suffix):
    """Path of every row's result: anchors, then variants times seeds. A variant that sees is followed
    by its shuffled-video control, one that sees and reads notes by the paper's other reading too.
    """
    rows = [(row, 0) for row in (*ANCHORS, "copy_synthesis_concat")]
    for row in config["rows"]:
        inputs = config["variants"][row]["inputs"]
        names = [row]
        if "video" in inputs:
            names.append(f"{row}_shuffled")
        if {"video", "roll"} <= set(inputs):
            names.append(f"{row}_concat")
        rows += [(name, seed) for name in names for seed in config["training"]["seeds"]]
    return [suffix.format(row=row, seed=seed) for row, seed in rows]


def claim_results():
    """Say once that nothing can be written to the results, before every job does."""
    Path(RUN).mkdir(parents=True, exist_ok=True)
    if not os.access(RUN, os.W_OK):
        raise UserError(
            f"{RUN}: cannot be written to; make it writable or change run: in the config"
        )


def show_errors():
    """Print the one line of every job of this run that failed, together, whatever the verbosity."""
    for path in sorted(Path(f"{RUN}/logs").rglob("*.log")):
        if path.stat().st_mtime >= BEGUN:
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("error:"):
                    print(f"{line}  [{path}]")


def show_results():
    """Print Table 1 and where everything lies."""
    table = Path(f"{RUN}/tables/table1.md")
    if table.is_file():
        print(f"\n{table.read_text()}")
        for name in ("report.html", "figures/", "audio/", "tables/"):
            print(f"  {RUN}/{name}")


try:
    checked(config)
    if not config["compute"]["gpus"]:
        # For the jobs, which take a GPU where they see one. By update, because the linter takes an
        # assignment for a variable that the user must set.
        os.environ.update(CUDA_VISIBLE_DEVICES="")
    RUN = f"results/{config['run']}"
    FEATURES = f"{RUN}/features"
    DATA, ARCHIVE, REMOTE = dataset()
    MADE = config["data"]["name"] == "mini-urmp" and not ARCHIVE and REMOTE is None
    STEMS = inventory()
    # What a job looks up: a search of the table in every job would be quadratic.
    ROWS = {row.Index: row for row in STEMS.itertuples()}
    PLAYERS = {
        piece: [ROWS[stem] for stem in stems]
        for piece, stems in STEMS.groupby("piece").groups.items()
    }
    ROLL = config["roll"]["source"]
    NEEDED = ["audio", "notes", *SCORE_SOURCES[ROLL][:1], *(["video"] if reads_video() else [])]
except UserError as error:
    sys.exit(f"error: {error}")


wildcard_constraints:
    piece=r"[^/]+",
    track=r"\d+",
    row=r"\w+",
    seed=r"\d+",
    crops="equal|published|auto",
