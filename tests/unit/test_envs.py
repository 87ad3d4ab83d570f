"""Each conda environment holds what the programs that run in it import, at any depth of their code."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from vimusic.closure import closure
from vimusic.registry import names

ROOT = Path(__file__).parents[2]
PROGRAMS = {path.stem: path for path in ROOT.glob("scripts/*/*.py") if path.parent.name != "vimusic"}
# Entries that a rule's program may load by name.
LOADS = {
    "crop_frames": ["features.crops"],
    "encode_frames": ["features.encoders"],
    "align_midi": ["features.sources"],
    "train": ["models.inputs", "models.outputs", "features.encoders"],
    "infer": ["models.inputs", "models.outputs", "features.encoders"],
    "predict_baseline": ["models.baselines"],
    "synthesize": ["models.vocoders"],
    "check_inversion": ["evaluation.trackers", "models.vocoders"],
    "evaluate": ["evaluation.trackers"],
    "track_pitch": ["evaluation.trackers"],
    "check_trackers": ["evaluation.trackers"],
    "table1": ["features.sources"],
    "draw": ["report.figures"],
    "write_page": ["features.sources"],
}
DISTRIBUTIONS = packages_distributions()


def rules():
    """(rule, its environment) of every rule that runs a program."""
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for part in re.split(r"^ *rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            environment = re.search(r"envs/([\w-]+\.yaml)", part)
            if environment:
                yield part.split(":")[0], environment[1]


def imported(path):
    """Top-level names of what a file imports from outside the standard library and the project."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"vimusic"}


def held(environment):
    """Distributions that an environment names, in lower case with hyphens."""
    *_, nested = yaml.safe_load((ROOT / "envs" / environment).read_text())["dependencies"]
    return {line.split("==")[0].lower().replace("_", "-") for line in nested["pip"]}


@pytest.mark.parametrize(("rule", "environment"), list(rules()))
def test_environment_holds_what_the_rule_imports(rule, environment):
    entries = tuple(f"{folder}.{name}" for folder in LOADS.get(rule, []) for name in names(folder))
    files = [path for path in closure(PROGRAMS[rule], entries) if path.suffix == ".py"]
    needed = {name for path in files for name in imported(path)}
    absent = {
        name
        for name in needed
        if not {each.lower().replace("_", "-") for each in DISTRIBUTIONS.get(name, [name])}
        & held(environment)
    }
    assert absent == set()


def test_every_program_is_a_rule_and_every_rule_a_program():
    assert {rule for rule, _ in rules()} == set(PROGRAMS)
