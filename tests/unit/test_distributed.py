"""One process or two that share each batch: the same training. Slurm's variables do not change that."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from vimusic.models.training import share

ROOT = Path(__file__).parents[2]
STEMS = {"train": [110, 83], "val": [97]}  # mel frames; neither split's clips fill whole batches of 4


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    """A folder with split.tsv and rolls whose mels are the roll through one fixed matrix."""
    folder = tmp_path_factory.mktemp("features")
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((128, 6))
    rows = []
    for split, lengths in STEMS.items():
        visual = {}
        for track, length in enumerate(lengths, 1):
            stem = folder / split / str(track)
            stem.mkdir(parents=True)
            roll = np.zeros((length, 128), np.float32)
            roll[np.arange(length), 60 + rng.integers(0, 12, length // 10 + 1).repeat(10)[:length]] = 1
            np.save(stem / "roll.npy", roll)
            visual[str(track)] = rng.standard_normal((length // 2, 512)).astype(np.float16)
            (stem / "length.json").write_text(json.dumps({"samples": (length - 1) * 256}))
            np.save(stem / "mel.npy", (3 * roll @ matrix - 8).astype(np.float32))
            rows.append((f"{split}.{track}", split, track, "vn", split, ""))
        (folder / split / "equal").mkdir()
        np.savez(folder / split / "equal/resnet18.npz", **visual)
    columns = ["stem", "piece", "track", "instrument", "split", "take"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "split.tsv", sep="\t", index=False)
    return folder


def training(features, out, devices, command=(), inputs="roll", rate=0.01, **environment):
    """``train.py`` as a rule runs it, on the CPU; (finished process, losses per epoch or None)."""
    files = {"--model": "model.safetensors", "--history": "history.csv", "--environment": "environment.json"}
    variant = {"inputs": [inputs], "crops": "equal", "encoder": "resnet18"}
    options = shlex.split(
        f"--row any --seed 0 --variant '{json.dumps(variant)}' --threads 1 --data.name mini-urmp"
        " --video.fps 30 --video.size 64 --audio.sample_rate 22050 --audio.n_fft 1024 --audio.hop_length 256"
        " --audio.n_mels 6 --clips.window 8 --encoder.weights none --encoder.seed 0"
        " --encoder.components 4 --encoder.dropout 0 --model.fusion 8 --model.decoder 8 --training.epochs 3"
        f" --training.batch_size 4 --training.learning_rate {rate} --training.schedule constant"
        " --training.clip_norm 0 --training.window 0 --training.step 4 --training.offsets fixed"
        " --training.precision 32-true"
    )
    options += [word for option, name in files.items() for word in (option, str(out / name))]
    options += ["--split", str(features / "split.tsv"), "--features", str(features)]
    options += ["--data", str(features)]
    options += ["--checkpoints", str(out), "--devices", str(devices)]
    done = subprocess.run(
        [*command, sys.executable, "scripts/models/train.py", *options],
        cwd=ROOT,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": "scripts"} | environment,
        capture_output=True,
        text=True,
    )
    history = out / "history.csv"
    return done, pd.read_csv(history) if history.exists() else None


@pytest.fixture(scope="module")
def alone(features, tmp_path_factory):
    out = tmp_path_factory.mktemp("one")
    done, history = training(features, out, devices=1)
    assert done.returncode == 0, done.stderr
    return out, history


def test_two_processes_in_a_slurm_allocation_train_like_one(features, alone, tmp_path):
    # In an allocation of four tasks, but not started by srun: nobody else will.
    slurm = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_NNODES": "1", "SLURM_PROCID": "0"}
    done, history = training(features, tmp_path, devices=2, **slurm)
    assert done.returncode == 0, done.stderr
    assert "MEMBER: 2/2" in done.stderr, "the second process was not started"
    # Sums run in another order: single precision's last digits, carried through 3 epochs of Adam.
    pd.testing.assert_frame_equal(history, alone[1], rtol=1e-4)
    one, two = (load_file(p / "model.safetensors") for p in (alone[0], tmp_path))
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, rtol=1e-3, atol=1e-4, msg=key)


def test_tasks_that_srun_started_are_the_processes(features, alone, tmp_path):
    """Two tasks as srun starts them, each told its rank by Slurm alone."""
    script = 'SLURM_PROCID=1 SLURM_LOCALID=1 "$@" & SLURM_PROCID=0 SLURM_LOCALID=0 "$@" && wait'
    slurm = {
        "SLURM_STEP_NUM_TASKS": "2", "SLURM_NTASKS": "2", "SLURM_NTASKS_PER_NODE": "2", "SLURM_NNODES": "1",
        "SLURM_NODEID": "0", "SLURM_JOB_ID": str(os.getpid()), "SLURM_NODELIST": "127.0.0.1",
    }  # fmt: skip
    done, history = training(features, tmp_path, 2, ["bash", "-c", script, "srun"], **slurm)
    assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(history, alone[1], rtol=1e-4)


def test_two_processes_train_a_variant_that_sees_like_one(features, tmp_path):
    histories = []
    for devices in (1, 2):
        done, history = training(features, tmp_path / str(devices), devices, inputs="video")
        assert done.returncode == 0, done.stderr
        histories.append(history)
    pd.testing.assert_frame_equal(*histories, rtol=1e-4)


def test_loss_that_is_no_number_is_one_line_of_both_processes(features, tmp_path):
    done, history = training(features, tmp_path, devices=2, rate=1e30)
    assert done.returncode == 1 and history is None and not list(tmp_path.iterdir())
    [line] = [line for line in done.stderr.splitlines() if "error" in line.lower()]
    assert line.startswith("error: any seed 0: epoch 1: the loss of the clip of train.")
    assert "Traceback" not in done.stderr


def test_tasks_without_their_number_a_node_are_one_line(features, tmp_path):
    done, _ = training(features, tmp_path, 2, SLURM_STEP_NUM_TASKS="2", SLURM_NTASKS="2")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "srun: 2 tasks; give it --ntasks-per-node=2" in done.stderr


def test_batch_that_does_not_split_evenly_is_one_line(features, tmp_path):
    done, history = training(features, tmp_path, devices=3)
    assert done.returncode != 0 and history is None and "Traceback" not in done.stderr
    assert "training.batch_size: 4 clips do not split evenly among 3 processes" in done.stderr


@pytest.mark.parametrize("processes", [1, 2, 4])
@pytest.mark.parametrize("clips", [1, 4, 5, 7, 8])
def test_every_process_weighs_every_clip_of_a_batch_alike(clips, processes):
    shares = [share(list(range(clips)), 4, rank, processes) for rank in range(processes)]
    for k, batch in enumerate(shares[0][0]):
        parts = [parts[k] for _, parts in shares]
        assert len({len(part) for part in parts}) == 1
        counts = np.bincount([clip - batch[0] for part in parts for clip in part])
        assert (counts == counts[0]).all() and len(counts) == len(batch)
