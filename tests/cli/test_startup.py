"""Programs that run once a stem or row start without torch, which takes seconds to import."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize("script", ["evaluate", "soundfont", "predict_baseline", "synthesize"])
def test_imports_no_torch(script):
    seen = f"import sys, {script}; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", seen], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
