"""What identifies a training: the code it imports, its options, its data."""

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"
# In a process of its own: this one has imported other tests' modules.
LIST = """import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/models"]
import train
from vimusic.models.inputs import INPUTS
INPUTS["roll"]
print(*train.sources(), sep="\\n")"""


def test_only_code_that_training_imports_counts():
    done = subprocess.run([sys.executable, "-c", LIST, SCRIPTS], capture_output=True, text=True, check=True)
    names = {str(Path(line).relative_to(SCRIPTS)) for line in done.stdout.splitlines()}
    library = {f"vimusic/{name}.py" for name in ("models/training", "models/clips", "models/inputs/roll")}
    assert {"models/train.py", *library} <= names
    assert not [name for name in names if "/report/" in name or "/evaluation/" in name]
    assert "vimusic/models/outputs/linear.py" not in names  # an entry that was not asked for
