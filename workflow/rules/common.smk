# Purpose: the checked config, the stems and rows of this run, and helpers for the rules.
# Inputs:  config.yaml (+ overlays), the inventory table
# Outputs: RUN, DATASET, ROWS, flags(), code(), and one clear line for a wrong config

import hashlib
import json
import os
import shlex
import sys
import time
from pathlib import Path

# This checkout's own package, for the parse and for every job, wherever it is run from and whatever is installed.
HOME = Path(workflow.basedir).resolve()
sys.path.insert(0, f"{HOME}/scripts")
os.environ.update(
    PYTHONPATH=os.pathsep.join(filter(None, [f"{HOME}/scripts", os.environ.get("PYTHONPATH")]))
)

from vimusic import captions, settings
from vimusic.closure import closure, settings_of
from vimusic.data.archive import still_packed
from vimusic.data.dataset import locate
from vimusic.data.urmp import FILES, check_named, files_of, read_stems
from vimusic.errors import UserError, run
from vimusic.features.film import suffix_for
from vimusic.features.sources import SOURCES
from vimusic.models import vocoders
from vimusic.models.given import PACKED as COMES_ALONG
from vimusic.models.given import asked_files
from vimusic.registry import names
from vimusic.rows import first_seeds, folds, font_of, named, plan, trained, write_rows
from vimusic.settings import ON_MELS, Variant, plays, reads, sees_notes, truth

BEGUN = time.time()
PROGRAMS = {
    path.stem: path for path in sorted(HOME.glob("scripts/*/*.py")) if path.parent.name != "vimusic"
}


def here(path):
    """A file of this checkout, relative to the working directory where it lies under it: the whole folder can be
    moved, and nothing reruns."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def resource(path):
    """A table that the config names: in the working directory, else in this checkout."""
    return path if Path(path).exists() or not (HOME / path).exists() else here(HOME / path)


def code(program, *entries):
    """The program of a rule, first, then every module it imports, transitively, and the registry ``entries``
    that it loads by name. Declared as input, so that an edit reruns exactly the rules that use it.
    """
    return [here(path) for path in closure(PROGRAMS[program], entries)]


def flags(*keys, given=config):
    """Settings as options: flags("audio.n_mels") -> "--audio.n_mels 80"."""
    words = []
    for key in keys:
        section, name = key.split(".")
        value = given[section][name]
        if isinstance(value, list):
            words += [f"--{key}", *map(str, value)] if value else []
        elif value is not False:
            words += [f"--{key}"] + ([] if value is True else [str(value)])
    return shlex.join(words)


def settings_for(program, variant=None):
    """The settings that a program depends on, as its options, with what differs for a variant. Each changed
    value is a changed param."""
    given = (
        Variant.model_validate(config["variants"][variant]).applied(config) if variant else config
    )
    return flags(*settings_of(PROGRAMS[program]), given=given)


def options(**paths):
    """Paths as options: options(table="a.csv", wavs=["b", "c"]) -> "--table a.csv --wavs b c"."""
    words = []
    for name, value in paths.items():
        words += [f"--{name}", *([value] if isinstance(value, str) else value)]
    return shlex.join(words)


def stem_files(name):
    """Path of a per-stem feature for all stems of the run."""
    return [f"{FEATURES}/{stem.piece}/{stem.track}/{name}" for stem in STEMS.values()]


def piece_files(name):
    """Path of a per-piece feature for all pieces of the run."""
    return [f"{FEATURES}/{piece}/{name}" for piece in PLAYERS]


def stem_of(wildcards):
    """Inventory row of the stem with these wildcards."""
    return STEMS[f"{wildcards.piece}.{wildcards.track}"]


def data_path(column):
    """Params function: path of the file of a stem that the inventory names in ``column``."""
    return lambda w: f"{DATASET.folder}/{w.piece}/{getattr(stem_of(w), column)}"


def data_files(*columns, piece=None):
    """What brings the files named in ``columns`` of all stems, or of one piece."""
    stems = STEMS.values() if piece is None else PLAYERS[piece]
    files = [
        path
        for stem in stems
        for column in columns
        for path in DATASET.sources(stem.piece, getattr(stem, column))
    ]
    return list(dict.fromkeys(files))


def data_file(*columns):
    """Input function: what brings these files of a stem."""
    return lambda w: [
        path for c in columns for path in DATASET.sources(w.piece, getattr(stem_of(w), c))
    ]


def needed_files(piece):
    """Names of the files of ``piece`` that this run reads, each once."""
    names = (getattr(stem, c) for stem in PLAYERS[piece] for c in (*NEEDED, "f0s"))
    return list(dict.fromkeys(filter(None, names)))


def crops_of(row):
    """How the players are cropped for a variant: its own way, or the run's."""
    return config["variants"][row]["crops"] or config["video"]["crops"]


def encoder_of(row):
    """What encodes a variant's frames: its own encoder, or the run's."""
    return config["variants"][row]["encoder"] or config["encoder"]["name"]


def variant_of(row):
    """The variant with its crops and encoder, if it sees, and without what its training does not depend on."""
    variant = config["variants"][row]
    sight = (
        {"crops": crops_of(row), "encoder": encoder_of(row)} if "video" in variant["inputs"] else {}
    )
    return variant | sight | {"own": {}, "voice": None}


def seen(row):
    """Files in which a variant sees the players: frames if it is fine-tuned, else their embeddings."""
    variant = config["variants"][row]
    if "video" not in variant["inputs"]:
        return []
    name = "frames.zip" if variant["finetune"] else f"{encoder_of(row)}.npz"
    return piece_files(f"{crops_of(row)}/{name}")


def features_of(row):
    """The mels, and what a variant reads: only the inputs it names, and what its output reads."""
    variant = config["variants"][row]
    read = reads(variant["inputs"], variant["output"])
    tables = [path for name in ON_MELS if name in read for path in stem_files(f"{name}.npy")]
    return stem_files("mel.npy") + seen(row) + tables


def variant_truth(wildcards):
    """What a variant is trained on besides the mels."""
    files = {
        "waveform": data_files("audio", "notes", "f0s"),
        "played": stem_files("notes.npy") + stem_files("performance.npy"),
    }
    return [
        path for name in truth(config["variants"][wildcards.row]["output"]) for path in files[name]
    ]


def voice_of(wildcards):
    """The model that plays the notes a variant sees; none, if it plays for itself."""
    voice = config["variants"][wildcards.row]["voice"]
    return (
        f"{RUN}/{wildcards.fold}models/{voice}.{wildcards.seed}/model.safetensors" if voice else []
    )


def either(names):
    """Pattern of a wildcard that is one of ``names``; nothing, if there is none."""
    return "|".join(names) or "(?!)"


def variant_entries(row):
    """Registry entries that a variant is composed of."""
    variant = config["variants"][row]
    entries = [f"models.inputs.{name}" for name in variant["inputs"]]
    if "video" in variant["inputs"]:
        entries.append(f"features.encoders.{encoder_of(row)}")
    return [*entries, f"models.outputs.{variant['output']}"]


def sonify_entries():
    """Registry entries that sonify may load; of a variant's model, those that it is composed of."""
    asked, folders = config["sonify"]["model"], ["features.crops", "models.vocoders"]
    if asked not in config["rows"]:
        folders += ["models.inputs", "models.outputs", "features.encoders"]
        rows = []
    else:
        rows = filter(None, [asked, config["variants"][asked]["voice"]])
    composed = [entry for row in rows for entry in variant_entries(row)]
    return composed + [f"{folder}.{name}" for folder in folders for name in names(folder)]


def sonify_output():
    """Where the film goes, or the sound of a score alone."""
    named = Path(SONIFIED.get("video") or SONIFIED.get("midi", "nothing"))
    suffix = suffix_for(named if "video" in SONIFIED else None)
    return f"{RUN}/sonify/{named.stem}{suffix}"


def claim_results():
    """Say once that nothing can be written to the results, before every job does."""
    Path(RUN).mkdir(parents=True, exist_ok=True)
    if not os.access(RUN, os.W_OK):
        raise UserError(
            f"{RUN}: cannot be written to; make it writable or change run: in the config"
        )


def show_errors():
    """Print the one line of every job of this run that failed, together, whatever the verbosity."""
    for path in sorted(Path(RUN).rglob("logs/**/*.log")):
        if path.stat().st_mtime >= BEGUN:
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("error:"):
                    print(f"{line}  [{path}]")


def show_results():
    """Print Table 1 and where everything lies."""
    table = Path(f"{RUN}/tables/table1.md")
    if table.is_file():
        print(f"\n{table.read_text()}")
        for name in ("report.html", "figures/", "audio/", "mix/", "tables/"):
            print(f"  {RUN}/{name}")


try:
    config.update(settings.checked(config))
    RUN = f"results/{config['run']}"
    FEATURES = f"{RUN}/features"
    for table in ("remotes", "stems"):
        config["data"][table] = resource(config["data"][table])
    DATASET = locate(config["data"], RUN)
    ROWS = plan(config, RUN)
    SOURCE = SOURCES[config["roll"]["source"]]
    SEES = any("video" in config["variants"][row]["inputs"] for row in config["rows"])
    # Columns of the inventory whose files this run needs; f0s are read where there are any.
    NEEDED = ["audio", "notes", *SOURCE.files[:1], *(["video"] if SEES else [])]
    VOCODER_FILES = [
        str(path)
        for path in vocoders.files(config["inference"]["vocoder"], config["inference"]["weights"])
    ]
    check_named(config["data"]["stems"], DATASET.stems, FILES if DATASET.made else NEEDED)
    SONIFIED = asked_files(config, RUN)
except UserError as error:
    sys.exit(f"error: {error}")
if not config["compute"]["gpus"]:
    # For the jobs, which take a GPU where they see one. By update, because the linter takes an
    # assignment for a variable that the user must set.
    os.environ.update(CUDA_VISIBLE_DEVICES="")

PLAYED = [row for row in config["rows"] if plays(config["variants"][row]["output"])]
READERS = [row for row in config["rows"] if sees_notes(config["variants"][row]["output"])]
FOLDS = folds(config)
SPLITS = [f"{RUN}/{fold}features/split.tsv" for fold in FOLDS]
SEEDS = config["training"]["seeds"]
# What a job looks up: a search of the table in every job would be quadratic.
STEMS = {row.Index: row for row in DATASET.stems.itertuples()}
PLAYERS = {
    piece: [STEMS[stem] for stem in stems]
    for piece, stems in DATASET.stems.groupby("piece").groups.items()
}
PUBLISHED = here(HOME / "workflow/resources/published.csv")

# What every caption says. Jobs find it in their environment: with a param, another learning rate or commit
# would redraw Figure 1.
_experiment = {key: value for key, value in config.items() if key != "sonify"}
_digest = hashlib.sha256(json.dumps(_experiment, sort_keys=True).encode()).hexdigest()[:8]
_leak = ", SPLIT BY CLIP (leaks)" if config["split"]["unit"] == "clip" else ""
config["provenance"] = (
    f"{config['data']['name']}{_leak}, run {config['run']}, config {_digest}, code {captions.commit()}"
)
captions.announce(config["provenance"])


wildcard_constraints:
    piece=r"[^/]+",
    track=r"\d+",
    row=r"\w+",
    seed=r"\d+",
    crops="equal|published|auto",
    # In all/ every stem of a run with folds trains: a model to hand on.
    fold=r"(?:(?:folds/\d+|all)/)?" if config["split"]["folds"] else r"(?:folds/\d+/)?",
    made=r"\w+\.\d+",
    encoder=r"\w+",
