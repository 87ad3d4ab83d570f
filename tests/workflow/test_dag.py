"""The whole DAG on tiny data, run as a user runs it, in a copy of the repository."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading

import av
import ffmpeg
import imageio_ffmpeg
import numpy as np
import pandas as pd
import pytest
import soundfile
from dag import snakemake

from vimusic.evaluation.metrics import METRICS
from vimusic.models.regressor import load

PACKAGE = os.environ | {"PYTHONPATH": "scripts"}
FEATURES = {
    "generate_miniurmp", "crop_frames", "encode_frames", "extract_mel", "align_midi",
    "extract_roll", "make_split", "validate_piece", "collect_validation",
}  # fmt: skip


def planned(folder, overlay=None):
    """Names of the rules that a run would execute now."""
    code, output = snakemake(folder, "--dry-run", overlay=overlay)
    assert code == 0, output
    jobs = re.findall(r"^(?:local)?rule (\w+):\n((?: .*\n)*)", output, re.MULTILINE)
    drawn = ((name, re.search(r"wildcards: figure=(\w+)", told)) for name, told in jobs)
    return {f"{name} {figure[1]}" if figure else name for name, figure in drawn} - {"all"}


FIGURES = {
    f"draw {name}"
    for name in (
        "validation", "learning_curves", "instruments", "pitch_tracks", "register", "figure1", "figure2",
    )
}  # fmt: skip
# What follows from the tracker.
SCORES = {"evaluate", "track_pitch", "table1", "draw instruments", "draw pitch_tracks", "write_page"}


@pytest.fixture
def edited(finished):
    """``finished``, whose module a test may edit: restored afterwards."""
    saved = {}

    def edit(name):
        path = finished / name
        saved[path] = path.read_text()
        path.write_text(saved[path] + "\n# edited by a test\n")

    yield edit
    for path, text in saved.items():
        path.write_text(text)


def test_writes_table_figures_sound_and_page(finished):
    results = finished / "results/tiny"
    for name in (
        "tables/table1.csv", "tables/table1.md", "tables/table1.tex", "figures/figure1.pdf",
        "figures/figure1.png", "figures/figure2.pdf", "figures/figure2.png", "report.html",
        "tables/against_paper.csv", "tables/paired.csv", "tables/seeds.csv", "tables/per_family.csv",
        "tables/table2.md", "figures/clip_vision_midi.mp4", "figures/sound_copy_synthesis.0.wav",
        "figures/learning_curves.pdf", "figures/instruments.pdf", "figures/pitch_tracks.pdf",
        "figures/register.pdf", "tables/mix.csv", "tables/mix.md",
    ):  # fmt: skip
        assert (results / name).stat().st_size > 200, name
    printed = (finished / "first_run.log").read_text()
    assert "SYNTHETIC" in printed and "results/tiny/report.html" in printed


def test_table_has_every_row_and_says_what_it_was_measured_on(finished):
    table = pd.read_csv(finished / "results/tiny/tables/table1.csv")
    assert list(table.columns) == ["row", "metric", "value", "low", "high", "pieces", "data"]
    assert list(dict.fromkeys(table.row)) == [
        "silence", "mean_spectrum", "instrument_mean", "soundfont", "copy_synthesis", "recording",
        "copy_synthesis_concat", "vision", "vision_shuffled", "vision_midi", "vision_midi_shuffled",
        "vision_midi_concat", "midi", "midi_ddsp", "vision_notes", "vision_notes_shuffled",
        "ddsp_resynthesis",
    ]  # fmt: skip
    assert set(table.data) == {"mini-urmp"}
    value = table.set_index(["row", "metric"]).value
    assert value["copy_synthesis", "mse"] == 0
    # A 16-bit wav of the recording.
    assert value["recording", "mse"] < 1e-2 and value["recording", "mr_stft"] < 0.1
    # From the start the synthesiser plays the notes.
    assert value["midi_ddsp", "pitch_accuracy"] > 0.9 and value["midi_ddsp", "chroma"] > 0.9
    assert value["mean_spectrum", "skill"] == 0
    assert value["silence", "mse"] > value["mean_spectrum", "mse"]
    assert value["copy_synthesis", "pitch_accuracy"] > value["mean_spectrum", "pitch_accuracy"]
    assert set(table.metric[table.row == "copy_synthesis"]) == set(METRICS)
    assert value["soundfont", "note_f1"] > value["silence", "note_f1"] == 0


def test_every_row_plays_the_whole_piece(finished):
    results = finished / "results/tiny"
    assert "SYNTHETIC data (mini-URMP)" in (results / "tables/mix.md").read_text()
    rows = pd.read_csv(results / "tables/table1.csv").row
    value = pd.read_csv(results / "tables/mix.csv").set_index(["row", "metric"]).value
    assert set(value.index.get_level_values("row")) == set(rows)
    assert value["recording", "mr_stft"] < 0.1 and value["recording", "chroma"] > 0.99
    assert value["recording", "multipitch_f1"] > 0.6 and value["silence", "multipitch_f1"] == 0
    mixes = pd.read_csv(results / "mix/mixes.tsv", sep="\t")
    assert mixes.piece.nunique() == 1 and all((finished / path).is_file() for path in mixes.path)


def test_no_title_crosses_the_split(finished):
    split = pd.read_csv(finished / "results/tiny/features/split.tsv", sep="\t")
    assert set(split.split) == {"train", "val", "test"}
    assert (split.groupby("title").split.nunique() == 1).all()


def test_predictions_and_sound_last_as_long_as_the_stem(finished):
    results = finished / "results/tiny"
    split = pd.read_csv(results / "features/split.tsv", sep="\t", index_col="stem")
    for stem in split[split.split == "test"].itertuples():
        true = np.load(results / "features" / stem.piece / str(stem.track) / "mel.npy")
        for row in ("vision", "vision_shuffled", "midi", "midi_ddsp", "vision_notes", "silence"):
            with np.load(results / f"predictions/{row}.0.npz") as mels:
                assert mels[stem.Index].shape == true.shape
            sound = soundfile.info(results / f"audio/{row}.0/{stem.Index}.wav")
            length = json.loads((results / f"features/{stem.piece}/{stem.track}/length.json").read_text())
            assert sound.frames == length["samples"]


def test_second_run_has_nothing_to_do(finished):
    code, output = snakemake(finished)
    assert code == 0 and "Nothing to be done" in output


def test_touching_every_file_reruns_nothing(finished):
    for path in sorted(finished.rglob("*")):
        if path.is_file() and ".snakemake" not in path.parts:
            path.touch()
    code, output = snakemake(finished)
    assert code == 0 and "Nothing to be done" in output


def test_edited_model_reruns_training_and_what_follows_but_no_feature(finished, edited):
    edited("scripts/vimusic/models/regressor.py")
    rules = planned(finished)
    assert {"train", "infer", "synthesize", "evaluate", "table1", "draw figure2", "write_page"} <= rules
    assert not rules & FEATURES


def test_edited_output_reruns_no_variant_that_has_another(finished, edited):
    edited("scripts/vimusic/models/outputs/harmonic.py")
    assert planned(finished) == set()


def test_edited_synthesiser_retrains_what_plays_with_it(finished, edited):
    edited("scripts/vimusic/models/synthesiser.py")
    rules = planned(finished)
    assert {"train", "perform", "evaluate"} <= rules and not rules & (FEATURES | {"infer", "synthesize"})


def test_edited_figure_redraws_itself_and_the_page(finished, edited):
    edited("scripts/vimusic/report/figures/figure2.py")
    assert planned(finished) == {"draw figure2", "write_page"}


def test_edited_style_redraws_every_figure_and_retrains_nothing(finished, edited):
    edited("scripts/vimusic/report/style.py")
    assert planned(finished) == FIGURES | {"write_page"}


def test_edited_tracker_retrains_nothing(finished, edited):
    edited("scripts/vimusic/evaluation/trackers/swift_f0.py")
    assert planned(finished) == SCORES


def test_edited_mel_module_reruns_the_mels(finished, edited):
    edited("scripts/vimusic/features/audio.py")
    rules = planned(finished)
    assert {"extract_mel", "train"} <= rules
    assert not rules & {"generate_miniurmp", "crop_frames", "encode_frames"}


def test_changed_learning_rate_retrains_only(finished):
    rules = planned(finished, {"training": {"learning_rate": 0.01}})
    assert "train" in rules
    # The synthesiser has a rate of its own.
    assert not rules & (FEATURES | {"predict_baseline", "draw figure1", "perform"})


def test_edited_motion_reader_retrains_what_sees_with_it(finished, edited):
    edited("scripts/vimusic/features/encoders/motion.py")
    rules = planned(finished)
    assert {"encode_frames", "train", "perform", "evaluate"} <= rules
    assert not rules & {"crop_frames", "infer", "synthesize"}


def test_edited_voice_is_heard_but_the_eyes_stay(finished):
    voice = {"variants": {"ddsp_resynthesis": {"own": {"training.epochs": 2}}}}
    code, output = snakemake(finished, "--dry-run", overlay=voice)
    assert code == 0, output
    trained = re.findall(r"output: results/tiny/models/(\w+)\.0/", output)
    performed = re.findall(r"output: results/tiny/predictions/(\w+)\.0\.npz", output)
    assert trained == ["ddsp_resynthesis"]
    assert set(performed) == {"ddsp_resynthesis", "vision_notes", "vision_notes_shuffled"}


def test_changed_tracker_only_scores_again(finished):
    rules = planned(finished, {"evaluation": {"tracker": "pyin"}})
    assert rules == SCORES


def test_a_variant_has_its_own_crops_and_output(copied):
    for folder in (copied / "results/tiny/features").glob("*/equal"):
        shutil.rmtree(folder)
    variants = {"moving": {"inputs": ["video", "roll"], "crops": "auto", "output": "harmonic"}}
    model = "results/tiny/models/moving.0/model.safetensors"
    code, output = snakemake(copied, model, overlay={"variants": variants, "rows": list(variants)})
    assert code == 0, output[-4000:]
    crops = {path.parent.name for path in (copied / "results/tiny/features").rglob("frames.zip")}
    assert crops == {"auto"}
    _, recipe, _ = load(copied / model)
    assert recipe.crops == "auto" and recipe.output == "harmonic"


def test_partials_without_notes_are_refused_in_one_line(finished):
    variants = {"deaf": {"inputs": ["video"], "output": "harmonic"}}
    code, output = snakemake(finished, "--dry-run", overlay={"variants": variants, "rows": list(variants)})
    assert code != 0 and "Traceback" not in output
    (line,) = [line for line in output.splitlines() if line.startswith("error:")]
    assert "variants.deaf" in line and "roll" in line


def test_unknown_config_key_is_one_line(finished):
    code, output = snakemake(finished, "--dry-run", overlay={"training": {"learningrate": 1}})
    assert code != 0 and "Traceback" not in output
    errors = [line for line in output.splitlines() if line.startswith("error:")]
    assert len(errors) == 1 and "learningrate" in errors[0]


def test_faulty_stems_are_named_and_the_rest_is_done(finished, tmp_path):
    shutil.copytree(finished / "results/tiny/miniurmp", tmp_path / "Dataset")
    lost = tmp_path / "Dataset/01_Aria_vn_vc/AuSep_1_vn_01_Aria.wav"
    lost.unlink()
    empty = tmp_path / "Dataset/16_Waltz_cl_vn/Notes_2_vn_16_Waltz.txt"
    empty.write_text("")
    own = {"run": "faulty", "data": {"path": f"{tmp_path}/Dataset", "name": "custom"}}
    code, output = snakemake(finished, "features", "validate", overlay=own)
    assert code != 0 and "Traceback" not in output
    results = finished / "results/faulty"
    table = pd.read_csv(results / "validation.tsv", sep="\t", index_col="stem")
    failed = ["01_Aria_vn_vc.1", "16_Waltz_cl_vn.2"]
    assert list(table.index[table.verdict == "fail"]) == failed
    assert lost.name in table.reason[failed[0]] and empty.name in table.reason[failed[1]]
    assert "leave_out: [01_Aria_vn_vc.1, 16_Waltz_cl_vn.2]" in output
    split = pd.read_csv(results / "features/split.tsv", sep="\t", index_col="stem")
    assert set(split.index) == set(table.index) - set(failed)
    for stem in split.itertuples():
        assert (results / "features" / stem.piece / str(stem.track) / "roll.npy").is_file()
    own["data"]["leave_out"] = failed
    code, output = snakemake(finished, "--dry-run", overlay=own)
    assert code == 0, output


def test_an_archive_gives_the_features_that_its_folder_gives(finished, tmp_path):
    archive = tmp_path / "it's packed.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(finished / "results/tiny/miniurmp", "Dataset")
    packed = archive.read_bytes()
    own = {"run": "packed", "data": {"path": str(archive)}}
    names = ["01_Aria_vn_vc/1/mel.npy", "01_Aria_vn_vc/1/roll.npy", "01_Aria_vn_vc/equal/frames.zip"]
    code, output = snakemake(finished, *(f"results/packed/features/{n}" for n in names), overlay=own)
    assert code == 0, output[-4000:]
    for name in names:
        ours, theirs = (finished / f"results/{run}/features" / name for run in ("packed", "tiny"))
        assert ours.read_bytes() == theirs.read_bytes(), name
    assert archive.read_bytes() == packed


def test_a_mirror_is_fetched_file_by_file(finished, tmp_path):
    dataset = finished / "results/tiny/miniurmp"
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=dataset)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/{{piece}}/{{file}}"
        remotes = tmp_path / "remotes.tsv"
        remotes.write_text(
            f"name\tkind\turl\tsource\tlicence\tnote\nloopback\tfile\t{url}\thttp://127.0.0.1\tCC0\t\n"
        )
        own = {"run": "fetched", "data": {"path": "loopback", "remotes": str(remotes)}}
        name = "01_Aria_vn_vc/1/roll.npy"
        code, output = snakemake(finished, f"results/fetched/features/{name}", overlay=own)
        server.shutdown()
    assert code == 0, output[-4000:]
    ours, theirs = (finished / f"results/{run}/features" / name for run in ("fetched", "tiny"))
    assert ours.read_bytes() == theirs.read_bytes()


def test_broken_stem_stops_its_rule_with_one_line_and_no_half_result(finished, tmp_path):
    shutil.copytree(finished / "results/tiny/miniurmp", tmp_path / "Dataset")
    notes = next((tmp_path / "Dataset").rglob("Notes_1_vn*"))
    notes.write_text("0.5\t\tforty\t\t1.0\r\n")
    own = {"run": "broken", "data": {"name": "custom", "path": f"{tmp_path}/Dataset"}}
    target = "results/broken/features/01_Aria_vn_vc/1/notes.mid"
    code, output = snakemake(finished, target, overlay=own)
    assert code != 0
    lines = [line for line in output.splitlines() if line.strip().startswith("error:")]
    assert len(lines) == 1 and "line 1" in lines[0] and notes.name in lines[0]
    assert not list((finished / "results/broken").rglob("*notes*.mid"))


@pytest.mark.parametrize("suffix", [".wav", ".mp4"])
def test_a_silent_video_gets_a_sound_of_its_length(finished, tmp_path, suffix):
    film = finished / "results/tiny/miniurmp/16_Waltz_cl_vn/Vid_16_Waltz_cl_vn.mp4"
    silent, out = tmp_path / "it's silent.mp4", tmp_path / f"out{suffix}"
    ffmpeg.input(str(film)).output(str(silent), an=None, vcodec="copy", loglevel="error").run(
        cmd=imageio_ffmpeg.get_ffmpeg_exe()
    )
    model = "results/tiny/models/vision.0/model.safetensors"
    words = [silent, "--model", model, "--players", "2", "--out", out]
    subprocess.run([sys.executable, "-m", "vimusic", "sonify", *words], cwd=finished, env=PACKAGE, check=True)
    with av.open(str(silent)) as container:
        stream = container.streams.video[0]
        seconds = float(stream.duration * stream.time_base)
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.sample_rate == 22050
        heard = sum(frame.samples for frame in container.decode(audio=0)) / 22050
    # An AAC stream is padded to whole packets of 1024 samples, plus one of encoder delay.
    slack = 1 / 30 if suffix == ".wav" else 1 / 30 + 2 * 1024 / 22050
    assert heard == pytest.approx(seconds, abs=slack)


def test_a_model_that_reads_notes_asks_for_them_in_one_line(finished, tmp_path):
    film = "results/tiny/miniurmp/16_Waltz_cl_vn/Vid_16_Waltz_cl_vn.mp4"
    model = "results/tiny/models/midi.0/model.safetensors"
    words = [film, "--model", model, "--out", tmp_path / "out.wav"]
    done = subprocess.run(
        [sys.executable, "-m", "vimusic", "sonify", *words],
        cwd=finished,
        env=PACKAGE,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and not list(tmp_path.iterdir())
    assert done.stderr.startswith("error:") and done.stderr.count("\n") == 1
