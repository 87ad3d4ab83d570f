"""The tiny DAG through workflow/profiles/slurm on a real Slurm of one node, which dies while it trains."""

import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import one_node
import pandas as pd
import pytest
import yaml
from dag import RESULTS, copy_repository, snakemake

pytestmark = pytest.mark.skipif(one_node.missing() is not None, reason=f"no Slurm: {one_node.missing()}")

IMPATIENT = Path(__file__).with_name("impatient.py")
TABLE = f"{RESULTS}/tables/table1.csv"
TRAIN = "rule_train_wildcards__vision_0"  # fold, row, seed
GPU_RULES = ("rule_train", "rule_encode_frames", "rule_infer")
# Enough epochs for the node to die among them.
OVERLAY = {"rows": ["vision"], "training": {"epochs": 60}, "compute": {"gpus": 1}}
# What a cluster of one node without accounts needs, and less waiting than a busy one.
PROFILE = [
    "--workflow-profile", "workflow/profiles/slurm", "--slurm-no-account",
    "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1",
    "--group-components", "features=20", "score=8",
]  # fmt: skip


def submit(folder):
    """Snakemake on its way to Table 1 in ``folder`` through Slurm; what it prints goes to tiny.log."""
    (folder / "overlay.yaml").write_text(yaml.safe_dump(OVERLAY))
    configs = ["--configfile", "configs/tiny.yaml", "overlay.yaml"]
    with (folder / "tiny.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, IMPATIENT, TABLE, *PROFILE, *configs],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )


def jobs():
    """What Slurm knows of its jobs: {comment: {field: value}}; the comment names the rule."""
    lines = one_node.query("scontrol", "--oneliner", "--details", "show", "job").splitlines()
    records = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]
    return {record["Comment"]: record for record in records if "Comment" in record}


@pytest.fixture(scope="module")
def survived(tmp_path_factory):
    """(folder, Slurm's record of the training as the node died, of all jobs at the end) of a finished run."""
    folder = copy_repository(tmp_path_factory.mktemp("cluster"))
    with ExitStack() as stack:
        try:
            node = stack.enter_context(one_node.one_node())
        except TimeoutError as error:
            pytest.skip(f"no Slurm: {error}")
        running = submit(folder)
        stack.callback(running.kill)
        checkpoints = folder / RESULTS / "checkpoints"
        one_node.wait_for(lambda: list(checkpoints.glob("*.pt")) or running.poll(), "training", 900)
        dying = jobs().get(TRAIN)
        node.die()
        one_node.wait_for(lambda: node.state().startswith("down"), "death of the node noticed")
        node.start_slurmd()
        code = running.wait(timeout=900)
        assert code == 0, (folder / "tiny.log").read_text()[-4000:]
        return folder, dying, jobs()


def test_table_equals_the_one_of_an_undisturbed_local_run(survived, copied):
    folder, *_ = survived
    # On the features of the finished run, but for what a GPU computes where there is one.
    code, output = snakemake(copied, TABLE, "--forcerun", "encode_frames", overlay=OVERLAY)
    assert code == 0, output[-4000:]
    here, there = (pd.read_csv(place / TABLE) for place in (copied, folder))
    pd.testing.assert_frame_equal(here, there)


def test_the_node_died_under_the_training_which_went_on_from_its_checkpoint(survived):
    folder, dying, finished = survived
    assert dying["JobState"] == "RUNNING"
    assert finished[TRAIN]["JobState"] == "COMPLETED" and finished[TRAIN]["Restarts"] == "1"
    assert "continues after epoch" in (folder / RESULTS / "logs/train/vision.0.log").read_text()


def test_gpu_jobs_ask_for_a_gpu_and_get_it_and_others_do_not(survived):
    _, dying, finished = survived
    assert dying["GRES"] == "gpu:1(IDX:0)"
    asked = {comment for comment, record in finished.items() if "gpu:1" in record.get("TresPerJob", "")}
    assert asked == {comment for comment in finished if comment.startswith(GPU_RULES)}
    assert all(any(comment.startswith(rule) for comment in asked) for rule in GPU_RULES)
