"""What identifies a training: the code it imports, its options, its data."""

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"
# In a process of its own: this one has imported other tests' modules.
LIST = "import sys; sys.path.insert(0, sys.argv[1]); import train; print(*train.sources(), sep='\\n')"


def test_only_code_that_training_imports_counts():
    done = subprocess.run([sys.executable, "-c", LIST, SCRIPTS], capture_output=True, text=True, check=True)
    names = {str(Path(line).relative_to(SCRIPTS)) for line in done.stdout.splitlines()}
    assert {"train.py", "vimusic/training.py", "vimusic/models.py", "vimusic/clips.py"} <= names
    assert not names & {"vimusic/figures.py", "vimusic/tables.py", "table1.py"}
