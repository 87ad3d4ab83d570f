"""A program is a function: its parameters are its options, and the settings it names are options too.

``settings("audio.sample_rate")`` above ``main(mel: Path, out: Path, settings)`` makes ``--mel``, ``--out``
and ``--audio.sample_rate``; the workflow reads the same names to know which settings a rule depends on.
"""

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence
from functools import partial, wraps
from types import UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from vimusic.errors import UserError
from vimusic.settings import Settings, complaint, declared

# What the options of many programs are.
WORDS = {
    "answers": "folder of listeners' answers",
    "audio": "the stem's wav",
    "checkpoints": "folder that survives a killed run",
    "control": "shuffled: show each stem another title's video",
    "data": "folder of the dataset",
    "devices": "processes, one device each",
    "encoder": "what sees the frames",
    "environment": "what it was trained with (.json)",
    "features": "folder of the stems' features",
    "figures": "pictures (.png), each named like its entry of report.figures",
    "films": "of the rows that see (.mp4), in their order",
    "folder": "where it goes",
    "frames": "the piece's frame store (frames.zip)",
    "history": ".csv, a line an epoch",
    "iterations": "of Griffin-Lim",
    "key": "which sound of a listening study is which; never for the listeners (.json)",
    "length": ".json with the stem's length",
    "markdown": "the same for people (.md)",
    "mels": "log-mels of the held-out stems (.npz)",
    "midi": "notes (.mid)",
    "mixes": "of each row and piece its wav and its scores (mixes.tsv)",
    "model": "trained weights",
    "notes": "Notes_*.txt",
    "out": "what is written",
    "page": "of a listening study (.html)",
    "published": "the paper's numbers (.csv)",
    "remotes": "table of remotes",
    "row": "its name in Table 1",
    "rows": "the run's rows (rows.json)",
    "split": "split.tsv",
    "splits": "split.tsv of each fold",
    "stems": "inventory table",
    "threads": "CPU threads",
    "systems": "rows to hear; if none is named, the soundfont and the trained variants",
    "table": "the table",
    "validation": "validation.tsv",
    "variant": "what it reads and gives (JSON)",
    "video": "any video that FFmpeg reads",
    "vocoder": "log-mel to sound",
    "weights": "of a vocoder that others have trained: a checkpoint, its configuration beside it",
    "wavs": "table of wavs (wavs.tsv)",
}


SHORT = {"out": "-o"}


class Bare(str):
    """What a parameter is, in ``Annotated``: one whose word stands alone, without an option's name."""


class Named(dict):
    """A section's settings, by key or by attribute."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]


class _Parser(argparse.ArgumentParser):
    """One that tells a mistake as every other part of a program does."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message.removeprefix('argument ')}; --help explains the options")


def settings(*keys: str) -> Callable:
    """Decorate a program that depends on the settings ``keys``, each ``section.name``: they become its
    options, and arrive as ``settings.section.name``; ``**settings.section`` are keywords."""

    def decorate(main: Callable) -> Callable:
        main.settings = keys
        return main

    return decorate


def program(main: Callable) -> Callable[[Sequence[str] | None], Any]:
    """``main`` as a program: a function of a command line (``sys.argv`` if None).

    A parameter's annotation is its type: ``Path``, ``int``, ``list[Path]`` (several words),
    ``tuple[str, ...]`` (one word with commas), ``list[tuple[int, int]]`` (the option again for each such
    word), ``bool`` (a flag), ``Literal``, or a class of ``vimusic.settings`` (JSON);
    ``Annotated[Path, "what it is"]`` explains it, and ``Bare`` in that place takes its option's name away.
    One with a default may be left out. ``published_`` is ``--published``, beside a module of that name.

    Raises
    ------
    UserError
        An option that is missing, unknown or wrong, by its name.
    """
    keys = getattr(main, "settings", ())

    @wraps(main)
    def run_program(argv: Sequence[str] | None = None) -> Any:
        doc = inspect.getmodule(main).__doc__ or main.__doc__
        # No abbreviations: --data would pass for --data.select.
        form = argparse.RawDescriptionHelpFormatter
        parser = _Parser(description=doc, formatter_class=form, allow_abbrev=False)
        for name, parameter in inspect.signature(main).parameters.items():
            if name != "settings":
                _add(parser, name, parameter)
        for key in keys:
            field = declared(key)
            kind = _kind(field.annotation)
            # An empty list is no word at all, and a flag that is off neither.
            if kind.get("nargs"):
                kind |= {"nargs": "*", "default": []}
            elif "action" not in kind:
                kind |= {"required": True}
            parser.add_argument(f"--{key}", help=field.description.replace("%", "%%"), **kind)
        words = list(sys.argv[1:] if argv is None else argv)
        if "--" in words:  # argparse does not keep what follows from being options, if intermixed
            end = words.index("--")
            words[end:] = [f"./{word}" if word.startswith("-") else word for word in words[end + 1 :]]
        # Intermixed: else a word alone is found before the first option only.
        given = vars(parser.parse_intermixed_args(words))
        if keys:
            given["settings"] = _checked({key: given.pop(key) for key in keys})
        return main(**given)

    return run_program


def _checked(given: dict[str, Any]) -> Named:
    """The settings as the classes that declare them would have them."""
    found = Named()
    for key, value in given.items():
        section, name = key.split(".")
        found.setdefault(section, Named())[name] = value
    for section, values in found.items():
        try:
            checked = Settings.model_fields[section].annotation.model_validate(values)
        except ValidationError as error:
            raise UserError(f"--{complaint(error, section)}") from None
        found[section] = Named({name: getattr(checked, name) for name in values})
    return found


def _add(parser: argparse.ArgumentParser, name: str, parameter: inspect.Parameter) -> None:
    kind, words = _kind(parameter.annotation), getattr(parameter.annotation, "__metadata__", ())
    word = name.rstrip("_")
    option = f"--{word.replace('_', '-')}"
    if parameter.default is not inspect.Parameter.empty:
        kind |= {"nargs": "*"} if "nargs" in kind else {}
        kind |= {"default": parameter.default}
    elif "action" not in kind:
        kind |= {"required": True}
    if inspect.isclass(kind.get("type")) and issubclass(kind["type"], BaseModel):
        kind["type"] = partial(_model, kind["type"], option)
    kind |= {"help": words[0] if words else WORDS.get(word)}
    if words and isinstance(words[0], Bare):
        # argparse knows by nargs alone whether a word without a name may be missing.
        parser.add_argument(name, **kind | ({} if kind.pop("required", False) else {"nargs": "?"}))
    else:
        parser.add_argument(*filter(None, [SHORT.get(word), option]), dest=name, **kind)


def _model(kind: type[BaseModel], option: str, text: str) -> BaseModel:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise UserError(complaint(error, option)) from None


def _commas(kinds: tuple[Any, ...], text: str) -> tuple[Any, ...]:
    """The parts of a ``text`` with commas; ``kinds`` are their types, or one and an ellipsis."""
    words = text.split(",")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(words)
    try:
        return tuple(kind(word.strip()) for kind, word in zip(kinds, words, strict=True))
    except ValueError:
        told = ",".join(kind.__name__ for kind in kinds)
        raise argparse.ArgumentTypeError(f"{text} is not {told}") from None


def _kind(annotation: Any) -> dict[str, Any]:
    """argparse's keywords for a type."""
    if hasattr(annotation, "__metadata__"):
        return _kind(annotation.__origin__)
    if get_origin(annotation) in (Union, UnionType):  # X | None
        return _kind(next(part for part in get_args(annotation) if part is not type(None)))
    if annotation is bool:
        return {"action": "store_true"}
    if get_origin(annotation) is tuple:
        return {"type": partial(_commas, get_args(annotation))}
    if get_origin(annotation) is list:
        each = get_args(annotation)[0]
        several = {"action": "append"} if get_origin(each) is tuple else {"nargs": "+"}
        return several | _kind(each)
    if get_origin(annotation) is Literal:
        return {"choices": get_args(annotation)}
    return {"type": annotation}
