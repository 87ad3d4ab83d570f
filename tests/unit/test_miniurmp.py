"""mini-URMP: formats, determinism, and what its files do and do not tell."""

import re

import imageio_ffmpeg
import numpy as np
import pretty_midi
import pytest
import soundfile
from generate_miniurmp import main

from vimusic.data.miniurmp.motion import gestures, moment
from vimusic.data.miniurmp.music import RANGES, RATE, compose, perform
from vimusic.data.miniurmp.pen import Pen
from vimusic.data.miniurmp.picture import BOTTOM, TOP
from vimusic.data.miniurmp.piece import FPS, write_piece
from vimusic.data.miniurmp.player import draw_look, draw_player
from vimusic.data.miniurmp.seeds import generator
from vimusic.data.miniurmp.sound import SAMPLE_RATE, synthesize
from vimusic.data.urmp import COLUMNS, read_f0s, read_notes
from vimusic.errors import UserError

SECONDS, SCALE = 6, 0.2


def table_rows(piece, title, instruments, take="01", leads=(5, 3)):
    """Inventory rows of one piece; instruments may repeat."""
    return [
        {
            "piece": piece, "title": title, "track": track, "instrument": instrument,
            "slot": track, "players": len(instruments), "take": take,
            "audio": f"AuSep_{track}_{instrument}_{title}.wav",
            "notes": f"Notes_{track}_{instrument}_{title}.txt",
            "f0s": f"F0s_{track}_{instrument}_{title}.txt",
            "video": f"Vid_{piece}.mp4", "score": f"Sco_{piece}.mid",
            "crop_x": "", "crop_y": "", "crop_side": "", "lead_frames": leads[track - 1],
        }
        for track, instrument in enumerate(instruments, start=1)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def piece(tmp_path_factory):
    folder = tmp_path_factory.mktemp("piece")
    rows = table_rows("01_Aria_vn_tpt", "Aria", ("vn", "tpt"))
    write_piece(rows, folder, 0, SECONDS, SCALE)
    return folder, rows


def played(instrument="vn", seconds=24, seed=0, take="01"):
    score = compose("Aria", 1, instrument, seconds, seed)
    return perform(score, instrument, seconds, take, 1, seed)


def read_frames(path):
    """(info, frames) of a video, frames (n, height, width, 3)."""
    reader = imageio_ffmpeg.read_frames(str(path))
    info = next(reader)
    width, height = info["size"]
    return info, np.stack([np.frombuffer(f, np.uint8).reshape(height, width, 3) for f in reader])


def test_only_the_named_files_are_written(piece):
    folder, rows = piece
    names = {row[key] for row in rows for key in ("audio", "notes", "f0s", "video", "score")}
    assert {path.name for path in folder.iterdir()} == names | {"AuMix_01_Aria_vn_tpt.wav"}


def test_rows_have_the_inventory_columns(piece):
    assert set(piece[1][0]) == set(COLUMNS)


def test_wavs_are_24_bit_and_the_mix_is_their_sum(piece):
    folder, rows = piece
    stems = []
    for row in rows:
        info = soundfile.info(folder / row["audio"])
        assert (info.samplerate, info.subtype, info.channels) == (SAMPLE_RATE, "PCM_24", 1)
        assert info.frames == SECONDS * SAMPLE_RATE
        stems.append(soundfile.read(folder / row["audio"])[0])
    mix = soundfile.read(folder / "AuMix_01_Aria_vn_tpt.wav")[0]
    assert np.abs(mix - sum(stems)).max() <= 2**-23


def test_annotations_are_in_urmps_format(piece):
    folder, rows = piece
    notes = (folder / rows[0]["notes"]).read_bytes()
    assert re.fullmatch(rb"(\d+\.\d{3}\t\t\d+\.\d{3}\t\t\d+\.\d{3}\r\n)+", notes)
    f0s = (folder / rows[0]["f0s"]).read_bytes()
    assert re.fullmatch(rb"(\d+\.\d{3}\t\d+\.\d{3}\r\n)+", f0s)
    times, _ = read_f0s(folder / rows[0]["f0s"])
    assert times[0] == 0.023
    assert np.allclose(np.diff(times), 0.010)
    assert times[-1] < SECONDS


def test_notes_agree_with_the_f0s(piece):
    folder, rows = piece
    for row in rows:
        notes, (times, hertz) = read_notes(folder / row["notes"]), read_f0s(folder / row["f0s"])
        sounding = np.zeros(len(times), bool)
        for onset, mean, duration in zip(notes.onset, notes.hertz, notes.duration, strict=True):
            inside = (times > onset + 0.002) & (times < onset + duration - 0.002)
            sounding |= (times > onset - 0.002) & (times < onset + duration + 0.002)
            assert abs(1200 * np.log2(hertz[inside].mean() / mean)) < 15
        assert not hertz[~sounding].any()


def test_the_score_has_no_waiting_and_all_parts(piece):
    folder, rows = piece
    midi = pretty_midi.PrettyMIDI(str(folder / rows[0]["score"]))
    assert [part.program for part in midi.instruments] == [40, 56]
    for part, row in zip(midi.instruments, rows, strict=True):
        notes = read_notes(folder / row["notes"])
        assert [note.pitch for note in part.notes] == list(notes.midi)
        assert part.notes[0].start < 0.01 < notes.onset[0]


def test_video_has_urmps_rate_and_letterbox_and_covers_the_audio(piece):
    folder, rows = piece
    info, frames = read_frames(folder / rows[0]["video"])
    assert info["fps"] == pytest.approx(29.97)
    assert info["source_size"] == (int(1920 * SCALE), int(1080 * SCALE))
    assert info["audio_codec"] == "aac"
    assert len(frames) >= SECONDS * FPS[0] / FPS[1] + 5
    assert frames[0, : int(TOP * SCALE) - 3].max() < 30
    assert frames[0, int(BOTTOM * SCALE) + 3 :].max() < 30
    assert frames[0, 100].mean() > 40


def test_the_same_seed_writes_the_same_bytes(piece, tmp_path):
    folder, rows = piece
    write_piece(rows, tmp_path, 0, SECONDS, SCALE)
    for path in folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_shared_take_shares_its_stems_and_nothing_else_does(piece, tmp_path):
    folder, rows = piece
    other = table_rows("02_Aria_vn_fl", "Aria", ("vn", "fl"))
    write_piece(other, tmp_path, 0, SECONDS, 0.05)
    for key in ("audio", "notes", "f0s"):
        assert (tmp_path / other[0][key]).read_bytes() == (folder / rows[0][key]).read_bytes()
    assert not np.array_equal(played(take="01").dynamic, played(take="02").dynamic)


@pytest.mark.parametrize("instrument", RANGES)
def test_music_fits_the_instrument_and_the_time(instrument):
    score = compose("Gigue", 2, instrument, 24, 3)
    performance = perform(score, instrument, 24, "07", 2, 3)
    low, high = RANGES[instrument]
    assert low <= performance.pitches.min() and performance.pitches.max() <= high
    assert 2 <= performance.onsets[0] <= 4.2
    assert (performance.onsets[1:] >= (performance.onsets + performance.durations)[:-1]).all()
    assert (performance.onsets + performance.durations)[-1] < 24
    assert len(np.unique(performance.pitches)) > 4


def note_levels(performance):
    """Mean intended loudness of each note in dB."""
    return np.array([performance.dynamic[performance.note == n].mean()
                     for n in range(len(performance.onsets))])  # fmt: skip


def test_loudness_is_wide_and_the_notes_do_not_tell_it():
    levels, pitches, durations, onsets = [], [], [], []
    for seed in range(30):
        performance = played(seed=seed)
        level = note_levels(performance)
        assert np.ptp(level) > 10
        levels.append(level)
        pitches.append(performance.pitches)
        durations.append(performance.durations)
        onsets.append(performance.onsets)
    levels = np.concatenate(levels)
    for told in (pitches, durations, onsets):
        assert abs(np.corrcoef(levels, np.concatenate(told))[0, 1]) < 0.2


def test_sound_follows_the_dynamics_and_is_never_digital_silence():
    performance = played("cl", 12)
    sound = synthesize(performance, "cl", generator(0))
    assert np.abs(sound).max() < 0.25
    before = sound[: int(0.9 * performance.onsets[0] * SAMPLE_RATE)]
    assert 20 * np.log10(before.std()) == pytest.approx(-70, abs=3)
    rms = [
        np.sqrt(np.mean(sound[int(on * SAMPLE_RATE) : int((on + length) * SAMPLE_RATE)] ** 2))
        for on, length in zip(performance.onsets, performance.durations, strict=True)
    ]
    assert np.corrcoef(20 * np.log10(rms), note_levels(performance))[0, 1] > 0.95


def test_bow_turns_at_each_onset():
    performance = played("vn")
    times = np.arange(len(performance.f0)) / RATE
    bow = gestures(performance, "vn", times, generator(0))["bow"]
    ends = performance.onsets + performance.durations
    moves = np.interp(ends, times, bow) - np.interp(performance.onsets, times, bow)
    same_phrase = np.diff(performance.phrases) == 0
    assert (moves[1:] * moves[:-1] < 0)[same_phrase].mean() > 0.9


def test_the_picture_leads_the_audio_by_the_lead(piece):
    """A player drawn with a lead of 5 frames is the one without lead, 5 frames later."""
    performance = played("tbn", 12)
    frames = np.arange(200)
    plain = gestures(performance, "tbn", frames * FPS[1] / FPS[0], generator(1))
    late = gestures(performance, "tbn", (frames - 5) * FPS[1] / FPS[0], generator(1))
    for name, track in plain.items():
        assert np.array_equal(late[name][5:], track[:-5]), name
    folder, rows = piece
    _, video = read_frames(folder / rows[0]["video"])
    half = video.shape[2] // 2
    onset = read_notes(folder / rows[0]["notes"]).onset[0] * FPS[0] / FPS[1]
    motion = np.abs(np.diff(video[:, :, :half].astype(int), axis=0)).mean((1, 2, 3))
    start = motion[1 : int(onset) + 8]
    raised = 1 + np.flatnonzero(start > 0.5 * start.max())[0]  # the violin goes up before it plays
    assert -15 < raised - (onset + 5) < 2


@pytest.mark.parametrize("instrument", RANGES)
def test_every_player_shows_loudness_and_stays_in_the_slot(instrument):
    performance = played(instrument)
    moves = gestures(performance, instrument, np.array([performance.onsets[2] + 0.1]), generator(2))
    drawn = []
    for level in (0.0, 1.0):
        m = moment(moves, 0)
        m.level, m.active = level, 1.0
        view = np.zeros((300, 400, 3), np.uint8)  # wider and taller than the slot of 200 x 200
        draw_player(Pen(view, (200, 50), 200), instrument, m, draw_look(generator(instrument)))
        assert not view[:, :100].any() and not view[:, 300:].any()
        drawn.append(view.astype(int))
    assert (np.abs(drawn[1] - drawn[0]).max(axis=2) > 20).sum() > 0.02 * 200 * 200


def test_command_line_names_an_unknown_piece_and_a_length_too_short(tmp_path):
    table = tmp_path / "stems.tsv"
    rows = table_rows("01_Aria_vn_tpt", "Aria", ("vn", "tpt"))
    lines = ["\t".join(COLUMNS), *("\t".join(str(row[key]) for key in COLUMNS) for row in rows)]
    table.write_text("\n".join(lines) + "\n")
    options = ["--stems", str(table), "--miniurmp.seed", "0", "--miniurmp.scale", str(SCALE),
               "--threads", "1", "--out", str(tmp_path / "out")]  # fmt: skip
    with pytest.raises(UserError, match="no piece or stem 99"):
        main([*options, "--miniurmp.seconds", "5", "--data.select", "99"])
    with pytest.raises(UserError, match=r"--miniurmp\.seconds: .* 4, not 1\.0"):
        main([*options, "--miniurmp.seconds", "1", "--data.select", "01_Aria_vn_tpt"])
    with pytest.raises(UserError, match=r"1\.0 s hold no phrase; ask for 4\.0 s"):
        write_piece(rows, tmp_path / "out", 0, 1.0, SCALE)
