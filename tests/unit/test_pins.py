"""One set of versions everywhere, and no file that ties an install to one registry."""

import os
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GENERATED = {".git", ".venv", ".snakemake", ".ruff_cache", ".pytest_cache", ".hypothesis"}
GENERATED |= {"results", "data", "__pycache__"}
# Written in parts, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("anaconda", "com"),
        ("npmjs", "org"),
        ("download", "pytorch", "org/whl"),
    )
]


def pins(path):
    """name -> version of a requirements file."""
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return dict(line.split("==") for line in lines if line)


def project_files():
    """The project's own files: not what is generated."""
    for folder, inside, files in os.walk(ROOT):
        inside[:] = [name for name in inside if name not in GENERATED]
        yield from (Path(folder, name) for name in files)


@pytest.mark.parametrize("environment", sorted(path.name for path in ROOT.glob("envs/*.yaml")))
def test_conda_environment_has_the_tested_versions(environment):
    required = pins(ROOT / "envs/requirements.txt") | pins(ROOT / "envs/requirements-nodeps.txt")
    *_, nested = yaml.safe_load((ROOT / "envs" / environment).read_text())["dependencies"]
    packages = dict(line.split("==") for line in nested["pip"])
    assert packages == {name: required.get(name) for name in packages}


def test_what_follows_a_conda_environment_has_the_tested_version():
    required = pins(ROOT / "envs/requirements-nodeps.txt")
    for script in ROOT.glob("envs/*.post-deploy.sh"):
        assert script.with_name(script.name.replace("post-deploy.sh", "yaml")).is_file()
        for name, version in re.findall(r"(\S+)==(\S+)", script.read_text()):
            assert required[name] == version


def test_every_stage_has_an_environment():
    named = {
        name
        for rules in (ROOT / "workflow/rules").glob("*.smk")
        for name in re.findall(r"envs/(\w+\.yaml)", rules.read_text())
    }
    assert named == {path.name for path in ROOT.glob("envs/*.yaml")}


def test_constraints_hold_every_requirement_at_its_version():
    files = [ROOT / f"envs/requirements{part}.txt" for part in ("", "-dev", "-web")]
    required = {name: version for path in files for name, version in pins(path).items()}
    constraints = pins(ROOT / "envs/constraints.txt")
    assert required == {name: constraints.get(name) for name in required}


def test_no_file_names_a_package_registry():
    named = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in project_files()
        for host in HOSTS
        if host in path.read_text(encoding="utf-8", errors="ignore").lower()
    ]
    assert named == []


def test_the_search_for_registries_sees_the_project():
    seen = {str(path.relative_to(ROOT)) for path in project_files()}
    assert {"Makefile", "envs/requirements.txt", ".ci/run", "tests/unit/test_pins.py"} <= seen
