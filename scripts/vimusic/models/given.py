"""What is to be played, and by which model: whether it has all that it reads, and is given nothing else."""

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from vimusic.errors import UserError
from vimusic.settings import SCORE

# Of real instruments, made by `make packed`: plays a score, and reads no video.
PACKED = Path(__file__).parents[1] / "packed" / "midi_ddsp.safetensors"
# What each option is for; the rest are of the score.
NEEDS = {"--crop": "a video", "--instruments": "the instrument"}


def check_given(name: str, reads: Set[str], video: bool, given: Mapping[str, Any]) -> None:
    """``UserError`` unless the ``video``, if there is one, and the options ``given`` are what the model
    ``name`` ``reads`` (inputs of variants), and it has all that it reads."""
    score = given["--midi"]
    if "performance" in reads:
        raise UserError(f"{name}: the model reads the recording that it is to make; choose another")
    if "video" in reads and not video:
        raise UserError(f"{name}: the model reads a video; give a video too")
    if SCORE & reads and not score:
        raise UserError(f"{name}: the model reads notes; give --midi too, or a --model that reads none")
    if "instrument" in reads and not (given["--instruments"] or score):
        raise UserError(f"{name}: the model reads the instrument; give --instruments too")
    read = {"a video": "video" in reads, "notes": SCORE & reads, "the instrument": "instrument" in reads}
    for option, value in given.items():
        what = NEEDS.get(option, "notes")
        if value and not read[what]:
            raise UserError(f"{option}: {name} does not read {what}; leave {option} out")
    if given["--midi-stretch"] and not video:
        raise UserError("--midi-stretch: there is no film to fit the score to; leave it out")


def option(key: str) -> str:
    """Of ``vimusic sonify``, for a key of the section ``sonify``."""
    return f"--{key.replace('_', '-')}"


def asked_files(config: Mapping[str, Any], run: str) -> dict[str, str]:
    """Path of each file that the section ``sonify`` of a checked ``config`` names, by key; none, if it names
    nothing to play. A variant's weights, in the folder ``run``, need not be there yet.

    Raises
    ------
    UserError
        A file that is not there; or as ``check_given``, before a variant is trained for it.
    """
    asked, rows, variants = config["sonify"], config["rows"], config["variants"]
    files = {key: str(Path(asked[key]).expanduser()) for key in ("video", "midi") if asked[key]}
    for key, path in files.items():
        if not Path(path).is_file():
            raise UserError(f"config: sonify.{key}: {path}: no such file; name one that is there")
        if set("{}") & set(path):
            raise UserError(f"config: sonify.{key}: {path}: braces are a pattern of Snakemake's; rename it")
    if not files:
        return {}
    models = {key: asked[key] for key in ("model", "voice")}
    if models["model"] in rows:
        variant = variants[models["model"]]
        models["voice"] = models["voice"] or variant["voice"]
        spoken = variants[variant["voice"]]["inputs"] if variant["voice"] else []
        reads = set(variant["inputs"]) | (set(spoken) - SCORE - {"performance"})
        options = {option(key): asked[key] for key in ("midi", "instruments", "midi_offset", "midi_stretch")}
        try:
            check_given(models["model"], reads, "video" in files, options)
        except UserError as error:
            raise UserError(f"config: sonify: {error}") from None
    fold = "all/" if config["split"]["folds"] else ""
    for key, name in models.items():
        path = Path(name or "").expanduser()
        if name in rows:
            files[key] = f"{run}/{fold}models/{name}.{config['training']['seeds'][0]}/model.safetensors"
        elif name:
            files[key] = str(path / "model.safetensors" if path.is_dir() else path)
            if not Path(files[key]).is_file():
                raise UserError(
                    f"config: sonify.{key}: {name} is none of rows ({', '.join(rows)}) and no file"
                )
    return files


def words_of(asked: Mapping[str, Any], files: Mapping[str, Path | None], video: Path | None) -> list[str]:
    """Of ``vimusic sonify``, for keys of the section ``sonify``, and ``files`` by option."""
    words = [f"{option(key)}={path}" for key, path in files.items() if path]
    for key, value in asked.items():
        if value:
            words.append(option(key) if value is True else f"{option(key)}={value}")
    return [*words, *(["--", str(video)] if video else [])]
