"""The film that comes out: every picture where it was, its sound on the same clock, or one clear line."""

import resource
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from clicks_io import RATE, Clicking, played, refused
from odd_films import convert, film, growing, steady, with_first, with_sound

from vimusic.features.film import probe
from vimusic.features.video import dimensions, open_video, shown
from vimusic.features.video import film as film_of
from vimusic.models.dubbing import main
from vimusic.models.predictor import Predictor

HIGH, WIDE = 48, 64


def flash(path, stamps, white, held=1 / 30, shape=(HIGH, WIDE), **options):
    """A film that is black until its picture number ``white``, and white from there on."""
    pictures = np.zeros((len(stamps), *shape), np.uint8)
    pictures[white:] = 255
    return film(path, stamps, held, pictures, **options)


def extent(path):
    """(number of pictures, s) of the film at ``path``."""
    with open_video(path) as (container, stream):
        ends = [end for _, end, _ in shown(container, stream)]
    return len(ends), ends[-1]


def checked(source, out, within, slack=2e-3):
    """Give ``source`` a voice: the pictures are as many and as long, the sound as long as they are, and the
    click lies ``within`` s of the white picture. Returns when that is shown."""
    main([str(source), "--model", "model.safetensors", "--players", "1", "-o", str(out)])
    pictures, white, seconds, heard, lasts = played(out)
    number, ends = extent(source)
    assert pictures == number
    assert seconds == pytest.approx(ends, abs=slack)
    assert lasts == pytest.approx(seconds, abs=1024 / RATE)
    assert dimensions(out) == pytest.approx(dimensions(source), abs=1)  # H.264 wants even sides
    assert heard == pytest.approx(white, abs=within + 1e-3)  # a click is found to within a millisecond
    return white


def before_the_grid(rate, about=1.0):
    """Number of a picture at ``rate``, near ``about`` s, that begins just before one of the model's 30 looks
    a second: no other can be told to within a picture at 120."""
    numbers = np.arange(round(0.8 * about * rate), round(1.2 * about * rate))
    return int(numbers[np.argmin(-numbers / rate * 30 % 1)])


RATES = {"23.976": 24000 / 1001, "25": 25, "29.97": 30000 / 1001, "50": 50, "59.94": 60000 / 1001, "120": 120}


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_every_rate_keeps_its_pictures_and_its_clock(clicking, tmp_path, rate, suffix):
    white = before_the_grid(rate)
    source = flash(tmp_path / f"film.{suffix}", steady(2, rate), white, 1 / rate)
    assert checked(source, tmp_path / f"out.{suffix}", 1 / rate) == pytest.approx(white / rate, abs=1e-3)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """2 s at 30 fps that turn white at 1 s, with B-frames."""
    folder = tmp_path_factory.mktemp("base")
    raw = flash(folder / "raw.mp4", steady(2), 30)
    return convert(raw, folder / "base.mp4", "-c:v", "libx264", "-crf", "18", "-bf", "2", "-g", "15")


COPY = ("-c", "copy")
LATE = (*COPY, "-output_ts_offset", "1.5")
H264 = ("-c:v", "libx264", "-crf", "18", "-preset", "ultrafast")
VP8 = ("-c:v", "libvpx", "-b:v", "1M", "-deadline", "realtime")
H265 = ("-c:v", "libx265", "-x265-params", "log-level=error:pools=1")
MJPEG = ("-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p")
VP9 = ("-c:v", "libvpx-vp9", "-b:v", "1M", "-deadline", "realtime", "-cpu-used", "8")
# Name of the film, ffmpeg's options that make it of the base, suffix of the output, "as it is" or the coder,
# when it turns white.
ODD = {
    "start at 1.5 s": ("a.mkv", (LATE,), "mkv", "as it is", 1),
    "a camcorder's clock": ("a.ts", ((*COPY,),), "mp4", "as it is", 1),
    "a clock that starts late, as mp4": ("a.mp4", (LATE,), "mov", "as it is", 1),
    "an edit list": ("a.mp4", (COPY, "-ss", "0.7"), "mp4", "as it is", 0.3),
    "an edit list, to mkv": ("a.mp4", (COPY, "-ss", "0.7"), "mkv", "H.264", 0.3),
    "turned by 90": ("a.mp4", (COPY, "-display_rotation", "90"), "mp4", "as it is", 1),
    "turned by 180": ("a.mov", (COPY, "-display_rotation", "180"), "mov", "as it is", 1),
    "turned, coded anew": ("a.mp4", (COPY, "-display_rotation", "90"), "webm", "VP9", 1),
    "portrait": ("a.mp4", ((*H264, "-vf", "scale=36:64"),), "mp4", "as it is", 1),
    "10 bits, full colour, odd sides": (
        "a.mp4", ((*H264, "-pix_fmt", "yuv444p10le", "-vf", "scale=61:45"),), "mp4", "as it is", 1,
    ),
    "odd sides, coded anew": (
        "a.mkv", (("-c:v", "ffv1", "-pix_fmt", "yuv444p", "-vf", "scale=61:45"),), "mp4", "H.264", 1,
    ),
    "pixels that are not square": ("a.mp4", ((*H264, "-vf", "setsar=4/3"),), "mp4", "as it is", 1),
    "webm": ("a.webm", (VP9,), "webm", "as it is", 1),
    "webm to mp4": ("a.webm", (VP9,), "mp4", "H.264", 1),
    "VP8 to mkv": ("a.webm", (VP8,), "mkv", "as it is", 1),
    "mkv": ("a.mkv", (COPY,), "mkv", "as it is", 1),
    "mkv to mov": ("a.mkv", (COPY,), "mov", "as it is", 1),
    "mov to mkv": ("a.mov", (COPY,), "mkv", "as it is", 1),
    "mp4 to webm": ("a.mp4", (COPY,), "webm", "VP9", 1),
    "H.265": ("a.mp4", (H265,), "mp4", "as it is", 1),
    "no length in its header": ("a.mkv", ((*COPY, "-f", "matroska", "-live", "1"),), "mp4", "as it is", 1),
    "a laboratory's avi": ("a.avi", (MJPEG,), "mp4", "H.264", 1),
    "ProRes": ("a.mov", (("-c:v", "prores_ks"),), "mov", "H.264", 1),
    "WMV": ("a.wmv", (("-c:v", "wmv2"),), "mp4", "H.264", 1),
    "GIF": ("a.gif", (("-r", "10"),), "mp4", "H.264", None),
    "y4m": ("a.y4m", (("-pix_fmt", "yuv420p"),), "mp4", "H.264", 1),
    "MPEG-2 programme": ("a.mpg", (("-c:v", "mpeg2video", "-q:v", "2"),), "mp4", "H.264", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_film_as_people_have_it(clicking, base, tmp_path, capsys, name):
    file, (options, *before), suffix, becomes, white = ODD[name]
    source = convert(base, tmp_path / file, *options, before=before)
    shown_at = checked(source, tmp_path / f"out.{suffix}", 1 / 30)
    assert white is None or shown_at == pytest.approx(white, abs=1e-3)
    [told] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("picture: ")]
    assert becomes in told


def test_avi_which_says_when_to_decode_and_not_when_to_show(clicking, base, tmp_path):
    # FFmpeg's library and its program guess a picture apart where H.264 is in there.
    source = convert(base, tmp_path / "a.avi", *H264, "-bf", "0")
    assert checked(source, tmp_path / "out.mp4", 1 / 30, slack=1 / 30 + 2e-3) == pytest.approx(1, abs=1e-3)


def test_variable_rate(clicking, tmp_path):
    stamps = [*steady(1), *(1.5 + np.array(steady(1, 10))), *(2.5 + np.array(steady(0.5, 60)))]
    for suffix in ("mp4", "mkv"):
        source = flash(tmp_path / f"film.{suffix}", stamps, 30, 1 / 60)
        assert not probe(source).steady
        checked(source, tmp_path / f"out.{suffix}", 1 / 30)
    checked(source, tmp_path / "coded.webm", 1 / 30)


def test_a_large_picture(clicking, tmp_path):
    small = flash(tmp_path / "small.mp4", steady(0.5), 9)
    source = convert(small, tmp_path / "4k.mp4", *H264, "-vf", "scale=3840:2160:flags=neighbor")
    checked(source, tmp_path / "out.mp4", 1 / 30)


def test_three_pictures(clicking, tmp_path):
    source = flash(tmp_path / "short.mp4", steady(0.1), 1)
    checked(source, tmp_path / "out.mp4", 1 / 30)


@pytest.mark.parametrize("still", [True, False], ids=["cover", "film"])
def test_the_film_and_no_other_stream_is_in_the_output(clicking, base, tmp_path, still):
    dispositions = () if still else ("-disposition:v:0", "0", "-disposition:v:1", "default")
    source = with_first(base, tmp_path / "two.mkv", still, *dispositions)
    checked(source, tmp_path / "out.mp4", 1 / 30)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        assert film_of(container).width == WIDE


def test_own_sounds_are_replaced_and_a_picture_that_starts_after_them_stays_late(clicking, base, tmp_path):
    one = with_sound(base, tmp_path / "one.mp4", "-itsoffset", "0.5")
    both = ("-map", "0", "-map", "0:a", "-c", "copy")
    source = convert(one, tmp_path / "two.mp4", *both)
    assert checked(source, tmp_path / "out.mp4", 1 / 30) == pytest.approx(1.5, abs=1e-3)


def test_pictures_of_several_sizes_are_coded_anew_in_that_of_the_first(clicking, tmp_path):
    source = growing(tmp_path / "call.mkv", [(WIDE, HIGH)] * 10 + [(2 * WIDE, 2 * HIGH)] * 10)
    main([str(source), "--model", "model.safetensors", "-o", str(tmp_path / "out.mp4")])
    assert extent(tmp_path / "out.mp4")[0] == 20


def broken(folder, base, what):
    """A file that is no whole film."""
    content = {"empty.mp4": b"", "text.mp4": b"Dear diary\n" * 99, "text.txt": b"Dear diary\n" * 99}
    path = folder / what
    if what in content:
        path.write_bytes(content[what])
    elif what.startswith("half"):
        convert(base, path)
        path.write_bytes(path.read_bytes()[: 188 * (path.stat().st_size // 376) + 1])
    elif what == "folder.mp4":
        path.mkdir()
    elif what == "sound.wav":
        convert(base, path, "-f", "lavfi", "-i", "sine=duration=1", "-map", "1")
    elif what == "raw.h264":
        convert(base, path)
    elif what != "missing.mp4":
        convert(base, path, "-frames:v", "1", "-update", "1")
    return path


BROKEN = {
    "missing.mp4": "not found",
    "empty.mp4": "cannot be decoded",
    "text.mp4": "cannot be decoded",
    "text.txt": "is no film",
    "half.mp4": "cannot be decoded|truncated",
    "half.mkv": "truncated",
    "half.ts": "truncated",
    "picture.png": "is no film",
    "picture.jpg": "is no film",
    "folder.mp4": "is a folder",
    "sound.wav": "holds no video stream",
    "raw.h264": "holds no time stamps",
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_whole_film_is_one_line(clicking, base, tmp_path, what):
    path = broken(tmp_path, base, what)
    words = [path, "--model", "model.safetensors", "-o", tmp_path / "out.mp4"]
    refused(words, f"{path.name}: .*({BROKEN[what]})", tmp_path)


NAMES = ["a b.mp4", 'it\'s "so".mp4', "Führung ♪ 音.mp4", "-y.mp4", "12:30.mp4", "50%d.mp4", "[a]*.mp4"]


@pytest.mark.parametrize("name", NAMES)
def test_names_may_be_odd(clicking, base, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(base.read_bytes())
    main(["--model", "model.safetensors", f"--out=-{name}", "--", name])
    assert played(Path(f"-{name}").absolute())[0] == 60


def test_an_output_that_cannot_be_is_refused_before_anything_is_computed(
    clicking, base, tmp_path, monkeypatch
):
    monkeypatch.setattr(Predictor, "load", lambda *_, **__: pytest.fail("computes"))
    film = tmp_path / "film.mp4"
    film.write_bytes(base.read_bytes())
    (tmp_path / "link.mp4").symlink_to(film)
    (tmp_path / "hard.mp4").hardlink_to(film)
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").touch()
    wrong = {
        "film.mp4": "is the video itself",
        "link.mp4": "is the video itself",
        "hard.mp4": "is the video itself",
        "folder.mp4": "is a folder",
        "out.avi": "name a .mp4 or .mov or .mkv or .webm or .wav",
        "out": "name a .mp4",
        "file/out.mp4": "cannot be written there",
        "/sys/out.mp4": "cannot be written there",  # not even root can
    }
    for out, told in wrong.items():
        refused([film, "--model", "model.safetensors", "-o", tmp_path / out], told, tmp_path)
    refused(
        [film, "--model", "model.safetensors", "-o", tmp_path / "new/../film.mp4"], "is the video", tmp_path
    )


def test_a_failing_ffmpeg_is_one_line_and_leaves_nothing(clicking, base, tmp_path, monkeypatch):
    film = tmp_path / "film.mp4"
    film.write_bytes(base.read_bytes())
    monkeypatch.setattr("vimusic.features.film.H264", ("-c:v", "no_such_coder"))
    monkeypatch.setitem(sys.modules["vimusic.features.film"].COPIED, ".mp4", ())
    refused(
        [film, "--model", "model.safetensors", "-o", tmp_path / "out.mp4"],
        "FFmpeg cannot put it into .mp4 ",
        tmp_path,
    )


@pytest.mark.parametrize("limit", [10_000, 200_000], ids=["at a player's sound", "at the film"])
def test_a_full_disk_is_one_line_and_leaves_nothing(clicking, base, tmp_path, limit):
    film = convert(base, tmp_path / "film.mkv", "-c:v", "ffv1", "-vf", "noise=alls=99:allf=t,scale=160:120")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        refused(
            [film, "--model", "model.safetensors", "-o", tmp_path / "out.mp4"],
            "out.mp4: File too large; ",
            tmp_path,
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("where", ["watch", "play", "mux"])
def test_an_interrupt_leaves_nothing(clicking, base, tmp_path, monkeypatch, where):
    film, out = tmp_path / "film.mp4", tmp_path / "out.mp4"
    film.write_bytes(base.read_bytes())
    out.write_text("of last time")

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    if where == "mux":
        ffmpeg = subprocess.run
        monkeypatch.setattr(subprocess, "run", lambda *a, **k: (ffmpeg(*a, **k), interrupt()))
    else:
        monkeypatch.setattr(Clicking, where, interrupt)
    with pytest.raises(KeyboardInterrupt):
        main([str(film), "--model", "model.safetensors", "--players", "2", "-o", str(out)])
    assert sorted(tmp_path.iterdir()) == [film, out]
    assert out.read_text() == "of last time"
