"""The house: nothing imports upwards or in a circle, and every name is there once."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from vimusic.closure import imports, settings_of
from vimusic.settings import declared

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
PACKAGE = SCRIPTS / "vimusic"
ROOMS = ("data", "features", "models", "evaluation", "report")  # each stands on those before it
MODULES = sorted(PACKAGE.rglob("*.py"))
PROGRAMS = sorted(path for room in ROOMS for path in SCRIPTS.glob(f"{room}/*.py"))
# What may grow is a folder of entries, which a config calls by name.
REGISTRIES = [path.parent for path in MODULES if "Registry(__name__" in path.read_text()]


def told(path):
    return str(path.relative_to(SCRIPTS))


def level(path):
    """How high a module or program stands: 0 is the ground floor."""
    parts = path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else SCRIPTS).parts
    return 1 + ROOMS.index(parts[0]) if len(parts) > 1 else 0


def test_there_are_rooms_with_modules_and_programs():
    for room in ROOMS:
        assert any(path.is_relative_to(PACKAGE / room) for path in MODULES)
        assert any(path.parent.name == room for path in PROGRAMS)
    assert len(REGISTRIES) >= 7


@pytest.mark.parametrize("path", [*MODULES, *PROGRAMS], ids=told)
def test_nothing_imports_upwards(path):
    above = [told(other) for other in imports(path) if level(other) > level(path)]
    assert above == []


def test_no_import_goes_in_a_circle():
    graph = {path: {other for other in imports(path) if other.suffix == ".py"} for path in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)  # CycleError shows the circle


def test_no_two_modules_or_programs_share_a_name():
    entries = [path for path in MODULES if path.parent in REGISTRIES]
    ours = [path for path in [*MODULES, *PROGRAMS] if path not in entries and not path.stem.startswith("__")]
    packages = [path.parent for path in MODULES if path.name == "__init__.py" and path.parent != PACKAGE]
    rooms = {PACKAGE / room for room in ROOMS}  # on three levels by design
    names = {}
    for path in [*ours, *(package for package in packages if package not in rooms)]:
        names.setdefault(path.stem, []).append(told(path))
    assert [paths for paths in names.values() if len(paths) > 1] == []
    assert {path.stem for path in entries}.isdisjoint(path.stem for path in PROGRAMS)


def main_of(path):
    """The function ``main`` of a program, unimported."""
    [main] = [
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    ]
    return main


@pytest.mark.parametrize("path", PROGRAMS, ids=told)
def test_every_program_is_a_function_of_its_options(path):
    main = main_of(path)
    if path.stem == "draw":  # makes a program of any figure
        return
    assert isinstance(main.decorator_list[0], ast.Name) and main.decorator_list[0].id == "program"
    parameters = {given.arg: given.annotation for given in (*main.args.args, *main.args.kwonlyargs)}
    assert ("settings" in parameters) == bool(settings_of(path))
    assert all(declared(key) for key in settings_of(path))  # KeyError names one that is not declared
    assert [name for name, kind in parameters.items() if kind is None and name != "settings"] == []
    assert "argparse" not in path.read_text()
