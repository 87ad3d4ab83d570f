"""Programs that run once a stem or row start without torch, which takes seconds to import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def torch_after(code, room=""):
    """Whether Python has imported torch after ``code``."""
    paths = os.pathsep.join(map(str, (SCRIPTS, SCRIPTS / room)))
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print('torch' in sys.modules)"],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1] == "True"


@pytest.mark.parametrize(
    "program",
    [
        *("features/crop_frames", "features/extract_mel", "features/align_midi", "features/extract_roll"),
        *("models/play", "models/predict_baseline", "models/synthesize", "evaluation/evaluate"),
    ],
)
def test_imports_no_torch(program):
    room, name = program.split("/")
    assert not torch_after(f"import {name}", room)


def test_a_tracker_brings_only_what_it_needs():
    hear = "import numpy; from vimusic.evaluation.pitch import track; track(numpy.ones(22050), 22050, '{}')"
    assert not torch_after(hear.format("swift_f0"))
    assert torch_after(hear.format("crepe_tiny"))


def test_the_command_shows_settings_without_torch():
    assert not torch_after("from vimusic.__main__ import command; command(['settings'])")
