"""What may grow is a folder: a file in it is an entry, and its name is the entry's name in a config.

``vimusic/models/outputs/linear.py`` is the output ``linear``; adding a file adds an entry, and nothing else
is edited. Names are read off the folder, so that a config can be checked without importing torch.
"""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from vimusic.errors import UserError

PACKAGE = Path(__file__).parent


def names(folder: str) -> list[str]:
    """Entries of the registry ``folder``, such as ``models.outputs``, sorted."""
    files = PACKAGE.joinpath(*folder.split(".")).glob("*.py")
    return sorted(path.stem for path in files if not path.stem.startswith("_"))


def said(module: str, name: str = "", default: Any = None) -> Any:
    """What a module such as ``report.figures.figure1`` says of itself, read without importing it: its
    docstring on one line, or the constant ``name``, ``default`` where it has none.

    Raises
    ------
    UserError
        There is no such module, or it does not say and there is no ``default``.
    """
    path = PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not name and ast.get_docstring(tree):
        return " ".join(ast.get_docstring(tree).split())
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            return ast.literal_eval(node.value)
    if default is not None:
        return default
    raise UserError(f"{path}: has no {name or 'docstring'}")


class Registry:
    """The entries of a folder of modules; entry ``name`` is the attribute ``kind`` of its module.

    Parameters
    ----------
    package : ``__name__`` of the folder's package.
    kind : what each of its modules must define, say ``Output``.
    """

    def __init__(self, package: str, kind: str) -> None:
        self.package, self.kind = package, kind

    def __iter__(self) -> Iterator[str]:
        return iter(names(self.package.removeprefix("vimusic.")))

    def __getitem__(self, name: str) -> Any:
        """The entry ``name``; its module is imported now and not before.

        Raises
        ------
        UserError
            There is no such entry, or its module does not define ``kind``.
        """
        if name not in list(self):
            raise UserError(f"{self.package}: no {name}; there are {', '.join(self)}")
        module = import_module(f"{self.package}.{name}")
        if not hasattr(module, self.kind):
            raise UserError(f"{module.__file__}: defines no {self.kind}, as each file of its folder must")
        return getattr(module, self.kind)
