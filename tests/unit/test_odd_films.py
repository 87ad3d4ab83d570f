"""Films such as people have: each shows what is on the screen at k / fps, or is refused in one line."""

import itertools
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.stream import Disposition
from clips_io import BITS, CELL, number, write_video
from odd_films import convert, film, growing, promise, steady, with_first, with_sound

from vimusic.errors import UserError
from vimusic.features import video
from vimusic.features.contact import middle_frame
from vimusic.features.crops import CROPS
from vimusic.features.video import Crop, crop_players, dimensions, equal_crop, open_video, picture_rows

SIZE = 4 * BITS
WHOLE = Crop(0, 0, BITS * CELL, 2 * CELL)
B_FRAMES = ("-c:v", "libx264", "-crf", "18", "-bf", "2", "-x264-params", "b-adapt=0")
SECONDS = 6  # of every film below, at 30 fps unless said


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """180 numbered pictures at 30 fps, with B-frames and key frames 2 s apart."""
    folder = tmp_path_factory.mktemp("base")
    raw = film(folder / "raw.mp4", steady(SECONDS))
    path = convert(raw, folder / "base.mp4", *B_FRAMES, "-g", "60")
    with open_video(path) as (container, stream):
        stamps = [packet.pts for packet in container.demux(stream) if packet.size]
    assert stamps != sorted(stamps)
    return path


def indices(path, fps=30):
    """The indices that the frames of a film of numbered pictures show."""
    return [number(frame) for _, frame in crop_players(path, [WHOLE], [0], SIZE, fps)]


def on_screen(stamps, seconds):
    """The index on the screen at each k / 30 s of a film of ``seconds``; stamps may be rounded to 1 ms."""
    times = np.arange(round(30 * seconds)) / 30
    return np.searchsorted(stamps, times + 0.51e-3, side="right") - 1


def refused(path, told, read=indices):
    """``read`` of ``path`` ends in one line that names it and says what is ``told``."""
    with pytest.raises(UserError, match=told) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


OFFSETS = {
    "camcorder.ts": (),
    "blu-ray.m2ts": ("-c", "copy", "-mpegts_m2ts_mode", "1"),
    "offset.mkv": ("-c", "copy", "-output_ts_offset", "1.5"),
    "late.mp4": ("-c", "copy", "-output_ts_offset", "1.5"),
    "no edit list.mp4": ("-c", "copy", "-use_editlist", "0"),
    "fragments.mp4": ("-c", "copy", "-movflags", "frag_keyframe+empty_moov"),
    "flash.flv": (),
    "program.mpg": ("-c:v", "mpeg2video", "-q:v", "2"),
    "plain.mkv": (),
    "plain.mov": (),
    "vp8.webm": ("-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime"),
    "raw.y4m": ("-pix_fmt", "yuv420p"),
    "h265.mp4": ("-c:v", "libx265", "-x265-params", "log-level=error:pools=1"),
}


@pytest.mark.parametrize("name", OFFSETS)
def test_time_counts_from_the_films_own_start(base, tmp_path, name):
    path = convert(base, tmp_path / name, *OFFSETS[name])
    assert indices(path) == list(range(180))


def test_the_clocks_above_do_start_late(base, tmp_path):
    for name, late in (
        ("camcorder.ts", 1.4),
        ("offset.mkv", 1.5),
        ("late.mp4", 1.5),
        ("no edit list.mp4", 0.06),
    ):
        with open_video(convert(base, tmp_path / name, *OFFSETS[name])) as (container, stream):
            assert next(container.decode(stream)).time >= late


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv"])
def test_picture_that_starts_after_the_sound_stays_late(base, tmp_path, name):
    path = with_sound(base, tmp_path / name, "-itsoffset", "1.5")
    assert indices(path) == [0] * 45 + list(range(180))


@pytest.mark.parametrize("name", ["sound.mp4", "sound.mkv", "sound.ts", "sound.mov"])
def test_sound_beside_the_picture_moves_nothing(base, tmp_path, name):
    assert indices(with_sound(base, tmp_path / name)) == list(range(180))


def test_edit_list_hides_what_comes_before_it(base, tmp_path):
    path = convert(base, tmp_path / "cut.mp4", before=("-ss", "2.5"))
    with open_video(path) as (container, stream):
        assert sum(packet.size > 0 for packet in container.demux(stream)) > 105
    assert indices(path) == list(range(75, 180))


@pytest.mark.parametrize("rate", [24000 / 1001, 24, 25, 30000 / 1001, 50, 60000 / 1001, 120])
def test_rates(tmp_path, rate):
    stamps = steady(SECONDS, rate)
    shown = indices(film(tmp_path / "film.mp4", stamps, 1 / rate))
    assert len(shown) == pytest.approx(30 * len(stamps) / rate, abs=1)
    assert shown == list(on_screen(stamps, len(shown) / 30))


VARIABLE = {
    "a gap of 1 s": [*steady(2), *(3 + np.array(steady(3)))],
    "60 to 10 fps": [*steady(2, 60), *(2 + np.array(steady(4, 10)))],
    "duplicates dropped": [t for k, t in enumerate(steady(SECONDS)) if k % 7 not in (2, 3) or k < 20],
    "jitter of 10 ms": [0, *(steady(SECONDS) + np.random.default_rng(0).uniform(-0.01, 0.01, 180))[1:]],
}


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("name", VARIABLE)
def test_variable_rate_shows_what_is_on_the_screen(tmp_path, name, suffix):
    stamps = np.round(VARIABLE[name], 3)
    path = film(tmp_path / f"film.{suffix}", stamps.tolist(), SECONDS - stamps[-1])
    assert indices(path) == list(on_screen(stamps, SECONDS))


def test_fewer_frames_a_second_are_those_on_the_screen(base):
    assert indices(base, fps=10) == list(range(0, 180, 3))


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
def test_last_picture_is_held_as_long_as_it_says(tmp_path, suffix):
    codec = "libvpx" if suffix == "webm" else "libx264"
    path = film(tmp_path / f"film.{suffix}", steady(3), 3 + 1 / 30, codec=codec)
    assert indices(path) == [*range(90), *[89] * 90]


def test_last_picture_is_held_as_long_as_its_container_says(tmp_path):
    path = promise(film(tmp_path / "film.mkv", steady(3)), SECONDS)
    assert indices(path) == [*range(90), *[89] * 90]


def test_sound_that_outlasts_the_picture_does_not_hold_it(tmp_path):
    path = with_sound(film(tmp_path / "film.mp4", steady(3)), tmp_path / "sound.mkv")
    assert indices(path) == list(range(90))


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts", "film.avi"])
def test_half_a_picture_a_second(tmp_path, name):
    slow = film(tmp_path / "slow.mp4", [0, 2, 4], 2)
    code = ("-c:v", "mpeg4", "-q:v", "2") if name.endswith("avi") else ("-c", "copy")
    assert indices(convert(slow, tmp_path / name, *code)) == [0] * 60 + [1] * 60 + [2] * 60


def test_film_without_an_average_rate(tmp_path):
    path = film(tmp_path / "film.ts", [0, 2, 4], 2)
    with open_video(path) as (_, stream):
        assert stream.average_rate is None
    assert indices(path) == [0] * 60 + [1] * 60 + [2] * 60


def test_stamps_out_of_order_lose_no_time(base, tmp_path):
    # AVI stores when a picture is decoded, not when it is shown.
    path = convert(base, tmp_path / "film.avi", *B_FRAMES)
    with open_video(path) as (container, stream):
        stamps = [frame.pts for frame in container.decode(stream)]
    assert stamps != sorted(stamps)
    with open_video(path) as (container, stream):
        times = [(begin, end) for begin, end, _ in video.shown(container, stream)]
    assert all(begin <= end == following for (begin, end), (following, _) in itertools.pairwise(times))
    shown = indices(path)
    assert shown == sorted(shown)
    assert np.abs(np.array(shown) - np.arange(len(shown))).max() <= 3


def test_film_of_two_clocks_is_refused(base, tmp_path):
    part = convert(base, tmp_path / "part.ts")
    both = tmp_path / "both.ts"
    both.write_bytes(part.read_bytes() + part.read_bytes())
    refused(both, "its clock jumps from 6.0 s back.*: ffmpeg -i OLD -c copy NEW.mkv")
    assert indices(convert(both, tmp_path / "new.mkv")) == [*range(180), *range(180)]


def test_stream_without_time_stamps_is_refused(base, tmp_path):
    raw = convert(base, tmp_path / "raw.h264")
    refused(raw, "holds no time stamps.*: ffmpeg -framerate 30 -i OLD NEW.mp4")
    coded = convert(raw, tmp_path / "new.mp4", "-crf", "18", before=("-framerate", "30"))
    assert indices(coded) == list(range(180))
    refused(raw, "holds no time stamps", lambda path: CROPS["auto"](path, PLAYERS))


CUTS = {
    "film.mkv": ("-c", "copy"),
    "film.webm": ("-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime"),
    "film.ts": ("-c", "copy"),
    "film.m2ts": ("-c", "copy", "-mpegts_m2ts_mode", "1"),
    "first.mp4": ("-c", "copy", "-movflags", "+faststart"),
    "fragments.mp4": ("-c", "copy", "-movflags", "frag_keyframe+empty_moov"),
    "film.avi": ("-c:v", "mpeg4", "-bf", "0"),
}


@pytest.mark.parametrize("share", [0.5, 0.97])
@pytest.mark.parametrize("name", CUTS)
def test_film_that_was_cut_short_is_refused(base, tmp_path, name, share):
    path = convert(base, tmp_path / name, *CUTS[name])
    assert dimensions(path) == (BITS * CELL, 2 * CELL)
    content = path.read_bytes()
    size = int(share * len(content))
    # A .ts that ends with a packet is whole by all that can be known.
    path.write_bytes(content[: size + (size % 188 == 0 or size % 192 == 0)])
    refused(path, "truncated")
    refused(path, "truncated", picture_rows)
    saved = convert(path, path.with_stem("saved"), *CUTS[name], before=("-fflags", "+discardcorrupt"))
    whole = indices(saved)[:-4]  # the last B-frames may lack what they refer to
    assert whole == list(range(len(whole))) and len(whole) > 40 * share


PLAYERS = [SimpleNamespace(slot=slot, players=2, crop_side="") for slot in (1, 2)]


def waits(seconds, moves, shape=(90, 160)):
    """A still picture in which a block circles in the right half from ``moves`` s on, 10 a second."""
    pictures = np.full((10 * seconds, *shape), 60, np.uint8)
    for k in range(10 * moves, len(pictures)):
        x, y = round(120 + 8 * np.cos(k)), round(45 + 8 * np.sin(k))
        pictures[k, y - 6 : y + 6, x - 6 : x + 6] = 230
    return pictures


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """A minute in which the second player moves from 31 s on; key frames 5 s apart."""
    path = tmp_path_factory.mktemp("waiting") / "film.mp4"
    raw = write_video(path.with_name("raw.mp4"), waits(60, 31), rate=10)
    return convert(raw, path, "-c:v", "libx264", "-preset", "ultrafast", "-g", "50")


@pytest.mark.parametrize(
    "name", ["film.mkv", "film.ts", "film.mpg", "live.mkv", "one key frame.mp4", "one key frame.ts"]
)
def test_a_player_who_moves_late_is_found_in_every_container(waiting, tmp_path, name):
    options = ()
    if "mpg" in name:
        options = ("-c:v", "mpeg2video", "-q:v", "2", "-r", "25")
    if "live" in name:
        options = ("-c", "copy", "-f", "matroska", "-live", "1")
    if "one" in name:
        options = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10000")
    path = convert(waiting, tmp_path / name, *options)
    with open_video(path) as (container, stream):
        assert video.length(container, stream) == pytest.approx(60, abs=0.6)
        if name == "live.mkv":
            assert container.duration is None
    still, player = CROPS["auto"](waiting, PLAYERS)
    assert player.width < 60
    found = CROPS["auto"](path, PLAYERS)
    assert found[0] == still
    assert np.allclose([found[1].x, found[1].y, found[1].width], [player.x, player.y, player.width], atol=4)
    assert middle_frame(path).shape == (90, 160, 3)


def test_a_film_with_one_key_frame_is_decoded_about_once(tmp_path, monkeypatch):
    path = film(tmp_path / "film.mp4", steady(90, 10), 0.1)
    decoded, shown = [], video.shown

    def counted(container, stream):
        for picture in shown(container, stream):
            decoded.append(picture[0])
            yield picture

    monkeypatch.setattr(video, "shown", counted)
    with open_video(path) as (container, stream):
        seen = [frame.time for frame in video._bursts(container, stream)]
    assert max(seen) > 80
    assert len(decoded) < 1.5 * 900


TURNS = {
    "90": ("-display_rotation", "90"),
    "180": ("-display_rotation", "180"),
    "-90": ("-display_rotation", "-90"),
    "mirrored": ("-display_hflip",),
    "upside down": ("-display_vflip",),
    "90, mirrored": ("-display_rotation", "90", "-display_hflip"),
    "-90, upside down": ("-display_rotation", "-90", "-display_vflip"),
}


def quadrants(count=60):
    """Four quarters in four colours, a block moving in the top right one, RGB (count, 96, 160, 3)."""
    pictures = np.zeros((count, 96, 160, 3), np.uint8)
    pictures[:, :48, :80] = 200, 40, 40
    pictures[:, :48, 80:] = 40, 180, 40
    pictures[:, 48:, :80] = 60, 60, 220
    pictures[:, 48:, 80:] = 120, 120, 120
    for k, picture in enumerate(pictures):
        x = 100 + 3 * (k % 10)
        picture[10:30, x : x + 20] = 250
    return pictures


@pytest.fixture(scope="module")
def lying(tmp_path_factory):
    path = tmp_path_factory.mktemp("lying") / "film.mp4"
    return film(path, steady(2), pictures=quadrants())


def crops_of(path, how):
    return CROPS[how](path, PLAYERS)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("turn", TURNS)
def test_everything_is_upright(lying, tmp_path, turn, suffix):
    path = convert(lying, tmp_path / f"turned.{suffix}", before=TURNS[turn])
    # ffmpeg turns pictures upright when it codes them again.
    upright = convert(path, tmp_path / "upright.mp4", "-c:v", "libx264", "-crf", "10", "-bf", "0")
    with open_video(upright) as (_, stream):
        assert dimensions(path) == (stream.width, stream.height)
    assert ("90" in turn) == (dimensions(path) == (96, 160))
    assert picture_rows(path) == picture_rows(upright)
    assert crops_of(path, "equal") == crops_of(upright, "equal")
    crops = crops_of(upright, "auto")
    for ours, theirs in zip(crops_of(path, "auto"), crops, strict=True):
        assert np.allclose([ours.x, ours.y, ours.width], [theirs.x, theirs.y, theirs.width], atol=3)
    assert np.abs(middle_frame(path).astype(int) - middle_frame(upright)).mean() < 3
    pairs = zip(
        crop_players(path, crops, [0, 0], 64, 30), crop_players(upright, crops, [0, 0], 64, 30), strict=True
    )
    for (player, ours), (same, theirs) in pairs:
        assert player == same
        assert np.abs(ours.astype(int) - theirs).mean() < 3


def test_pixels_that_are_not_square_are_stretched(lying, tmp_path):
    wide = convert(lying, tmp_path / "wide.mp4", "-c:v", "libx264", "-crf", "10", "-vf", "setsar=4/3")
    assert dimensions(wide) == (213, 96)
    assert middle_frame(wide).shape == (96, 213, 3)


COVERED = {
    "unmarked cover.mkv": (True, ()),
    "marked cover.mp4": (True, ("-disposition:v:0", "attached_pic")),
    "second film.mp4": (False, ("-disposition:v:0", "0", "-disposition:v:1", "default")),
    "second film.mkv": (False, ("-disposition:v:0", "0", "-disposition:v:1", "default")),
}


@pytest.mark.parametrize("name", COVERED)
def test_the_film_is_read_and_no_cover_nor_another(base, tmp_path, name):
    still, dispositions = COVERED[name]
    path = with_first(base, tmp_path / name, still, *dispositions)
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 2
    assert dimensions(path) == (BITS * CELL, 2 * CELL)
    assert indices(path) == list(range(180))


def test_of_several_films_the_default_else_the_first_is_chosen_and_never_a_still():
    def stream(disposition=0, frames=0):
        return SimpleNamespace(disposition=Disposition(disposition), frames=frames)

    def chosen(*streams):
        return video.film(SimpleNamespace(streams=SimpleNamespace(video=streams)))

    cover, plain, other, default = stream(1024 | 1), stream(), stream(), stream(1)
    assert chosen(cover, plain, other) is plain
    assert chosen(cover, plain, default) is default
    assert chosen(stream(frames=1), plain) is plain
    assert chosen(cover) is None
    assert chosen() is None


def test_music_with_a_cover_is_no_film(base, tmp_path):
    sound = with_sound(base, tmp_path / "sound.mp4")
    song = convert(sound, tmp_path / "song.m4a", "-vn", "-c:a", "copy")
    cover = convert(base, tmp_path / "cover.jpg", "-frames:v", "1", "-update", "1", "-q:v", "2")
    both = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic")
    path = convert(cover, tmp_path / "covered.m4a", *both, before=("-i", song))
    with av.open(str(path)) as container:
        assert container.streams.video
    refused(path, "holds no video stream", dimensions)


def test_ten_bits_full_colour_and_odd_sides(lying, tmp_path):
    code = ("-c:v", "libx264", "-pix_fmt", "yuv444p10le", "-vf", "scale=161:97", "-crf", "10")
    path = convert(lying, tmp_path / "odd.mp4", *code)
    assert dimensions(path) == (161, 97)
    frames = [frame for _, frame in crop_players(path, [Crop(0, 0, 161, 97)], [0], 64, 30)]
    assert len(frames) == 60
    top = (64 - round(97 * 64 / 161)) // 2 + 5
    assert np.abs(frames[0][top, 5].astype(int) - (200, 40, 40)).max() < 12


def test_pictures_that_change_their_size_keep_the_firsts(tmp_path):
    path = growing(tmp_path / "call.mkv", [(160, 90)] * 10 + [(80, 44)] * 10 + [(320, 180)] * 10)
    frames = [frame for _, frame in crop_players(path, [Crop(100, 50, 60, 40)], [0], 60, 30)]
    assert len(frames) == 30
    assert all(frame[15:45].mean() > 240 for frame in frames)


def test_a_title_in_no_unicode_is_no_matter(tmp_path):
    path = convert(
        film(tmp_path / "film.mp4", steady(1)),
        tmp_path / "film.avi",
        *("-c:v", "mpeg4", "-q:v", "2", "-metadata", "title=XXXXXXXX"),
    )
    content = path.read_bytes()
    assert b"XXXXXXXX" in content
    path.write_bytes(content.replace(b"XXXXXXXX", b"\xe9\xe8\xff\xfe\xe9\xe8\xff\xfe"))
    assert indices(path) == list(range(30))


@pytest.mark.parametrize(("slot", "players"), [(0, 1), (3, 2), (-1, 2), (1, 0), (1, -2)])
def test_slot_that_does_not_exist_is_told(slot, players):
    with pytest.raises(UserError, match=f"no slot {slot} among {players} players") as caught:
        equal_crop(640, 360, (0, 360), slot, players)
    assert "\n" not in str(caught.value)
