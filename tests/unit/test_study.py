"""The listening page is blind, whole, and made from a run's own files."""

import base64
import io
import json
import re
from pathlib import Path

import listening_kit
import numpy as np
import pandas as pd
import pytest
import soundfile
from runs import rows_of
from signals import tone

from vimusic.errors import UserError
from vimusic.features import audio
from vimusic.report.listening import excerpts, study

RATE = 22050
SYSTEMS = ("recording", "anchor", "vision", "midi")
SOUNDS = {stem: {system: f"{stem}{system}" for system in SYSTEMS} for stem in ("A.1", "B.2")}


def parts(trials, part):
    return {name: trial for name, trial in trials.items() if trial["part"] == part}


def test_each_sound_is_asked_about_and_each_stem_is_compared():
    _, trials = study.blind(SOUNDS, "noise", seed=0)
    asked = [
        (t["stem"], system) for t in parts(trials, "questions").values() for system in t["clips"].values()
    ]
    expected = [(stem, system) for stem in SOUNDS for system in SYSTEMS if system != "anchor"]
    assert sorted(asked) == sorted(expected)
    compared = {t["stem"]: sorted(t["clips"].values()) for t in parts(trials, "comparison").values()}
    assert compared == {stem: sorted(SYSTEMS) for stem in SOUNDS}


def test_the_key_leads_from_each_blind_clip_to_its_sound():
    shown, trials = study.blind(SOUNDS, "noise", seed=0)
    assert shown["trials"].keys() == trials.keys()
    for name, trial in trials.items():
        for clip, system in trial["clips"].items():
            heard = shown["audio"][shown["trials"][name]["clips"][clip]]
            assert heard == SOUNDS[trial["stem"]][system]
        if trial["part"] == "comparison":
            assert shown["audio"][shown["trials"][name]["reference"]] == SOUNDS[trial["stem"]]["recording"]
    assert shown["audio"][shown["level"]] == "noise"


def test_ids_are_distinct_and_follow_from_the_seed():
    _, trials = study.blind(SOUNDS, "noise", seed=0)
    ids = [*trials, *(clip for trial in trials.values() for clip in trial["clips"])]
    assert len(set(ids)) == len(ids)
    assert study.blind(SOUNDS, "noise", seed=0) == study.blind(SOUNDS, "noise", seed=0)
    other, renamed = study.blind(SOUNDS, "noise", seed=1)
    assert not set(trials) & set(renamed)
    assert other["study"] != study.blind(SOUNDS, "noise", seed=0)[0]["study"]


def test_the_audio_stands_in_no_telling_order():
    orders = {tuple(study.blind(SOUNDS, "noise", seed)[0]["audio"]) for seed in range(5)}
    assert len(orders) == 5


def test_flac_is_the_clip_and_carries_no_tags():
    clip = tone(440, 0.5, RATE)
    file = io.BytesIO(base64.b64decode(study.flac(clip, RATE)))
    with soundfile.SoundFile(file) as sound:
        assert (sound.samplerate, sound.format, sound.copy_metadata()) == (RATE, "FLAC", {})
        np.testing.assert_allclose(sound.read(), clip, atol=2**-15)


def stem_in(folder, stem, instrument, family, split, clips=""):
    """A stem of 3 s in the dataset under ``folder``, one note from 1.0 to 2.5 s: its line of split.tsv."""
    piece, track = stem.rsplit(".", 1)
    (folder / "data" / piece).mkdir(parents=True, exist_ok=True)
    audio.save(folder / "data" / piece / f"{track}.wav", tone(440, 3, RATE), RATE)
    (folder / "data" / piece / f"{track}.txt").write_text("1.0\t440\t1.5\n")
    names = {"stem": stem, "piece": piece, "instrument": instrument, "family": family, "take": "01"}
    return names | {
        "audio": f"{track}.wav",
        "notes": f"{track}.txt",
        "seconds": 3.0,
        "split": split,
        "clips": clips,
        "window": 0.5,
    }


def write_run(folder, split):
    """split.tsv and the sounds of its test stems in every row of a run: 200 Hz, 300 Hz, ..."""
    table = pd.DataFrame(split)
    table.to_csv(folder / "split.tsv", sep="\t", index=False)
    rows = {row.name: row for row in rows_of(folder, "vision", "midi", seeds=(0, 1)) if row.seed == 0}
    for k, name in enumerate(("vision", "midi", "soundfont"), start=2):
        wavs = Path(rows[name].wavs)
        paths = {stem: wavs.with_name(f"{stem}.wav") for stem in table.stem[table.split == "test"]}
        for path in paths.values():
            audio.save(path, 0.1 * tone(100 * k, 3, RATE), RATE)
        pd.DataFrame({"stem": paths.keys(), "path": paths.values()}).to_csv(wavs, sep="\t", index=False)
    return folder


@pytest.fixture
def run_folder(tmp_path):
    """The files of a run that the kit reads: two test stems and one that trains."""
    split = [
        stem_in(tmp_path, "01_A_vn_fl.1", "vn", "strings", "test"),
        stem_in(tmp_path, "01_A_vn_fl.2", "fl", "woodwind", "test"),
        stem_in(tmp_path, "02_B_vn.1", "vn", "strings", "train"),
    ]
    return write_run(tmp_path, split)


def kit(folder, *words):
    files = {
        "rows": "rows.json",
        "split": "split.tsv",
        "data": "data",
        "page": "page.html",
        "key": "key.json",
    }
    named = [word for option, name in files.items() for word in (f"--{option}", str(folder / name))]
    clock = ["--audio.sample_rate", str(RATE)]
    listening_kit.main([*named, *clock, "--data.name", "custom", "--seconds", "1", *words])
    page = (folder / "page.html").read_text(encoding="utf-8")
    shown = json.loads(re.search(r'id="study">(.*?)</script>', page).group(1))
    return page, shown, json.loads((folder / "key.json").read_text())


def test_kit_hears_the_test_stems_at_one_loudness(run_folder):
    _, shown, key = kit(run_folder)
    assert shown["study"] == key["study"]
    assert set(key["stems"]) == {"01_A_vn_fl.1", "01_A_vn_fl.2"}
    assert key["stems"]["01_A_vn_fl.2"] == {"instrument": "flute", "family": "woodwind", "start": 1.0}
    assert len(parts(key["trials"], "questions")) == 2 * 4
    for data in shown["audio"]:
        signal, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
        assert rate == RATE
        assert excerpts.loudness(signal, rate) == pytest.approx(key["loudness"], abs=0.2)


def systems_of(key):
    return {system for trial in key["trials"].values() for system in trial["clips"].values()}


def test_systems_are_the_variants_and_the_soundfont_or_those_named(run_folder):
    own = {"recording", "anchor"}
    assert systems_of(kit(run_folder)[2]) == {"soundfont", "vision", "midi"} | own
    assert systems_of(kit(run_folder, "--systems", "midi")[2]) == {"midi"} | own


def test_excerpts_of_a_split_by_clip_are_of_held_out_clips(tmp_path):
    stem = ("01_A_vn_fl.1", "vn", "strings")
    split = [
        stem_in(tmp_path, *stem, "train", "0 1 2 3"),
        stem_in(tmp_path, *stem, "test", "4 5"),  # 2 to 3 s: a note in its first half
    ]
    folder = write_run(tmp_path, split)
    recording = np.zeros(3 * RATE, np.float32)
    recording[2 * RATE :] = tone(440, 1, RATE)
    audio.save(folder / "data/01_A_vn_fl/1.wav", recording, RATE)
    _, shown, key = kit(folder)
    [trial] = parts(key["trials"], "comparison")
    reference = shown["audio"][shown["trials"][trial]["reference"]]
    heard, _ = soundfile.read(io.BytesIO(base64.b64decode(reference)))
    tenths = heard.reshape(10, -1).std(axis=1)
    assert tenths.min() > tenths.max() / 2  # it sounds throughout


def test_page_names_no_system_stem_or_address(run_folder):
    page, shown, _ = kit(run_folder)
    words = page.replace(json.dumps(shown, sort_keys=True), "")
    assert len(words) < len(page)
    assert not re.search(r"vision|midi|soundfont|01_A|anchor|https?://", words)
    told = json.dumps({**shown, "audio": []})
    assert not re.search(r"vision|midi|soundfont|01_A|anchor|recording", told)


def test_kit_is_the_same_bytes_again(run_folder):
    assert kit(run_folder) == kit(run_folder)
    assert kit(run_folder, "--seed", "1")[1]["study"] != kit(run_folder)[1]["study"]


def test_kit_asks_for_what_is_missing(run_folder):
    with pytest.raises(UserError, match="too short"):
        kit(run_folder, "--seconds", "0.1")
    with pytest.raises(UserError, match="--systems anybody: no such row"):
        kit(run_folder, "--systems", "midi", "anybody")
    with pytest.raises(UserError, match="--systems midi: twice"):
        kit(run_folder, "--systems", "midi", "midi")
    wav = run_folder / "audio/midi.0/01_A_vn_fl.2.wav"
    audio.save(wav, tone(300, 1.2, RATE), RATE)
    with pytest.raises(UserError, match=r"01_A_vn_fl\.2\.wav: ends before the excerpt"):
        kit(run_folder)
    wav.unlink()
    with pytest.raises(UserError, match=r"midi\.0/wavs\.tsv: has no wav of 01_A_vn_fl\.2"):
        kit(run_folder)
    table = run_folder / "split.tsv"
    table.write_text(table.read_text().replace("\ttest\t", "\tval\t"))
    with pytest.raises(UserError, match=r"split\.tsv: holds no test stems"):
        kit(run_folder)
