"""The listening page is blind, whole, and made from a run's own files."""

import base64
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
import soundfile
from signals import tone

import listening_kit
from vimusic.features import audio
from vimusic.errors import UserError
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


@pytest.fixture
def run_folder(tmp_path):
    """The files of a run that the kit reads: two test stems and one that trains, two systems."""
    rows = []
    for stem, instrument, family, split in (
        ("01_A_vn_fl.1", "vn", "strings", "test"),
        ("01_A_vn_fl.2", "fl", "woodwind", "test"),
        ("02_B_vn.1", "vn", "strings", "train"),
    ):
        piece, track = stem.rsplit(".", 1)
        (tmp_path / "data" / piece).mkdir(parents=True, exist_ok=True)
        audio.save(tmp_path / "data" / piece / f"{track}.wav", tone(440, 3, RATE), RATE)
        (tmp_path / "data" / piece / f"{track}.txt").write_text("1.0\t440\t1.5\n")
        rows.append((stem, piece, instrument, family, f"{track}.wav", f"{track}.txt", 3.0, split, "01"))
    names = ["stem", "piece", "instrument", "family", "audio", "notes", "seconds", "split", "take"]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    for row, hertz in (("vision", 200), ("midi", 300)):
        table = tmp_path / f"audio/{row}.0/wavs.tsv"
        paths = {stem: table.with_name(f"{stem}.wav") for stem, *_, split, _ in rows if split == "test"}
        for path in paths.values():
            audio.save(path, 0.1 * tone(hertz, 3, RATE), RATE)
        pd.DataFrame({"stem": paths.keys(), "path": paths.values()}).to_csv(table, sep="\t", index=False)
    return tmp_path


def kit(folder, *words):
    wavs = [str(path) for path in sorted(folder.glob("audio/*/wavs.tsv"))]
    files = {"split": "split.tsv", "data": "data", "page": "page.html", "key": "key.json"}
    named = [word for option, name in files.items() for word in (f"--{option}", str(folder / name))]
    fixed = ["--name", "custom", "--sample-rate", str(RATE), "--seconds", "1"]
    listening_kit.main([*named, *fixed, "--wavs", *wavs, *words])
    page = (folder / "page.html").read_text(encoding="utf-8")
    shown = json.loads(re.search(r'id="study">(.*?)</script>', page).group(1))
    return page, shown, json.loads((folder / "key.json").read_text())


def test_kit_hears_the_test_stems_at_one_loudness(run_folder):
    _, shown, key = kit(run_folder)
    assert shown["study"] == key["study"]
    assert set(key["stems"]) == {"01_A_vn_fl.1", "01_A_vn_fl.2"}
    assert key["stems"]["01_A_vn_fl.2"] == {"instrument": "flute", "family": "woodwind", "start": 1.0}
    assert len(parts(key["trials"], "questions")) == 2 * 3
    for data in shown["audio"]:
        signal, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
        assert rate == RATE
        assert excerpts.loudness(signal, rate) == pytest.approx(key["loudness"], abs=0.2)


def test_page_names_no_system_stem_or_address(run_folder):
    page, shown, _ = kit(run_folder)
    words = page.replace(json.dumps(shown, sort_keys=True), "")
    assert len(words) < len(page)
    assert not re.search(r"vision|midi|01_A|anchor|https?://", words)
    told = json.dumps({**shown, "audio": []})
    assert not re.search(r"vision|midi|01_A|anchor|recording", told)


def test_kit_is_the_same_bytes_again(run_folder):
    assert kit(run_folder) == kit(run_folder)
    assert kit(run_folder, "--seed", "1")[1]["study"] != kit(run_folder)[1]["study"]


def test_kit_asks_for_what_is_missing(run_folder):
    with pytest.raises(UserError, match="too short"):
        kit(run_folder, "--seconds", "0.1")
    wav = run_folder / "audio/midi.0/01_A_vn_fl.2.wav"
    audio.save(wav, tone(300, 1.2, RATE), RATE)
    with pytest.raises(UserError, match=r"01_A_vn_fl\.2\.wav: ends before the excerpt"):
        kit(run_folder)
    wav.unlink()
    with pytest.raises(UserError, match=r"midi: has no wav of 01_A_vn_fl\.2"):
        kit(run_folder)
    (run_folder / "audio/midi.0").rename(run_folder / "audio/vision.1")
    with pytest.raises(UserError, match="a second vision"):
        kit(run_folder)
    table = run_folder / "split.tsv"
    table.write_text(table.read_text().replace("\ttest\t", "\tval\t"))
    (run_folder / "audio/vision.1/wavs.tsv").unlink()
    with pytest.raises(UserError, match="holds no test stems"):
        kit(run_folder)
