"""Mixes of all players: which pieces, at what level, and what a perfect one scores."""

import mix
import numpy as np
import pandas as pd
import pytest
import soundfile
from runs import rows_of
from signals import tone

from vimusic.data.urmp import Notes, read_split
from vimusic.evaluation import ensembles
from vimusic.evaluation.activations import Activations
from vimusic.evaluation.metrics import Sound

RATE, SECONDS = 22050, 2
HERTZ = {"Aria.1": 440.0, "Aria.2": 660.0, "Solo.1": 523.3, "Waltz.1": 392.0, "Waltz.2": 587.3}


def split_of(path, **parts):
    """split.tsv of the stems in ``HERTZ``; ``parts`` (``Aria_1="train"``) are those not held out."""
    rows = [(stem, *stem.split("."), parts.get(stem.replace(".", "_"), "test")) for stem in HERTZ]
    table = pd.DataFrame(rows, columns=["stem", "piece", "track", "split"])
    table = table.assign(title=table.piece, instrument="vn", seconds=SECONDS, take="1", clips="")
    table = table.assign(audio=table.stem + ".wav", notes=table.stem + ".txt", f0s="")
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, sep="\t", index=False)
    return path


def heard(signal, recording, notes):
    return Sound(signal=signal, recording=recording, sample_rate=RATE, notes=notes)


def notes_of(*hertz):
    """Notes from 0.5 s to the end."""
    n = len(hertz)
    return Notes(np.full(n, 0.5), np.array(hertz), np.full(n, SECONDS - 0.5))


def test_only_pieces_whose_players_are_all_held_out(tmp_path):
    split = read_split(split_of(tmp_path / "a.tsv"))
    found = ensembles.whole_pieces(split)
    assert {piece: list(stems.index) for piece, stems in found.items()} == {
        "Aria": ["Aria.1", "Aria.2"],
        "Waltz": ["Waltz.1", "Waltz.2"],
    }
    split = read_split(split_of(tmp_path / "b.tsv", Aria_2="train"))
    assert list(ensembles.whole_pieces(split)) == ["Waltz"]


def test_a_piece_held_out_clip_by_clip_is_not_whole(tmp_path):
    table = pd.read_csv(split_of(tmp_path / "a.tsv"), sep="\t")
    parts = [table.assign(split=part, clips=clips) for part, clips in (("train", "0 1"), ("test", "2"))]
    pd.concat(parts).to_csv(tmp_path / "a.tsv", sep="\t", index=False)
    assert ensembles.whole_pieces(read_split(tmp_path / "a.tsv")) == {}


def test_players_of_different_lengths_are_summed_to_the_longest():
    assert list(ensembles.summed([np.ones(3), np.full(5, 2.0)])) == [3, 3, 3, 2, 2]


@pytest.mark.parametrize("factor", [0.25, 1.0, 3.0])
def test_gain_brings_a_sine_to_its_level_whatever_its_phase(factor):
    times = np.arange(SECONDS * RATE) / RATE
    sine, other = (np.sin(2 * np.pi * 440 * times + phase) for phase in (0, np.pi / 2))
    assert ensembles.gain(other, factor * sine) == pytest.approx(factor, rel=1e-2)


def test_gain_is_least_squares_over_the_levels_of_frames():
    loud = np.repeat([0.1, 0.5], RATE) * np.sign(np.sin(np.arange(2 * RATE)))
    reference = np.repeat([0.3, 0.4], RATE) * np.sign(np.sin(np.arange(2 * RATE)))
    expected = (0.1 * 0.3 + 0.5 * 0.4) / (0.1**2 + 0.5**2)
    assert ensembles.gain(loud, reference) == pytest.approx(expected, rel=1e-2)


def test_silence_stays_silent():
    assert ensembles.gain(np.full(RATE, 1e-6), np.ones(RATE)) == 1


def test_balance_between_players_is_not_repaired():
    one, other = tone(440, SECONDS, RATE), tone(660, SECONDS, RATE)
    whole, apart = one + other, one + 0.1 * other
    balanced = ensembles.gain(apart, whole) * apart
    notes = notes_of(440.0, 660.0)
    assert METRIC["mr_stft"](heard(balanced, whole, notes)) > 0.1
    assert METRIC["mr_stft"](heard(whole, whole, notes)) == 0


METRIC = {metric.name: metric.measure for metric in ensembles.MEASURED}


@pytest.fixture
def given(monkeypatch):
    """Lets basic-pitch hear the keys (MIDI) that a test names, from 0.5 s on."""

    def hear(*keys):
        times = np.arange(0, SECONDS, 0.01)
        notes = np.zeros((len(times), 88))
        notes[50:, np.array(keys, int) - 21] = 1
        onsets = np.zeros_like(notes)
        onsets[50] = notes[50]
        told = Activations(times, notes, onsets, np.zeros((len(times), 264)))
        monkeypatch.setattr("vimusic.evaluation.activations.listen", lambda *_: told)

    return hear


def test_a_perfect_mix_scores_perfectly(given):
    given(69, 76)
    whole = tone(440, SECONDS, RATE) + tone(659.26, SECONDS, RATE)
    found = ensembles.measure(heard(whole, whole, notes_of(440.0, 659.26)))
    assert found["mr_stft"] == 0 and found["chroma"] == pytest.approx(1)
    assert found["multipitch_f1"] == pytest.approx(1, abs=0.02)  # the last frames of a note


@pytest.mark.parametrize(("keys", "f1"), [([69], 2 / 3), ([69, 77], 1 / 2), ([50], 0), ([], 0)])
def test_missed_and_wrong_pitches_cost(given, keys, f1):
    given(*keys)
    whole = tone(440, SECONDS, RATE)
    sound = heard(whole, whole, notes_of(440.0, 659.26))
    assert METRIC["multipitch_f1"](sound) == pytest.approx(f1, abs=0.02)


def test_pitches_sound_from_the_onset_to_before_the_end():
    intervals = np.array([[0.0, 0.02], [0.01, 0.03]])
    found = ensembles.pitches(intervals, np.array([440.0, 660.0]), np.arange(4) / 100)
    assert [list(now) for now in found] == [[440], [440, 660], [660], []]


def mixed(folder, **parts):
    """``mix.py`` on a run of ``midi`` in two seeds, which plays every stem at half of its level."""
    rows = rows_of(folder, "midi", seeds=(3, 4))
    split = split_of(folder / "split.tsv", **parts)
    for stem, hertz in HERTZ.items():
        place = folder / "data" / stem.partition(".")[0]
        place.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / f"{stem}.wav", 0.8 * tone(hertz, SECONDS, RATE), RATE)
        (place / f"{stem}.txt").write_text(f"0.0\t{hertz}\t{SECONDS}\n")
        soundfile.write(folder / f"{stem}.wav", 0.4 * tone(hertz, SECONDS, RATE), RATE)
    for row in rows:
        place = folder / row.wavs
        place.parent.mkdir(parents=True, exist_ok=True)
        wavs = pd.DataFrame({"stem": list(HERTZ), "path": [folder / f"{stem}.wav" for stem in HERTZ]})
        if row.seed != 4:  # which is not asked for
            wavs.to_csv(place, sep="\t", index=False)
    options = {
        "rows": folder / "rows.json", "splits": split, "data": folder / "data",
        "mixes": folder / "mix/mixes.tsv", "table": folder / "mix.csv", "markdown": folder / "mix.md",
        "data.name": "mini-urmp", "split.unit": "title", "split.folds": 0, "audio.sample_rate": RATE,
    }  # fmt: skip
    mix.main([str(word) for name, value in options.items() for word in (f"--{name}", value)])
    mixes = pd.read_csv(folder / "mix/mixes.tsv", sep="\t")
    return mixes, pd.read_csv(folder / "mix.csv"), (folder / "mix.md").read_text()


def test_every_row_mixes_every_whole_piece(tmp_path):
    mixes, table, text = mixed(tmp_path)
    assert set(zip(mixes.row, mixes.piece, strict=True)) == {
        (row, piece) for row in mixes.row for piece in ("Aria", "Waltz")
    }
    assert mixes.gain.to_numpy() == pytest.approx(2, rel=1e-3)
    made, rate = soundfile.read(tmp_path / "mix/midi/Aria.wav")
    truth = tone(440, SECONDS, RATE) + tone(660, SECONDS, RATE)
    # All rows of a piece by one factor, whichever would clip.
    assert rate == RATE and np.abs(made - 0.4 * truth / np.abs(truth).max()).max() < 1e-3
    value = table[table.row == "midi"].set_index("metric")
    assert value.value.mr_stft < 0.05 and value.value.chroma == pytest.approx(1, abs=1e-4)
    assert value.value.multipitch_f1 > 0.6 and set(value.pieces) == {2}
    assert value.low.mr_stft <= value.value.mr_stft <= value.high.mr_stft
    caption, _, header, *_ = text.splitlines()
    assert caption.startswith("Mix. SYNTHETIC data (mini-URMP), not comparable with the paper's numbers")
    assert "4 held-out stems, 2 piece(s), 2 title(s)" in caption and ", code " in caption
    assert [cell.strip() for cell in header.split("|")[1:-1]] == [
        *("row", "MR-STFT ↓", "chroma ↑", "multipitch F1 % ↑")
    ]


def test_without_a_whole_piece_the_table_is_one_line(tmp_path):
    mixes, table, text = mixed(tmp_path, Aria_1="train", Waltz_2="val")
    assert mixes.empty and table.empty and list(table.columns)[:3] == ["row", "metric", "value"]
    assert text.count("\n") == 1 and "no piece of two or more players is held out whole" in text
    assert "SYNTHETIC" in text and ", code " in text
