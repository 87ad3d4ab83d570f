"""Where the split is by clip, programs count each stem once and score, show and play what is held out alone.

Two stems of six seconds, cut into clips of a second: four train, clip 1 validates, clip 4 is held out.
"""

import check_inversion
import check_trackers
import collect_register
import listening_kit
import numpy as np
import pandas as pd
import play
import predict_baseline
import pytest
import show_sound
import soundfile

from vimusic.evaluation import pitch
from vimusic.models.players import soundfont
from vimusic.models.vocoders import griffin_lim
from vimusic.report.listening import excerpts
from vimusic.rows import Row, write_rows

RATE, HOP = 16000, 160
FRAMES = RATE // HOP  # a second
STEMS = ["A.1", "A.2"]
HELD = slice(4 * RATE, 5 * RATE)
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * RATE)


@pytest.fixture
def run(tmp_path):
    """Folder of a run: mels are 0 where they train, 1 in validation, 2 where they are held out."""
    rows = []
    (tmp_path / "A").mkdir()
    for track in (1, 2):
        folder = tmp_path / "features/A" / str(track)
        folder.mkdir(parents=True)
        np.save(folder / "mel.npy", np.repeat([0, 1, 0, 0, 2, 0], FRAMES)[:, None] * np.ones(4, np.float32))
        (folder / "length.json").write_text(f'{{"samples": {6 * RATE}}}')
        soundfile.write(tmp_path / f"A/{track}.wav", NOISE, RATE)
        # A note in each second, a semitone higher in the next.
        notes = "".join(f"{k}.1\t{440 * 2 ** (k / 12)}\t0.8\n" for k in range(6))
        (tmp_path / f"A/{track}.txt").write_text(notes)
        for part, clips in (("train", "0 2 3 5"), ("val", "1"), ("test", "4")):
            rows.append((f"A.{track}", "A", track, "vn", f"{track}.wav", f"{track}.txt", part, clips))
    names = ["stem", "piece", "track", "instrument", "audio", "notes", "split", "clips"]
    same = {"f0s": "", "take": "1", "title": "A", "family": "strings", "seconds": 6.0, "window": 1.0}
    pd.DataFrame(rows, columns=names).assign(**same).to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    (tmp_path / "midi.0").mkdir()
    wavs = pd.DataFrame({"stem": STEMS, "path": [str(tmp_path / f"A/{k}.wav") for k in (1, 2)]})
    wavs.to_csv(tmp_path / "midi.0/wavs.tsv", sep="\t", index=False)
    rows = [
        Row(name, kind, name, "", 0, "", inputs, "", mels=str(tmp_path / "midi.npz"),
            wavs=str(tmp_path / "midi.0/wavs.tsv"), scores="", model="")
        for name, kind, inputs in (
            ("instrument_mean", "anchor", ()), ("soundfont", "anchor", ()), ("midi", "variant", ("roll",))
        )
    ]  # fmt: skip
    write_rows(tmp_path / "rows.json", rows)
    return tmp_path


def call(program, run, *words, split="split", **folders):
    """Call ``program`` with the split, these folders of the run, and other ``words``."""
    named = [word for name, folder in folders.items() for word in (f"--{name}", run / folder)]
    program.main([str(word) for word in (f"--{split}", run / "split.tsv", *named, *words)])


@pytest.fixture
def heard(monkeypatch):
    """Signals that the pitch tracker was given."""
    signals = []

    def track(signal, sample_rate, tracker):
        signals.append(signal)
        return np.arange(0, 6, 0.01), np.full(600, 440.0)

    monkeypatch.setattr(pitch, "TRACKERS", ("fake",))
    monkeypatch.setattr(pitch, "track", track)
    return signals


AUDIO = ["--audio.sample_rate", RATE, "--audio.hop_length", HOP]


def test_inversion_is_measured_once_for_each_whole_stem(run, heard, monkeypatch):
    monkeypatch.setattr(griffin_lim, "vocode", lambda *args, **settings: NOISE)
    size = [*AUDIO, "--audio.n_fft", 320, "--inference.vocoder", "griffin_lim", "--inference.iterations", 1]
    size += ["--inference.weights", ""]
    out = ["--evaluation.tracker", "swift_f0", "--table", run / "i.csv", "--markdown", run / "i.md"]
    call(check_inversion, run, *size, *out, data=".", features="features")
    assert list(pd.read_csv(run / "i.csv").stem) == STEMS
    assert {len(signal) for signal in heard} == {6 * RATE}


def test_trackers_hear_what_is_held_out(run, heard):
    out = ["--audio.sample_rate", RATE, "--table", run / "t.csv", "--markdown", run / "t.md"]
    call(check_trackers, run, *out, data=".", wavs="midi.0/wavs.tsv")
    table = pd.read_csv(run / "t.csv")
    assert list(table.stem) == ["A.1", "A.1", "A.2", "A.2"]
    for signal in heard[1:]:  # the first is a warm-up
        np.testing.assert_allclose(signal, NOISE[HELD], atol=1e-4)
    # The held-out second is four semitones above what the tracker says.
    assert set(table.pitch_accuracy) == {0}


def test_notes_of_other_clips_have_no_error_by_register(run):
    predicted = np.repeat([9, 9, 9, 9, 5, 9], FRAMES)[:, None] * np.ones(4)
    np.savez(run / "midi.npz", **dict.fromkeys(STEMS, predicted))
    size = [*AUDIO, "--rows", run / "rows.json", "--out", run / "r.csv"]
    call(collect_register, run, *size, split="splits", data=".", features="features")
    found = pd.read_csv(run / "r.csv")
    assert set(found.row) == {"instrument_mean", "soundfont", "midi"}
    assert set(found.midi) == {73} and set(found.mse) == {9.0} and set(found.notes) == {2}


def test_listeners_hear_each_stem_once_and_what_is_held_out(run, monkeypatch):
    cut, given = excerpts.cut, []
    monkeypatch.setattr(excerpts, "cut", lambda signal, *window: given.append(signal) or cut(signal, *window))
    names = ["--data.name", "custom", "--audio.sample_rate", RATE, "--count", 6, "--seconds", 0.6]
    names += ["--systems", "midi"]
    call(listening_kit, run, *names, data=".", rows="rows.json", page="p.html", key="k.json")
    assert len(given) == 2 * 2  # recording and a system of each stem
    for signal in given:
        np.testing.assert_allclose(signal, NOISE[HELD], atol=1e-4)


def test_baselines_take_their_mean_from_training_clips(run):
    call(predict_baseline, run, *AUDIO, "--row", "mean_spectrum", "--out", run / "b.npz", features="features")
    with np.load(run / "b.npz") as mels:
        assert list(mels) == STEMS
        assert all((mels[stem] == 0).all() for stem in STEMS)


def test_the_soundfont_is_as_loud_as_the_training_clips(run, monkeypatch):
    trained = []
    monkeypatch.setattr(soundfont, "render", lambda *args: NOISE.copy())
    monkeypatch.setattr(soundfont, "gain", lambda mel, train: trained.extend(train) or 1.0)
    size = [*AUDIO, "--audio.n_fft", 320, "--audio.n_mels", 4]
    size += ["--row", "soundfont"]
    call(play, run, *size, data=".", features="features", mels="s.npz", wavs="soundfont.0/wavs.tsv")
    assert {len(mel) for mel in trained} == {4 * FRAMES}
    assert not np.concatenate(trained).any()


def test_the_shown_sound_is_held_out(run):
    call(show_sound, run, "--out", run / "shown.wav", wavs="midi.0/wavs.tsv")
    np.testing.assert_allclose(soundfile.read(run / "shown.wav")[0], NOISE[HELD], atol=1e-4)
