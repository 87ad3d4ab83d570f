"""Several players of any video through a trained model: the words of the command, the sounds that come."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import soundfile
import torch
from clicks_io import RATE, clicks, played, refused
from clips_io import numbered, write_video
from mido import Message
from models_io import RECIPE
from odd_films import convert, film, midi_file, score, steady

from vimusic.features.skeleton import POINTS, SHOULDERS
from vimusic.features.video import Crop, crop_players
from vimusic.models import dubbing
from vimusic.models.dubbing import main
from vimusic.models.predictor import Predictor
from vimusic.models.regressor import build, save

torch.set_num_threads(1)  # on models this small threads only wait for each other


@pytest.fixture
def model(tmp_path):
    """Writes a model of the given inputs, and gives its path."""

    def made(*inputs, **changes):
        torch.manual_seed(0)
        recipe = replace(RECIPE, inputs=inputs, **changes)
        (tmp_path / "model").mkdir(exist_ok=True)
        save(tmp_path / "model/model.safetensors", recipe, build(recipe).state_dict())
        return tmp_path / "model/model.safetensors"

    return made


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("silent") / "silent.mp4", numbered(60), rate=30)


def duet(path, *white, turn=None):
    """A film of 2 s whose left and right half turn white at these pictures, as displayed."""
    pictures = np.zeros((60, 48, 96), np.uint8)
    pictures[white[0] :, :, :48] = 255
    pictures[white[1] :, :, 48:] = 255
    if turn is None:
        return film(path, steady(2), pictures=pictures)
    lying = film(path.with_stem("lying"), steady(2), pictures=np.rot90(pictures, 2, (1, 2)))
    return convert(lying, path, before=("-display_rotation", turn))


def each_clicks(out):
    """Where (s) the clicks of two players' wavs beside ``out`` begin."""
    return [at for k in (1, 2) for at in clicks(out.with_suffix(f".{k}.wav"))]


@pytest.mark.parametrize("out", ["out.wav", "out.mp4"])
def test_a_trained_model_gives_a_film_a_sound_of_its_length(tmp_path, model, silent, out, capsys):
    path = model("video")
    words = ["--model", str(path.parent), "--players", "2", "--iterations", "1", "--arithmetic", "bfloat16"]
    main([str(silent), *words, "-o", str(tmp_path / out)])
    assert {each.name for each in tmp_path.iterdir()} == {"model", out, "out.1.wav", "out.2.wav"}
    if out == "out.wav":
        assert soundfile.info(tmp_path / out).frames == 2 * RATE
    else:
        pictures, _, seconds, _, lasts = played(tmp_path / out)
        assert pictures == 60 and lasts == pytest.approx(seconds, abs=1024 / RATE)
    each = [soundfile.read(tmp_path / f"out.{k}.wav")[0] for k in (1, 2)]
    assert [len(signal) for signal in each] == [2 * RATE] * 2
    assert np.abs(each[0] - each[1]).max() > 1e-4
    told = capsys.readouterr().out
    assert (
        "reads video in bfloat16, trained on mini-urmp, which is SYNTHETIC" in told
        and "times real time" in told
    )


def test_each_player_is_heard_as_alone(tmp_path, model, silent):
    predictor = Predictor.load(model("video"))
    crops = [Crop(0, 0, 96, 32), Crop(96, 0, 96, 32)]
    both = predictor.watch(crop_players(silent, crops, [0, 0], 32, 30), predictor.eyes(2))
    for crop, seen in zip(crops, both, strict=True):
        frames = [frame for _, frame in crop_players(silent, [crop], [0], 32, 30)]
        assert len(seen) == len(frames) == 60
        np.testing.assert_array_equal(predictor.predict(seen), predictor.predict(frames))


@pytest.mark.parametrize("turn", [None, "180"])
def test_players_count_from_the_left_as_displayed(clicking, tmp_path, turn):
    path = duet(tmp_path / "duet.mp4", 15, 45, turn=turn)
    main([str(path), "--model", "m", "--players", "2", "-o", str(tmp_path / "out.mkv")])
    assert each_clicks(tmp_path / "out.mkv") == pytest.approx([0.5, 1.5], abs=1e-3)
    assert played(tmp_path / "out.mkv")[3] == pytest.approx(0.5, abs=2e-3)


def test_crops_are_told_in_pixels_as_displayed(clicking, tmp_path, capsys):
    path = duet(tmp_path / "duet.mp4", 15, 45)
    words = ["--crop", "50,4,40", "--crop", "4,4,40", "-o", str(tmp_path / "out.wav")]
    main([str(path), "--model", "m", *words])
    assert each_clicks(tmp_path / "out.mp4") == pytest.approx([1.5, 0.5], abs=1e-3)
    assert "player 1, 40x40 at 50,4 (--crop)" in capsys.readouterr().out


def test_parts_go_to_their_players_by_name(clicking, tmp_path, capsys):
    clicking("roll", "instrument")
    path = duet(tmp_path / "duet.mp4", 15, 45)
    midi = score(tmp_path / "a.mid", ("Cello", 42, (0.5, 48)), ("Violin", 40, (1.5, 76), (9, 76)))
    words = [str(path), "--model", "m", "--midi", str(midi), "-o", str(tmp_path / "out.mp4")]
    main([*words, "--instruments", "vn,vc"])
    assert each_clicks(tmp_path / "out.mp4") == pytest.approx([1.5, 0.5], abs=2e-3)
    told = capsys.readouterr().out
    assert (
        "player 1, violin, track 2 (Violin) by name, 1 notes, 1.50 to 1.70 s, 1 more lie outside the film"
        in told
    )
    main([*words, "--tracks", "1,2"])
    assert each_clicks(tmp_path / "out.mp4") == pytest.approx([0.5, 1.5], abs=2e-3)
    assert "player 1, cello, track 1 (Cello) by --tracks" in capsys.readouterr().out
    main([*words, "--players", "1"])
    assert "nobody plays track 2 (Violin): --tracks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "onsets"),
    [([], [0.5, 1.3]), (["--midi-offset", "-0.3"], [0.2, 1.0]), (["--midi-stretch"], [2 / 3, 26 / 15])],
    ids=str,
)
def test_a_score_is_moved_and_stretched(clicking, tmp_path, silent, words, onsets):
    clicking("roll")
    midi = score(tmp_path / "a.mid", ("Violin", 40, (0.5, 76), (1.3, 77)))
    main([str(silent), "--model", "m", "--midi", str(midi), *words, "-o", str(tmp_path / "out.wav")])
    assert clicks(tmp_path / "out.wav") == pytest.approx(onsets, abs=2e-3)


def test_a_score_without_a_film_sounds_to_its_end(tmp_path, model, capsys):
    midi = score(tmp_path / "a.mid", ("Violin", 40, (0.5, 76)), ("Flute", 73, (1.3, 84)))
    words = ["--midi", str(midi), "--model", str(model("roll", "instrument")), "--iterations", "1"]
    main(words)
    assert soundfile.info(tmp_path / "a.sound.wav").frames == round((1.5 + 1.0) * RATE)
    assert {each.name for each in tmp_path.glob("*.wav")} == {f"a.sound{k}.wav" for k in ("", ".1", ".2")}
    assert "player 2, flute, track 2 (Flute)" in capsys.readouterr().out


def test_a_dry_run_tells_all_and_writes_the_crops_alone(clicking, tmp_path, capsys):
    clicking("video", "roll")
    path = duet(tmp_path / "duet.mp4", 15, 45, turn="180")
    midi = score(tmp_path / "a.mid", ("Cello", 42, (0.5, 48)), ("Violin", 40, (1.5, 76)))
    before = set(tmp_path.iterdir())
    main([str(path), "--model", "m", "--midi", str(midi), "-o", str(tmp_path / "out.webm"), "--dry-run"])
    told = capsys.readouterr().out
    for fact in (
        *("2.000 s", "96x48", "h264", "30 frames/s", "180 degrees"),
        *("coded anew as VP9", "reads video and notes", "SYNTHETIC"),
        *(
            "player 1, track 1 (Cello) by order, 1 notes, 0.50 to 0.70 s",
            "player 2, track 2 (Violin) by order",
            "(auto)",
        ),
    ):
        assert fact in told
    assert set(tmp_path.iterdir()) - before == {tmp_path / "out.preview.png"}
    picture = cv2.imread(str(tmp_path / "out.preview.png"))
    assert picture.shape[:2] == (480, 960)


def test_joints_are_drawn_where_their_player_stands(monkeypatch):
    points = np.zeros((POINTS, 3), np.float32)
    points[list(SHOULDERS)] = [(1, 0.5, 1), (0, 0.5, 1)]
    seen = []

    def tracker():
        return lambda frame: seen.append(frame) or points

    monkeypatch.setattr(dubbing, "tracker", tracker)
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:60, 10:50] = 7
    crops = [Crop(10, 20, 40, 40), Crop(110, 40, 50, 50)]
    drawn = dubbing.with_joints(picture, crops, 32)
    assert [frame.shape for frame in seen] == [(32, 32, 3)] * 2
    assert (seen[0] == 7).all() and not seen[1].any()
    rows, columns = np.nonzero((drawn != picture).any(2))
    assert set(rows.tolist()) <= {38, 39, 40, 41, 63, 64, 65, 66}
    assert {12, 48, 112, 158} <= set(columns.tolist())
    assert not (set(range(52, 108)) | set(range(162, 200))) & set(columns.tolist())


WRONG = {
    "no player": (["--players", "0"], "--players 0: give 1"),
    "fewer": (["--players", "-2"], "--players -2: give 1"),
    "no iteration": (["--iterations", "0"], "--iterations 0"),
    "less": (["--iterations", "-5"], "--iterations -5"),
    "no vocoder": (["--vocoder", "voice"], "no voice; there are griffin_lim"),
    "a score for a model that reads none": (["--midi", "a.mid"], "--midi: .* does not read notes; leave"),
    "an instrument likewise": (["--instruments", "vn"], "--instruments: .* does not read the instrument"),
    "no such instrument": (["--instruments", "vn,lute"], "no lute; there are vn"),
    "tracks": (["--tracks", "1"], "--tracks: .* does not read notes"),
    "an offset": (["--midi-offset", "1"], "--midi-offset: .* does not read notes"),
    "outside": (["--crop", "0,0,33"], "--crop 0,0,33: does not lie inside the picture of 192x32"),
    "negative": (["--crop=-1,0,9"], "--crop -1,0,9: does not lie"),
    "no square": (["--crop", "1,2"], "--crop: 1,2 is not int,int,int"),
    "no number": (["--crop", "1,2,x"], "--crop: 1,2,x is not int,int,int"),
    "two counts": (["--crop", "0,0,9", "--players", "2"], "2 by --players, 1 by --crop"),
    "two films": (["other.mp4"], "other.mp4"),
    "the old way": (["--slot", "1"], "--slot"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "told"), WRONG.values(), ids=WRONG)
def test_wrong_words_are_one_line_and_nothing_is_written(tmp_path, model, silent, given, told):
    words = [silent, "--model", model("video"), "-o", tmp_path / "out.mp4", *given]
    refused(words, told, tmp_path)


def test_what_the_model_lacks_is_one_line(tmp_path, model, silent):
    midi = score(tmp_path / "a.mid", ("Piano", 0, (0.5, 76)))
    out = ["-o", tmp_path / "out.wav"]
    refused(["--midi", midi, "--model", model("video", "roll"), *out], "reads a video", tmp_path)
    refused([silent, "--model", model("roll"), *out], "reads notes; give --midi", tmp_path)
    refused([silent, "--model", model("video", "instrument"), *out], "give --instruments", tmp_path)
    lute = ["--midi", midi, "--model", model("roll", "instrument"), *out]
    refused(lute, r"track 1 \(Piano\) is for none of vn .*--instruments", tmp_path)
    refused(["--model", model("roll"), *out], "name a video, or a score", tmp_path)
    refused(["--midi", midi, "--model", model("roll"), "--midi-stretch", *out], "no film to fit", tmp_path)
    refused(["--midi", midi, "--model", model("roll"), "-o", tmp_path / "a.mp4"], "no video", tmp_path)
    refused([silent, "--model", tmp_path / "none.pt", *out], "none.pt: weights not found", tmp_path)


MIDI = {
    "after the film": (
        ("Violin", 40, (31, 76)),
        [],
        "31.00 to 31.20 s, the film lasts 2.00 s; .*--midi-offset",
    ),
    "moved out": (("Violin", 40, (0.5, 76)), ["--midi-offset", "-7"], "-6.50 to -6.30 s"),
    "too few parts": (("Violin", 40, (0.5, 76)), ["--players", "2"], "1 part for 2 players"),
    "no such track": (("Violin", 40, (0.5, 76)), ["--tracks", "2"], "no track 2"),
    "no note": (("Violin", 40), [], "holds no note"),
}


@pytest.mark.parametrize(("part", "given", "told"), MIDI.values(), ids=MIDI)
def test_a_score_that_cannot_be_played_is_one_line(clicking, tmp_path, silent, part, given, told):
    clicking("roll")
    midi = score(tmp_path / "a.mid", part)
    refused([silent, "--model", "m", "--midi", midi, "-o", tmp_path / "o.mp4", *given], told, tmp_path)


def test_drums_alone_and_no_midi_are_one_line(clicking, tmp_path, silent):
    clicking("roll")
    hits = [(0, Message("note_on", note=36, channel=9)), (99, Message("note_off", note=36, channel=9))]
    drums = midi_file(tmp_path / "drums.mid", [hits])
    (tmp_path / "empty.mid").touch()
    (tmp_path / "text.mid").write_text("la la la")
    told = {
        drums: "no note but drums'",
        tmp_path / "empty.mid": "cannot be read",
        tmp_path / "no.mid": "not found",
    }
    for path, words in (told | {tmp_path / "text.mid": "cannot be read"}).items():
        refused([silent, "--model", "m", "--midi", path, "-o", tmp_path / "o.mp4"], words, tmp_path)


def test_a_planted_note_sounds_with_the_picture_it_was_planted_at(clicking, tmp_path):
    clicking("video", "roll")
    white = duet(tmp_path / "late.mp4", 30, 30)
    midi = score(tmp_path / "a.mid", ("Violin", 40, (1.5, 76)))
    path = convert(white, tmp_path / "late.mkv", "-c", "copy", "-output_ts_offset", "1.5")
    words = ["--midi", str(midi), "--players", "1", "-o", str(tmp_path / "out.mkv")]
    main([str(path), "--model", "m", *words])
    _, shown, _, heard, _ = played(tmp_path / "out.mkv")
    assert (shown, heard) == pytest.approx((1, 1), abs=2e-3)
    convert(tmp_path / "out.mkv", tmp_path / "sound.wav", "-map", "0:a")
    assert clicks(tmp_path / "sound.wav") == pytest.approx([1, 1.5], abs=2e-3)


def test_notes_that_are_seen_are_played_by_a_voice_and_not_without(tmp_path, model, silent):
    eyes = model("video", encoder="motion", output="transcription").rename(tmp_path / "eyes.safetensors")
    voice = model("notes", "instrument", "performance", output="ddsp").rename(tmp_path / "voice.safetensors")
    words = [silent, "--model", eyes, "--instruments", "vn,vc", "-o", tmp_path / "out.mp4"]
    refused(
        words, "eyes.safetensors: the model sees notes and does not play them; name a voice too", tmp_path
    )
    main([str(word) for word in (*words, "--voice", voice)])
    pictures, _, seconds, _, lasts = played(tmp_path / "out.mp4")
    assert pictures == 60 and lasts == pytest.approx(seconds, abs=1024 / RATE)
    each = [soundfile.read(tmp_path / f"out.{k}.wav")[0] for k in (1, 2)]
    assert [len(signal) for signal in each] == [2 * RATE] * 2 and all(np.isfinite(s).all() for s in each)
