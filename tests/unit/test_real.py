"""A part of the real URMP, where it is at hand; the project does not contain it."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from vimusic.data.urmp import Notes, notes_to_f0, read_notes, read_stems
from vimusic.evaluation import activations, onsets, pitch, transcription
from vimusic.evaluation.metrics import SEMITONE, aligned, within
from vimusic.evaluation.transcribers import TRANSCRIBERS
from vimusic.features import audio, score
from vimusic.features.crops import CROPS
from vimusic.features.validation import STILL, check_piece
from vimusic.features.video import Crop, equal_crop, motion, picture_rows

REAL = Path(__file__).parents[2].parent / "shared/urmp-real"
pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"{REAL}: no real URMP stems here (they are not part of the project)"
)
INVENTORY = Path(__file__).parents[2] / "workflow/resources/stems.tsv"
RATE, N_FFT, HOP, BANDS = 22050, 1024, 256, 80
SECONDS = 10


def test_every_stems_notes_are_read():
    paths = sorted((REAL / "Dataset").glob("*/Notes_*.txt"))
    assert len(paths) == 21
    for path in paths:
        notes = read_notes(path)
        rows = [line for line in path.read_text().splitlines() if line.strip()]
        assert len(notes.onset) == len(rows), path.name
        assert np.all(np.diff(notes.onset) >= 0), path.name
        # From the double bass's lowest string to the top of the violin.
        assert notes.midi.min() >= 26 and notes.midi.max() <= 103, path.name


def test_a_real_row_has_three_tabs_between_its_columns():
    [path] = REAL.glob("Dataset/39_*/Notes_5_db_*.txt")
    [odd] = [line for line in path.read_text().splitlines() if re.search(r"\t{3}", line)]
    onset, hertz, duration = map(float, odd.split())
    notes = read_notes(path)
    assert (onset, hertz, duration) in set(zip(notes.onset, notes.hertz, notes.duration, strict=True))


def test_every_crop_mode_shows_the_whole_violinist():
    [path] = (REAL / "excerpt").glob("Vid_09_*.mp4")
    assert picture_rows(path) == pytest.approx((163, 888), abs=4)
    players = list(read_stems(INVENTORY, ["09_Jesus_tpt_vn"]).itertuples())
    crops = {how: CROPS[how](path, players) for how in ("equal", "published", "auto")}
    x, y, side = 1100, 452, 434  # the violin
    for how, (trumpet, violin) in crops.items():
        assert violin.x <= x and x + side <= violin.x + violin.width, (how, violin)
        assert violin.y <= y and y + side <= violin.y + violin.height, (how, violin)
        # The trumpeter and his bell, as seen in the picture.
        assert trumpet.x <= 474 and trumpet.x + trumpet.width >= 808, (how, trumpet)
        assert trumpet.y <= 440 and trumpet.y + trumpet.height >= 880, (how, trumpet)
    assert crops["published"][1] == Crop(x, y, side, side)
    assert crops["published"][0] == crops["equal"][0]


def test_real_players_move_in_their_slots():
    [path] = (REAL / "excerpt").glob("Vid_09_*.mp4")
    slots = [equal_crop(1920, 1080, picture_rows(path), slot, 2, margin=0) for slot in (1, 2)]
    assert min(motion(path, slots)) > STILL


def test_every_real_stem_passes_validation_with_a_warning_about_its_rate():
    stems = read_stems(INVENTORY)
    here = stems[[(REAL / "Dataset" / row.piece / row.audio).is_file() for row in stems.itertuples()]]
    rows = []
    for piece, players in here.groupby("piece"):
        rows += check_piece(players, REAL / "Dataset" / piece, with_video=False)
    assert [row["verdict"] for row in rows] == ["warn"] * 21
    for row in rows:
        rate, f0s = sorted(row["reason"].split("; "))  # and nothing else
        assert "16000 Hz" in rate and "F0s_" in f0s and "missing" in f0s
    notes = sum(row["notes"] for row in rows)
    assert sum(row["agreement"] * row["notes"] for row in rows) / notes >= 0.95


def test_a_score_is_warped_to_a_real_recording():
    # No real score is at hand: the annotated notes, played at another and changing tempo, stand for it.
    [path] = REAL.glob("Dataset/33_*/AuSep_1_tpt_*.wav")
    [annotation] = REAL.glob("Dataset/33_*/Notes_1_tpt_*.txt")
    notes = read_notes(annotation)
    knots = np.arange(notes.onset[0], 60, 8.0)
    beats = np.r_[0, np.cumsum(8 * np.random.default_rng(0).uniform(0.6, 1.0, len(knots) - 1))]
    onset, end = (np.interp(t, knots, beats) for t in (notes.onset, notes.onset + notes.duration))
    written = Notes(onset, notes.hertz, end - onset)
    warped = score.warp(written, audio.load(path, score.RATE))
    error = np.abs(score.onset_errors(warped, notes))
    assert len(error) == len(notes.onset)
    assert np.median(error) < 0.05
    assert np.median(np.abs(score.onset_errors(written, notes))) > 2


def test_copy_synthesis_of_a_real_stem_keeps_its_pitch():
    [path] = REAL.glob("Dataset/33_*/AuSep_1_tpt_*.wav")
    [notes] = REAL.glob("Dataset/33_*/Notes_1_tpt_*.txt")
    signal = audio.load(path, RATE)[: SECONDS * RATE]
    mel = audio.log_mel(signal, RATE, N_FFT, HOP, BANDS)
    copy = audio.synthesize(mel, RATE, N_FFT, HOP, 32, len(signal))
    reference = notes_to_f0(read_notes(notes), SECONDS)
    kept, heard = (
        within(aligned(reference, pitch.track(sound, RATE, "swift_f0")), SEMITONE) for sound in (copy, signal)
    )
    assert heard > 0.85
    assert kept >= 0.9 * heard


@pytest.mark.parametrize(
    ("piece", "stem", "ours", "basic_pitch"),  # thresholds of ours: see transcribers/ours.py
    [("33", "1_tpt", 0.97, 0.82), ("23", "2_sax", 0.91, 0.93), ("11", "1_ob", 0.88, 0.68)],
)
def test_transcribers_hear_a_real_recording(piece, stem, ours, basic_pitch):
    [path] = REAL.glob(f"Dataset/{piece}_*/AuSep_{stem}_*.wav")
    [annotation] = REAL.glob(f"Dataset/{piece}_*/Notes_{stem}_*.txt")
    notes, signal = read_notes(annotation), audio.load(path, RATE)
    heard = SimpleNamespace(
        signal=signal,
        sample_rate=RATE,
        strength=onsets.strength(signal, RATE),
        estimate=pitch.track(signal, RATE, "swift_f0"),
        activations=activations.listen(signal, RATE),
    )
    found = {name: transcription.note_f1(notes, *TRANSCRIBERS[name](heard)) for name in TRANSCRIBERS}
    assert found == pytest.approx({"ours": ours, "basic_pitch": basic_pitch}, abs=0.02)
