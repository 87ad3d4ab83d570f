"""A user's mistake is one line that names the file, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import align_midi
import crop_frames
import extract_mel
import ffmpeg
import imageio_ffmpeg
import infer
import numpy as np
import pandas as pd
import pytest
import soundfile
from safetensors.torch import save_file

from vimusic.data.urmp import COLUMNS
from vimusic.errors import run
from vimusic.models.recipe import Recipe
from vimusic.models.regressor import build

SCRIPTS = Path(__file__).parents[2] / "scripts"
RATE = 22050
TONE = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def mel_options(path, out):
    return ["--audio", path, "--audio.sample_rate", RATE, "--audio.n_fft", 1024,
            "--audio.hop_length", 256, "--audio.n_mels", 80, "--out", out / "mel.npy",
            "--length", out / "length.json"]  # fmt: skip


def midi_options(path, out, seconds=10.0, source="notes"):
    length = path.with_name("length.json")
    length.write_text(json.dumps({"samples": round(seconds * RATE), "seconds": seconds}))
    return ["--roll.source", source, "--notes", path, "--length", length, "--instrument", "vn",
            "--track", 1, "--players", 1, "--out", out / "notes.mid"]  # fmt: skip


def crop_options(path, out, crops="equal"):
    row = dict.fromkeys(COLUMNS, "") | {
        "piece": "01_A_vn", "title": "A", "track": "1", "instrument": "vn", "slot": "1",
        "players": "1", "lead_frames": "0", "take": "01", "video": path.name,
    }  # fmt: skip
    stems = path.with_name("stems.tsv")
    stems.write_text("\t".join(COLUMNS) + "\n" + "\t".join(row[key] for key in COLUMNS) + "\n")
    return ["--video", path, "--stems", stems, "--piece", "01_A_vn", "--crops", crops,
            "--video.size", 32, "--video.fps", 30, "--clips.window", 64, "--out", out / "frames.zip",
            "--contact", out / "contact.png"]  # fmt: skip


def film(path, frames, faststart=False):
    """A film of noise at 30 fps: hard to compress, so its data fill most of the file."""
    pixels = np.random.default_rng(0).integers(40, 256, (frames, 48, 64), dtype=np.uint8)
    source = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="gray", s="64x48", framerate=30)
    options = {"movflags": "+faststart"} if faststart else {}
    ffmpeg.output(
        source, str(path), vcodec="libx264", preset="ultrafast", pix_fmt="yuv420p", threads=1,
        loglevel="error", **options,
    ).run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), input=pixels.tobytes())  # fmt: skip
    return path


def halved(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def refuses(main, options, path, out, told):
    """``main`` ends with one line that names ``path``, and writes nothing into ``out``."""
    with pytest.raises(SystemExit) as caught:
        run(lambda: main([str(option) for option in options]))
    # sys.exit with a text prints it to stderr and exits with code 1.
    message = caught.value.code
    assert message.startswith("error: ")
    assert "\n" not in message
    assert str(path) in message
    assert told in message
    assert [found for found in out.rglob("*") if found.is_file()] == []


def refuses_as_a_command(script, options, path, out, told):
    """The same of ``script`` as a user runs it."""
    command = [sys.executable, SCRIPTS / script, *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert str(path) in line
    assert told in line
    assert [found for found in out.rglob("*") if found.is_file()] == []


def test_missing_stem(tmp_path, out):
    path = tmp_path / "AuSep_1_vn_01_A.wav"
    refuses_as_a_command("features/extract_mel.py", mel_options(path, out), path, out, "not found")


def test_silent_stem(tmp_path, out):
    path = tmp_path / "AuSep.wav"
    soundfile.write(path, 0 * TONE, RATE)
    refuses(extract_mel.main, mel_options(path, out), path, out, "silent")


def test_stereo_stem(tmp_path, out):
    path = tmp_path / "AuSep.wav"
    soundfile.write(path, np.stack([TONE, TONE], axis=1), RATE)
    refuses(extract_mel.main, mel_options(path, out), path, out, "2 channels")


def test_stem_that_was_cut_short(tmp_path, out):
    path = tmp_path / "AuSep.wav"
    soundfile.write(path, TONE, RATE)
    refuses(extract_mel.main, mel_options(halved(path), out), path, out, "cut short")


def test_file_that_is_no_audio(tmp_path, out):
    path = tmp_path / "AuSep.wav"
    path.write_text("no sound")
    refuses(extract_mel.main, mel_options(path, out), path, out, "cannot be read")


@pytest.mark.parametrize("crops", ["equal", "auto"])
def test_film_without_its_index(tmp_path, out, crops):
    path = halved(film(tmp_path / "Vid.mp4", 150))
    refuses(crop_frames.main, crop_options(path, out, crops), path, out, "truncated")


def test_film_that_ends_before_its_index_says(tmp_path, out):
    path = halved(film(tmp_path / "Vid.mp4", 300, faststart=True))
    refuses_as_a_command("features/crop_frames.py", crop_options(path, out), path, out, "truncated")


def test_missing_film(tmp_path, out):
    path = tmp_path / "Vid.mp4"
    refuses(crop_frames.main, crop_options(path, out), path, out, "not found")


def test_film_shorter_than_a_window(tmp_path, out):
    path = film(tmp_path / "Vid.mp4", 40)
    refuses(crop_frames.main, crop_options(path, out), path, out, "fewer than one window of 64")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no note"),
        ("0.5\t\t440\t\t0.5\r\n1.5\t\tA4\t\t0.5\r\n", "line 2"),
        ("0.5\t\t440\t\t0.5\r\n12.0\t\t440\t\t0.5\r\n", "line 2: note at 12.000 s"),
    ],
    ids=["empty", "malformed", "beyond the end"],
)
def test_wrong_notes(tmp_path, out, text, told):
    path = tmp_path / "Notes.txt"
    path.write_bytes(text.encode())
    refuses(align_midi.main, midi_options(path, out), path, out, told)


def test_missing_notes(tmp_path, out):
    path = tmp_path / "Notes.txt"
    refuses(align_midi.main, midi_options(path, out), path, out, "not found")


@pytest.mark.parametrize("source", ["score", "score_dtw"])
def test_source_without_the_file_it_reads(tmp_path, out, source):
    path = tmp_path / "Notes.txt"
    path.write_text("0.5\t440\t0.5\n")
    refuses(align_midi.main, midi_options(path, out, source=source), "--score", out, f"the source {source}")


def test_crops_that_are_none(tmp_path, out):
    path = film(tmp_path / "Vid.mp4", 2)
    refuses(crop_frames.main, crop_options(path, out, "round"), "no round", out, "equal, published")


RECIPE = Recipe(
    row="midi", data="mini-urmp", inputs=("roll",), output="linear", finetune=False, crops="",
    encoder="resnet18", weights="none", encoder_seed=0, centre=False, components=512, dropout=0.0,
    fusion=16, decoder=8, lookahead=False, sample_rate=RATE, n_fft=1024, hop_length=256, n_mels=80, fps=30,
    size=32, window=64,
)  # fmt: skip


def infer_options(tmp_path, model, out, mel_frames=200):
    """Options for one test stem whose features are all there."""
    features = tmp_path / "features"
    stem = features / "01_A_vn" / "1"
    stem.mkdir(parents=True)
    (stem / "length.json").write_text(json.dumps({"samples": (mel_frames - 1) * 256}))
    np.save(stem / "roll.npy", np.zeros((mel_frames, 128), np.float32))
    row = {"stem": "01_A_vn.1", "piece": "01_A_vn", "track": 1, "title": "A", "take": "01"}
    table = pd.DataFrame([row | {"instrument": "vn", "split": "test"}])
    table.to_csv(features / "split.tsv", sep="\t", index=False)
    return ["--split", features / "split.tsv", "--features", features, "--model", model,
            "--inference.stitch", "exact", "--clips.step", 32, "--threads", 1,
            "--out", out / "mels.npz"]  # fmt: skip


def trained(path, **changes):
    """Weights as train.py writes them, of a model whose recipe says otherwise by ``changes``."""
    recipe = json.dumps(RECIPE.to_dict() | changes)
    save_file(build(RECIPE).state_dict(), path, {"recipe": recipe, "card": "{}"})
    return path


def test_right_weights_are_taken(tmp_path, out):
    # What the refusals below differ from in one thing.
    options = infer_options(tmp_path, trained(tmp_path / "model.safetensors"), out)
    infer.main([str(option) for option in options])
    with np.load(out / "mels.npz") as mels:
        assert mels["01_A_vn.1"].shape == (200, 80)


def test_missing_weights(tmp_path, out):
    path = tmp_path / "model.safetensors"
    refuses(infer.main, infer_options(tmp_path, path, out), path, out, "not found")


def test_weights_of_another_model(tmp_path, out):
    path = trained(tmp_path / "model.safetensors", decoder=9)
    refuses(infer.main, infer_options(tmp_path, path, out), path, out, "weights")


@pytest.mark.parametrize("content", [b"", b"no weights at all"], ids=["empty", "text"])
def test_file_that_is_no_weights(tmp_path, out, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    refuses(infer.main, infer_options(tmp_path, path, out), path, out, "weights")


def test_weights_without_a_recipe(tmp_path, out):
    path = tmp_path / "model.safetensors"
    save_file(build(RECIPE).state_dict(), path)
    refuses(infer.main, infer_options(tmp_path, path, out), path, out, "weights")


@pytest.mark.parametrize("changes", [{"inputs": ["smell"]}, {"flavour": "sweet"}, {"inputs": None}], ids=str)
def test_weights_with_a_recipe_that_is_none(tmp_path, out, changes):
    path = trained(tmp_path / "model.safetensors", **changes)
    refuses(infer.main, infer_options(tmp_path, path, out), path, out, "weights")


def test_roll_of_no_numbers(tmp_path, out):
    options = infer_options(tmp_path, trained(tmp_path / "model.safetensors"), out)
    roll = tmp_path / "features/01_A_vn/1/roll.npy"
    np.save(roll, np.full((200, 128), np.nan, np.float32))
    refuses(infer.main, options, roll, out, "no finite numbers")


def test_stem_shorter_than_a_window(tmp_path, out):
    options = infer_options(tmp_path, trained(tmp_path / "model.safetensors"), out, mel_frames=183)
    refuses(infer.main, options, "length.json", out, "shorter than one window")


def test_control_of_a_model_that_reads_no_video(tmp_path, out):
    options = infer_options(tmp_path, trained(tmp_path / "model.safetensors"), out)
    refuses(infer.main, [*options, "--control", "shuffled"], tmp_path / "model.safetensors", out, "no video")
