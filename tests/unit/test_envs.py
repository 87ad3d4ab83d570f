"""Each rule gives its program the settings that it names, in an environment that holds what it imports."""

import ast
import re
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
import yaml

from vimusic.closure import closure, settings_of
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
    "sonify": ["models.inputs", "models.outputs", "features.encoders", "features.crops", "models.vocoders"],
    "predict_baseline": ["models.baselines"],
    "synthesize": ["models.vocoders"],
    "check_inversion": ["evaluation.trackers", "models.vocoders"],
    "evaluate": ["evaluation.trackers", "evaluation.transcribers"],
    "track_pitch": ["evaluation.trackers"],
    "check_trackers": ["evaluation.trackers"],
    "tune_transcriber": ["evaluation.trackers"],
    "table1": ["features.sources"],
    "draw": ["report.figures"],
    "write_page": ["features.sources"],
}
DISTRIBUTIONS = packages_distributions()


def texts():
    """rule -> its text, of every rule that runs a program."""
    files = sorted((ROOT / "workflow/rules").glob("*.smk"))
    parts = [p for file in files for p in re.split(r"^ *rule ", file.read_text(), flags=re.MULTILINE)[1:]]
    return {part.split(":")[0]: part for part in parts if "envs/" in part}


def rules():
    """(rule, its environment) of every rule that runs a program."""
    for rule, text in texts().items():
        yield rule, re.search(r"envs/([\w-]+\.yaml)", text)[1]


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
    """Distributions that an environment names, or its script after it, in lower case with hyphens."""
    path = ROOT / "envs" / environment
    *_, nested = yaml.safe_load(path.read_text())["dependencies"]
    script = path.with_suffix(".post-deploy.sh")
    later = re.findall(r"\S+==\S+", script.read_text()) if script.is_file() else []
    return {line.split("==")[0].lower().replace("_", "-") for line in [*nested["pip"], *later]}


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


@pytest.mark.parametrize(("rule", "text"), list(texts().items()), ids=lambda part: part.split(":")[0])
def test_rule_passes_on_the_settings_of_its_program(rule, text):
    if rule == "draw":  # each figure has its own
        return
    named = settings_of(PROGRAMS[rule])
    assert bool(re.search(rf'settings=(lambda w: )?settings_for\("{rule}"', text)) == bool(named)
    assert ("{params.settings}" in text) == bool(named)


@pytest.mark.parametrize("name", sorted({env for _, env in rules()}))
def test_an_environment_compiles_what_librosa_caches_before_several_programs_do_at_once(name):
    script = (ROOT / "envs" / name).with_suffix(".post-deploy.sh").read_text()
    package = Path(distribution("librosa").locate_file("librosa"))
    cached = [path for path in package.rglob("*.py") if "@numba.guvectorize" in path.read_text()]
    modules = {".".join(path.relative_to(package.parent).with_suffix("").parts) for path in cached}
    # Beats are looked for nowhere.
    assert {"librosa.util.utils"} < modules - {"librosa.beat"} <= set(re.findall(r"[\w.]+", script))
    assert "sh envs/features.post-deploy.sh" in (ROOT / "Makefile").read_text()


def test_the_profile_of_slurm_groups_rules_that_there_are():
    profile = yaml.safe_load((ROOT / "workflow/profiles/slurm/config.yaml").read_text())
    assert set(profile["groups"]) <= set(texts())
