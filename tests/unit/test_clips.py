"""What is read of a stem, and clips loaded ahead by threads."""

import itertools
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
from clips_io import Film
from models_io import RECIPE, embeddings

from vimusic.errors import UserError
from vimusic.features.frames import FrameWriter
from vimusic.features.prefetch import load_batches
from vimusic.models.clips import Clips, Seen, Stem, load_seen, load_stem
from vimusic.timebase import TimeBase


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    mel = rng.normal(size=(2000, 80)).astype(np.float32)
    visual = rng.normal(size=(700, 512)).astype(np.float32)
    return Clips([Stem(Seen("a", 2000, 3, visual=visual), mel)], TimeBase(step=64))


def test_frames_of_a_batch_are_those_of_its_clips():
    films = [Film(np.random.default_rng(k).integers(0, 256, (70, 8, 8, 3), dtype=np.uint8)) for k in (0, 1)]
    mel = np.zeros((200, 80), np.float32)
    clips = Clips([Stem(Seen("a", 200, 3, frames=film), mel) for film in films], TimeBase())
    batch = clips.batch([1, 0, 1])
    assert set(batch) == set(clips[0])
    for name, values in batch.items():
        torch.testing.assert_close(values, torch.stack([clips[k][name] for k in (1, 0, 1)]), rtol=0, atol=0)


def test_memory_of_a_batch_is_used_again_but_not_while_the_batch_is_held(monkeypatch):
    film = Film(np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), dtype=np.uint8))
    clips = Clips([Stem(Seen("a", 500, 3, frames=film), np.zeros((500, 80), np.float32))], TimeBase())
    made, empty = [], np.empty
    monkeypatch.setattr(np, "empty", lambda *given: made.append(given) or empty(*given))
    for _ in load_batches(clips.batch, [[0, 1]] * 50, 2):
        pass
    assert 1 <= len(made) <= 5
    kept = [batch["frames"].flatten(0, 1) for batch in load_batches(clips.batch, [[0], [1], [2]] * 9, 2)]
    for k, frames in enumerate(kept):
        torch.testing.assert_close(frames, clips[k % 3]["frames"], rtol=0, atol=0)


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_are_the_clips_asked_for_in_order(clips, threads):
    indices = [[3, 0], [1, 1], [2]]
    batches = list(load_batches(clips.batch, indices, threads))
    assert len(batches) == len(indices)
    for batch, part in zip(batches, indices, strict=True):
        for name, values in batch.items():
            torch.testing.assert_close(values, torch.stack([clips[k][name] for k in part]), rtol=0, atol=0)


def test_only_as_many_batches_as_threads_are_made_ahead(clips):
    asked = []
    endless = map(lambda k: asked.append(k) or [0], itertools.count())
    batches = load_batches(clips.batch, endless, 2)
    next(batches)
    next(batches)
    assert len(asked) == 4
    batches.close()


def test_trouble_while_loading_reaches_the_training(clips):
    with pytest.raises(IndexError):
        list(load_batches(clips.batch, [[0], [10**6]], 2))


ROW = SimpleNamespace(Index="01_A_vn.2", piece="01_A_vn", track=2, instrument="fl", clips=None)
VISUAL = embeddings(20).astype(np.float16)


@pytest.fixture
def features(tmp_path):
    """A folder with all features of a stem of 50 mel frames, but not its mel."""
    stem, crops = tmp_path / "01_A_vn" / "2", tmp_path / "01_A_vn" / "auto"
    stem.mkdir(parents=True)
    crops.mkdir()
    (stem / "length.json").write_text(json.dumps({"samples": 49 * 256 + 255}))
    np.save(stem / "roll.npy", np.ones((50, 128), np.float32))
    np.savez(crops / "resnet18.npz", **{"1": 0 * VISUAL, "2": VISUAL})
    with FrameWriter(crops / "frames.zip") as store:
        for _ in range(20):
            store.append(2, np.zeros((8, 8, 3), np.uint8))
    return tmp_path


@pytest.mark.parametrize("centre", [False, True])
def test_embeddings_are_read_of_the_stems_own_track_and_centred_if_asked(features, centre):
    seen = load_seen(ROW, features, replace(RECIPE, inputs=("video",), crops="auto", centre=centre))
    expected = VISUAL.astype(np.float32)
    np.testing.assert_array_equal(seen.visual, expected - expected.mean(axis=0) if centre else expected)
    assert (seen.name, seen.mel_frames, seen.instrument, seen.roll, seen.frames) == (
        "01_A_vn.2",
        50,
        4,
        None,
        None,
    )


def test_a_finetuned_model_reads_the_frames_themselves(features):
    seen = load_seen(ROW, features, replace(RECIPE, inputs=("video", "roll"), crops="auto", finetune=True))
    assert (len(seen.frames), seen.visual, seen.roll.shape) == (20, None, (50, 128))


def test_the_truth_is_read_for_training_alone(features):
    load_seen(ROW, features, RECIPE)
    with pytest.raises(FileNotFoundError, match=r"mel\.npy"):
        load_stem(ROW, features, features, RECIPE)
    np.save(features / "01_A_vn/2/mel.npy", np.zeros((50, 12), np.float32))
    assert load_stem(ROW, features, features, RECIPE).mel.shape == (50, 12)


def test_a_model_that_plays_is_trained_on_the_recording_and_its_annotated_f0(features, tmp_path):
    np.save(features / "01_A_vn/2/mel.npy", np.zeros((50, 12), np.float32))
    np.save(features / "01_A_vn/2/notes.npy", np.zeros((50, 13), np.float32))
    signal = np.sin(np.arange(49 * 256) / 7).astype(np.float32) / 2
    (tmp_path / "data/01_A_vn").mkdir(parents=True)
    soundfile.write(tmp_path / "data/01_A_vn/a.wav", signal, 22050, subtype="FLOAT")
    (tmp_path / "data/01_A_vn/n.txt").write_text("0.1\t440\t0.2\n")
    files = {"audio": "a.wav", "notes": "n.txt", "f0s": "", "seconds": len(signal) / 22050}
    row = SimpleNamespace(**vars(ROW) | files)
    recipe = replace(RECIPE, inputs=("notes",), output="ddsp")
    stem = load_stem(row, features, tmp_path / "data", recipe)
    np.testing.assert_array_equal(stem.waveform, signal)
    sounding = np.arange(50) * 256 / 22050
    sounding = (sounding > 0.1) & (sounding < 0.3)
    # To half a step of the annotation, 5 ms.
    assert np.mean((stem.f0 == 440) == sounding) > 0.95 and set(stem.f0) == {0, 440}
    clip = Clips([stem], recipe.clock)[1]
    window = recipe.clock.windows(50)[1]
    np.testing.assert_array_equal(clip["waveform"], signal[window.mel * 256 :][: len(clip["waveform"])])
    assert len(clip["waveform"]) == (len(clip["mel"]) - 1) * 256 and len(clip["f0"]) == len(clip["mel"])
    assert load_stem(row, features, tmp_path / "data", RECIPE).waveform is None


@pytest.mark.parametrize("name", ["2/mel.npy", "2/roll.npy", "auto/resnet18.npz"])
def test_features_that_are_no_numbers_are_one_line(features, name):
    np.save(features / "01_A_vn/2/mel.npy", np.zeros((50, 12), np.float32))
    path = features / "01_A_vn" / name
    if path.suffix == ".npz":
        np.savez(path, **{"2": VISUAL * np.float16(np.inf)})
    else:
        np.save(path, np.load(path) + np.nan)
    with pytest.raises(UserError, match=f"{path}: holds values that are no finite numbers"):
        load_stem(ROW, features, features, replace(RECIPE, inputs=("video", "roll"), crops="auto"))
