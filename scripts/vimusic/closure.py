"""Which files a program runs: its own, every module of the package that it imports, and what these read.

The workflow declares them as input, so that an edit reruns exactly the rules that use the edited file.
"""

import ast
from functools import cache
from pathlib import Path

from vimusic.errors import UserError

ROOT = Path(__file__).resolve().parents[1]  # the folder that the package lies in


@cache
def imports(path: Path) -> frozenset[Path]:
    """Files of the package that the module at ``path`` imports, and files beside it that it names.

    Absolute and relative imports, at any depth of the code. The packages on the way to a module count, as
    Python runs their ``__init__``. A registry's entries do not: which of them a program loads, its rule says
    (``closure``). A file beside the module whose name stands in it as a string, say a template, counts too.
    """
    package = path.parent.relative_to(ROOT).parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value[1:]:
            if "/" not in node.value and "\n" not in node.value and len(node.value) < 100:
                found |= {p for p in [path.with_name(node.value)] if p.is_file()}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found |= _files(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            for alias in node.names:
                found |= _files([*base, alias.name])
    return frozenset(found - {path})


def _files(parts: list[str]) -> set[Path]:
    """Module and packages on the way to it of a dotted name, as far as they lie under ``ROOT``."""
    found = set()
    for depth in range(1, len(parts) + 1):
        stem = ROOT.joinpath(*parts[:depth])
        found |= {p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()}
    return found


def closure(path: Path, entries: tuple[str, ...] = ()) -> list[Path]:
    """The program at ``path`` and all that it runs, itself first, the rest sorted.

    Parameters
    ----------
    entries : registry entries that it loads by name, such as ``models.outputs.linear``.

    Raises
    ------
    UserError
        There is no such entry.
    """
    path = path.resolve()
    found, waiting = set(), {path}
    for entry in entries:
        files = _files(["vimusic", *entry.split(".")])
        if entry.rpartition(".")[2] not in {file.stem for file in files}:
            raise UserError(f"{ROOT}/vimusic: no entry {entry}")
        waiting |= files
    while waiting:
        module = waiting.pop()
        found.add(module)
        if module.suffix == ".py":
            waiting |= imports(module) - found
    return [path, *sorted(found - {path})]


@cache
def settings_of(path: Path, function: str = "main") -> tuple[str, ...]:
    """The settings that the file at ``path`` names above its ``function`` (``vimusic.options.settings``)."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "settings":
                    return tuple(ast.literal_eval(word) for word in call.args)
    return ()
