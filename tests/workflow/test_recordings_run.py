"""What ``vimusic init`` writes is a run."""

import subprocess
import sys

from dag import ROOT
from recordings_io import player

from vimusic.features.recordings import main


def test_the_workflow_takes_what_init_writes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for piece in ('Für Oma\'s "Fest"', "$HOME 2", "Lied"):
        player(tmp_path / "my 'tapes'" / piece, "1 violin")
    main(["my 'tapes'"])
    words = ["--snakefile", ROOT / "Snakefile", "--dry-run", "--cores", "1"]
    config = ["--configfile", "my 'tapes'/config.yaml"]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *words, *config], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "train" in done.stdout
