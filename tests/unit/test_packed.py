"""The model that comes along: what it says of itself, and that it plays what is written."""

import hashlib
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import soundfile
import torch

from vimusic.data.urmp import INSTRUMENTS
from vimusic.evaluation import pitch
from vimusic.features.film import probe
from vimusic.models.dubbing import main
from vimusic.models.given import PACKED
from vimusic.models.predictor import Predictor

torch.set_num_threads(1)
RATE = 22050
REAL = Path(__file__).parents[2].parent / "shared/urmp-real/excerpt"
# In the middle of each instrument's range, MIDI.
PITCH = {
    "vn": 76, "va": 65, "vc": 50, "db": 38, "fl": 79, "ob": 74, "cl": 67, "sax": 65, "bn": 50,
    "tpt": 70, "hn": 58, "tbn": 53, "tba": 43,
}  # fmt: skip


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load(device="cpu")


def off(signal, written, first, last):
    """Median distance (semitones) of the sound between two times (s) from a MIDI pitch."""
    times, hertz = pitch.track(signal, RATE, "swift_f0")
    heard = hertz[(times > first) & (times < last) & (hertz > 0)]
    assert len(heard) > 10
    return float(np.median(np.abs(12 * np.log2(heard / 440) + 69 - written)))


def test_it_is_the_file_that_was_packed_and_small():
    expected, name = (PACKED.parent / "SHA256SUMS").read_text().split()
    assert name == PACKED.name
    assert hashlib.sha256(PACKED.read_bytes()).hexdigest() == expected
    assert PACKED.stat().st_size < 5e6


def test_its_card_tells_of_real_stems_and_quotes_what_was_held_out(predictor):
    card = predictor.card
    assert card["synthetic"] is False and card["data"] == "urmp" and "CC0" in card["licence"]
    assert len(card["trained_on"]) == 21
    value, low, high, pieces = card["held_out"]["pitch_accuracy"]
    assert low <= value <= high and pieces == 8


@pytest.mark.parametrize("code", INSTRUMENTS)
def test_every_instrument_plays_the_note_that_is_written(predictor, code, capsys):
    signal = predictor.play(notes=[(0.5, 2.5, PITCH[code])], seconds=3, instrument=code)
    assert len(signal) == 3 * RATE and np.isfinite(signal).all()
    assert off(signal, PITCH[code], 0.7, 2.3) < 0.3
    sounding, rest = (np.sqrt(np.mean(part**2)) for part in (signal[RATE : 2 * RATE], signal[: RATE // 4]))
    assert sounding > 3 * rest  # 10 dB; the recordings' rooms are not silent
    told = "has heard no" in capsys.readouterr().out
    assert told == (code not in predictor.recipe.heard) == (code in ("fl", "bn"))


def score(path, **parts):
    """A MIDI file of ``parts``: (onset s, end s, pitch) by name of the instrument."""
    midi = pretty_midi.PrettyMIDI()
    for name, notes in parts.items():
        part = pretty_midi.Instrument(0, name=name)
        part.notes = [pretty_midi.Note(90, key, onset, end) for onset, end, key in notes]
        midi.instruments.append(part)
    midi.write(str(path))
    return path


def test_a_score_alone_becomes_sound_without_any_training(tmp_path):
    midi, out = score(tmp_path / "a.mid", violin=[(0.2, 2, 72)], cello=[(0.2, 2, 48)]), tmp_path / "out.wav"
    main(["--midi", str(midi), "-o", str(out)])
    for number, written in ((1, 72), (2, 48)):
        signal, rate = soundfile.read(tmp_path / f"out.{number}.wav")
        assert rate == RATE and len(signal) == pytest.approx(3 * RATE, abs=RATE // 100)
        assert off(signal, written, 0.4, 1.8) < 0.3


@pytest.mark.skipif(
    not REAL.is_dir(), reason=f"{REAL}: the real duet is not here (it is no part of the project)"
)
def test_the_real_duet_is_a_film_with_two_players_in_tune(tmp_path):
    from vimusic.data.urmp import read_notes

    [video] = REAL.glob("Vid_09_*.mp4")
    begin, parts = 159.092, {}  # s: where the excerpt begins
    for path in sorted(REAL.glob("Notes_*")):
        notes = read_notes(path)
        ends = notes.onset + notes.duration - begin
        triples = zip(notes.onset - begin, ends, notes.midi.tolist(), strict=True)
        code = path.name.split("_")[2]
        parts[INSTRUMENTS[code][0]] = [(max(0, a), b, p) for a, b, p in triples if b > 0.05 and a < 5]
    out = tmp_path / "duet.mp4"
    main([str(video), "--midi", str(score(tmp_path / "duet.mid", **parts)), "-o", str(out)])
    film = probe(out)
    assert film.seconds == pytest.approx(5, abs=0.05) and (film.width, film.height) == (1920, 1080)
    for number, notes in enumerate(parts.values(), 1):
        signal, _ = soundfile.read(tmp_path / f"duet.{number}.wav")
        onset, end, written = max(notes, key=lambda note: min(note[1], 5) - note[0])
        assert off(signal, written, onset + 0.1, min(end, 5) - 0.1) < 0.5
