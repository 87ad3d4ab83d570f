"""A program is a function: its parameters are its options, and the settings it names are options too.

``settings("audio.sample_rate")`` above ``main(mel: Path, out: Path, settings)`` makes ``--mel``, ``--out``
and ``--audio.sample_rate``; the workflow reads the same names to know which settings a rule depends on.
"""

import argparse
import inspect
import json
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from vimusic.errors import UserError
from vimusic.settings import declared

# What the paths that many programs read are.
WORDS = {
    "answers": "folder of listeners' answers",
    "audio": "the stem's wav",
    "data": "folder of the dataset",
    "features": "folder of the stems' features",
    "figures": "pictures (.png), each named like its entry of report.figures",
    "films": "of the rows that see (.mp4), in their order",
    "folder": "where it goes",
    "history": ".csv, a line an epoch",
    "key": "which sound of a listening study is which; never for the listeners (.json)",
    "length": ".json with the stem's length",
    "markdown": "the same for people (.md)",
    "mels": "log-mels of the held-out stems (.npz)",
    "midi": "notes (.mid)",
    "model": "trained weights",
    "notes": "Notes_*.txt",
    "out": "what is written",
    "page": "of a listening study (.html)",
    "published": "the paper's numbers (.csv)",
    "remotes": "table of remotes",
    "rows": "the run's rows (rows.json)",
    "split": "split.tsv",
    "splits": "split.tsv of each fold",
    "stems": "inventory table",
    "systems": "rows to hear; if none is named, the soundfont and the trained variants",
    "table": "the table",
    "validation": "validation.tsv",
    "video": "any video that FFmpeg reads",
    "wavs": "table of wavs (wavs.tsv)",
}


class Named(dict):
    """A section's settings, by key or by attribute."""

    __getattr__ = dict.__getitem__


def settings(*keys: str) -> Callable:
    """Decorate a program that depends on the settings ``keys``, each ``section.name``: they become its
    options, and arrive as ``settings.section.name``; ``**settings.section`` are keywords."""

    def decorate(main: Callable) -> Callable:
        main.settings = keys
        return main

    return decorate


def program(main: Callable) -> Callable[[Sequence[str] | None], Any]:
    """``main`` as a program: a function of a command line (``sys.argv`` if None).

    A parameter's annotation is its type: ``Path``, ``int``, ``list[Path]`` (several words), ``bool`` (a
    flag), ``Literal``, or a class of ``vimusic.settings`` (JSON). One with a default may be left out.
    """
    keys = getattr(main, "settings", ())

    @wraps(main)
    def run_program(argv: Sequence[str] | None = None) -> Any:
        doc = inspect.getmodule(main).__doc__ or main.__doc__
        parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        for name, parameter in inspect.signature(main).parameters.items():
            if name != "settings":
                _add(parser, name, parameter)
        for key in keys:
            field = declared(key)
            kind = _kind(field.annotation)
            # An empty list is no word at all, and a flag that is off neither.
            required = kind.get("nargs") is None and "action" not in kind
            empty = {"default": []} if "nargs" in kind else {}
            parser.add_argument(f"--{key}", required=required, help=field.description.replace("%", "%%"), **empty, **kind)
        given = vars(parser.parse_args(argv))
        if keys:
            given["settings"] = _checked(keys, {key: given.pop(key) for key in keys})
        return main(**given)

    return run_program


def _checked(keys: Sequence[str], given: dict[str, Any]) -> Named:
    """The settings as the classes that declare them would have them."""
    found = Named()
    for key in keys:
        section, name = key.split(".")
        field = declared(key)
        try:
            value = TypeAdapter(field.rebuild_annotation()).validate_python(given[key])
        except ValidationError as error:
            raise UserError(f"--{key}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
        found.setdefault(section, Named())[name] = value
    return found


def _add(parser: argparse.ArgumentParser, name: str, parameter: inspect.Parameter) -> None:
    kind = _kind(parameter.annotation)
    optional = parameter.default is not inspect.Parameter.empty
    if kind.get("action") == "store_true":
        optional = True
    elif optional:
        kind |= {"default": parameter.default}
    parser.add_argument(f"--{name.replace('_', '-')}", dest=name, required=not optional, help=WORDS.get(name), **kind)


def _kind(annotation: Any) -> dict[str, Any]:
    """argparse's keywords for a type."""
    if get_origin(annotation) in (Union, UnionType):  # X | None
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if annotation is bool:
        return {"action": "store_true"}
    if get_origin(annotation) is list:
        return {"nargs": "*"} | _kind(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return {"choices": get_args(annotation)}
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return {"type": lambda text: annotation.model_validate(json.loads(text))}
    return {"type": annotation}
