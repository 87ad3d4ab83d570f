"""A part of the real URMP, where it is at hand; the project does not contain it."""

import re
from pathlib import Path

import numpy as np
import pytest

from vimusic import audio, pitch
from vimusic.metrics import pitch_scores
from vimusic.urmp import notes_to_f0, read_notes
from vimusic.video import auto_crop, equal_crop, open_video, picture_rows

REAL = Path(__file__).parents[2].parent / "shared/urmp-real"
pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"{REAL}: no real URMP stems here (they are not part of the project)"
)
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


def test_published_square_lies_inside_both_crops():
    [path] = (REAL / "excerpt").glob("Vid_09_*.mp4")
    with open_video(path) as (_, stream):
        width, height = stream.width, stream.height
    rows = picture_rows(path)
    assert rows == pytest.approx((163, 888), abs=4)
    slots = [equal_crop(width, height, rows, slot, 2) for slot in (1, 2)]
    crops = auto_crop(path, slots)
    x, y, side = 1100, 452, 434  # the violin, DESIGN section 3
    for name, crop in (("equal", slots[1]), ("auto", crops[1])):
        assert crop.x <= x and x + side <= crop.x + crop.width, (name, crop)
        assert crop.y <= y and y + side <= crop.y + crop.height, (name, crop)
    assert all(crop.width == crop.height for crop in crops)


def test_copy_synthesis_of_a_real_stem_keeps_its_pitch():
    [path] = REAL.glob("Dataset/33_*/AuSep_1_tpt_*.wav")
    [notes] = REAL.glob("Dataset/33_*/Notes_1_tpt_*.txt")
    signal = audio.load(path, RATE)[: SECONDS * RATE]
    mel = audio.log_mel(signal, RATE, N_FFT, HOP, BANDS)
    copy = audio.synthesize(mel, RATE, N_FFT, HOP, 32, len(signal))
    reference = notes_to_f0(read_notes(notes), SECONDS)
    kept, heard = (
        pitch_scores(reference, pitch.track(sound, RATE, "swift_f0"))["pitch_accuracy"]
        for sound in (copy, signal)
    )
    assert heard > 0.85
    assert kept >= 0.9 * heard
