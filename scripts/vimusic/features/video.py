"""Video to per-player crops: one decode for all players of a piece (paper 3.1)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from av import VideoFrame, VideoStream
from av.container import InputContainer
from av.filter import Graph
from av.format import Flags
from av.stream import Disposition

from vimusic.errors import UserError

REFERENCE_HEIGHT = 1080  # crops and margins in the inventory are pixels of URMP's 1080p frame
URMP_FPS = 30000 / 1001  # the clock of lead frames in the inventory
DARK = 32  # brightest pixel of a letterbox row; coded black is not quite 0
# s. Matroska and FLV round time stamps to a millisecond, and a copy to MP4 keeps that. A hair more than half
# of it: at 29.97 frames/s a picture may begin 0.5 ms after a thirtieth of a second.
ROUNDING = 0.51e-3
BACK = 1.0  # s by which time stamps may go back before the clock counts as set anew
STILLS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


@dataclass(frozen=True)
class Crop:
    """A rectangle in pixels of the film as displayed (see ``shown``)."""

    x: int
    y: int
    width: int
    height: int


@contextmanager
def open_video(path: Path | str) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Yield (container, stream) of the film at ``path`` (see ``film``).

    Raises
    ------
    UserError
        Missing, unreadable or truncated file, or one without a film; also for data that turns out
        to be broken while the block decodes.
    """
    try:
        # Old cameras write titles in no Unicode. Absolute: FFmpeg takes what precedes a colon for a protocol.
        with av.open(str(Path(path).absolute()), metadata_errors="replace") as container:
            stream = film(container)
            if stream is None:
                raise UserError(f"{path}: holds no video stream")
            _check_whole(path, container.format.name)
            stream.thread_type = "AUTO"
            yield container, stream
    except FileNotFoundError:
        raise UserError(f"{path}: video not found") from None
    except av.error.FFmpegError as error:
        raise UserError(
            f"{path}: cannot be decoded ({error.strerror}); the file is truncated or damaged, fetch it again"
        ) from None


def film(container: InputContainer) -> VideoStream | None:
    """The video stream of ``container`` that is the film: none of the still pictures (a cover), of several
    the one marked as default, else the first; None without one. Its ``index`` serves to mux it."""
    films = [stream for stream in container.streams.video if not stream.disposition & STILLS]
    # A cover may come as an unmarked stream of one frame.
    return max(films, key=lambda s: (bool(s.disposition & Disposition.default), s.frames != 1), default=None)


def start(container: InputContainer, stream: VideoStream) -> float:
    """Where on the container's clock (s) the film's time 0 lies: picture and sound of a film share it.

    It is where the container starts, so that a picture which starts after the sound stays late; in
    containers that number from anywhere (MPEG-TS) it is where the picture starts. FFmpeg does the same
    when it copies the stream to another file.
    """
    if container.format.flags & Flags.ts_discont.value and stream.start_time is not None:
        return float(stream.start_time * stream.time_base)
    return (container.start_time or 0) / av.time_base


def length(container: InputContainer, stream: VideoStream) -> float:
    """Seconds from ``start`` to the end of the last picture; reads the file where it does not say.

    Raises
    ------
    UserError
        No length in the file and no time stamps to tell it from.
    """
    end = _promised(container, stream)
    if end is None:
        stamps = ((p.pts, p.duration or 0) for p in container.demux(stream) if p.pts is not None)
        end = max((float((pts + lasts) * stream.time_base) for pts, lasts in stamps), default=None)
        if end is None:
            raise UserError(_unstamped(container))
        container.seek(container.start_time or 0)
    return end - start(container, stream)


def _promised(container: InputContainer, stream: VideoStream) -> float | None:
    """Where on the container's clock (s) the film ends by the file's own word; None if it does not say."""
    if stream.duration is not None:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    alone = not container.streams.audio and not any(
        other is not stream and not other.disposition & STILLS for other in container.streams.video
    )
    # Matroska's and FLV's count from the clock's 0.
    return container.duration / av.time_base if alone and container.duration else None


def shown(container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, float, VideoFrame]]:
    """Yield (begin, end, frame) for each picture of the film from where the container stands, in order:
    the seconds from ``start`` between which it is on the screen, and the picture as it is displayed.

    A picture is on the screen until the next one begins, the last one as long as it or the film lasts;
    the first one also before it begins. Displayed is: upright, with square pixels, all in the size of
    the first. Where time stamps go back by a little, they count as the latest so far.

    Raises
    ------
    UserError
        No time stamps, or a clock that was set back.
    """
    zero, display = start(container, stream), _display(stream)
    begin, before, lasts, picture = 0.0, 0.0, 0.0, None
    for frame in container.decode(stream):
        if frame.pts is None:
            raise UserError(_unstamped(container))
        time, lasts = frame.time - zero, float((frame.duration or 0) * frame.time_base)
        if picture is not None:
            if time < begin - BACK:
                raise UserError(
                    f"{container.name}: its clock jumps from {begin:.1f} s back to {time:.1f} s; "
                    "copy it to one clock: ffmpeg -i OLD -c copy NEW.mkv"
                )
            time = max(time, begin)
            yield begin, time, picture
        before, begin, picture = begin, time, display(frame)
    if picture is None:
        return
    end = _promised(container, stream) or 0.0
    yield begin, max(begin + (lasts or begin - before), end - zero), picture


def _unstamped(container: InputContainer) -> str:
    return (
        f"{container.name}: holds no time stamps; put it into a container with its frame rate: "
        "ffmpeg -framerate 30 -i OLD NEW.mp4"
    )


def _display(stream: VideoStream) -> Callable[[VideoFrame], VideoFrame]:
    """A function from a decoded frame to the picture as displayed (see ``shown``)."""
    first = graph = None

    def display(frame: VideoFrame) -> VideoFrame:
        nonlocal first, graph
        if first is None:
            first = frame
            graph = _upright(frame, stream.sample_aspect_ratio)
        # Recordings of calls change their size as they go.
        frame = frame.reformat(first.width, first.height, first.format.name)
        if graph is None:
            return frame
        graph.push(frame)
        return graph.pull()

    return display


def _upright(frame: VideoFrame, aspect: Fraction | None) -> Graph | None:
    """FFmpeg filters, a graph, that scale frames like ``frame`` to square pixels and turn and mirror them
    as their display matrix says; None where nothing is to be done.

    Parameters
    ----------
    aspect : width of a pixel over its height; None or 0 if unknown.
    """
    filters = []
    if aspect and aspect != 1:
        filters.append(("scale", f"{round(frame.width * aspect)}:{frame.height}"))
    matrix = next((data for data in frame.side_data if data.type.name == "DISPLAYMATRIX"), None)
    if matrix is not None:
        # A point (x, y) of the frame is displayed at (a x + c y, b x + d y).
        a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
        if abs(b) > abs(a):
            filters.append(("transpose", "cclock_flip"))
            a, d = c, b
        filters += [(name, "") for name, sign in (("hflip", a), ("vflip", d)) if sign < 0]
    if not filters:
        return None
    graph = Graph()
    source = graph.add_buffer(template=frame)
    graph.link_nodes(source, *(graph.add(*each) for each in filters), graph.add("buffersink")).configure()
    return graph


def _check_whole(path: Path | str, form: str) -> None:
    """Raise a UserError if the file at ``path`` is shorter than its own headers say (MP4, Matroska, AVI) or
    ends inside a packet (MPEG-TS); ``form`` is FFmpeg's name of its container."""
    for name, promised in _FORMS.items():
        if name in form.split(",") and Path(path).is_file():
            there = Path(path).stat().st_size
            with Path(path).open("rb") as file:
                size = promised(file, there)
            if size > there:
                raise UserError(
                    f"{path}: holds {there} of {size} bytes; the file is truncated, fetch it again or "
                    "save what there is: ffmpeg -fflags +discardcorrupt -i OLD -c copy NEW"
                )


def _mp4_size(file: BinaryIO, there: int) -> int:
    """Where the boxes with the samples end."""
    position = 0
    while position < there:
        file.seek(position)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4]), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:])
        if size < 8 or (kind != b"mdat" and position + size > there):  # up to the end; or no box at all
            break
        position += size
    return position


def _matroska_size(file: BinaryIO, there: int) -> int:
    """Where the first segment ends; 0 where a live recording leaves that open."""

    def number() -> tuple[int, int]:  # with the bit that marks its length, and that bit
        first = file.read(1)
        count = 9 - int.from_bytes(first).bit_length()
        return int.from_bytes(first + file.read(count - 1)), 1 << 7 * count

    while file.tell() < there:
        kind, _ = number()
        size, mark = number()
        if kind == 0x18538067:
            return file.tell() + size - mark if size != 2 * mark - 1 else 0
        file.seek(size - mark, 1)
    return 0


def _avi_size(file: BinaryIO, there: int) -> int:
    """Where the last of its RIFF lists ends."""
    position = 0
    while position < there:
        file.seek(position)
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        if head[:4] != b"RIFF" or size in (0, 2**32 - 1):
            break
        position += 8 + size
    return position - 8  # some writers count the list's head as well


def _ts_size(file: BinaryIO, there: int) -> int:
    """Where the last packet ends, if the first begins with the file."""
    head = file.read(1024)
    for size, sync in ((188, 0), (192, 4), (204, 0)):
        if head[sync::size][:3] == b"GGG":
            return -(-there // size) * size
    return 0


_FORMS = {"mp4": _mp4_size, "matroska": _matroska_size, "avi": _avi_size, "mpegts": _ts_size}


def first_picture(container: InputContainer, stream: VideoStream) -> VideoFrame:
    """The next picture, as displayed, from where the container stands.

    Raises
    ------
    UserError
        There is none.
    """
    _, _, picture = next(shown(container, stream), (0, 0, None))
    if picture is None:
        raise UserError(f"{container.name}: holds no picture; fetch it again")
    return picture


def dimensions(path: Path | str) -> tuple[int, int]:
    """(width, height) in pixels of the film at ``path`` as it is displayed."""
    with open_video(path) as (container, stream):
        picture = first_picture(container, stream)
    return picture.width, picture.height


def picture_rows(path: Path | str) -> tuple[int, int]:
    """First and last row + 1 of the picture inside its letterbox, from one picture per second of
    the first ten: rows that stay dark all along belong to the bars."""
    rows, following = [], 0.0
    with open_video(path) as (container, stream):
        for begin, _, picture in shown(container, stream):
            if begin < following:
                continue
            rows.append(np.percentile(picture.to_ndarray(format="gray"), 95, axis=1))
            following += 1.0
            if following >= 10:
                break
    if not rows:
        raise UserError(f"{path}: holds no picture; fetch it again")
    lit = np.flatnonzero(np.max(rows, axis=0) > DARK)
    return (int(lit[0]), int(lit[-1]) + 1) if len(lit) else (0, len(rows[0]))


def equal_crop(
    width: int, height: int, rows: tuple[int, int], slot: int, players: int, margin: int = 30
) -> Crop:
    """Slice ``slot`` (1-based) of ``players`` equal parts of the picture, ``margin`` (1080p pixels)
    wider on both sides: players lean over their slot's edge.

    Raises
    ------
    UserError
        There is no such slot.
    """
    if not 1 <= slot <= players:
        raise UserError(f"there is no slot {slot} among {players} players; slots count from 1 on the left")
    margin = round(margin * height / REFERENCE_HEIGHT)
    left = max(0, round((slot - 1) * width / players) - margin)
    right = min(width, round(slot * width / players) + margin)
    return Crop(left, rows[0], right - left, rows[1] - rows[0])


def published_crop(height: int, x: int, y: int, side: int) -> Crop:
    """One of the dataset's squares, given in pixels of the 1080p frame."""
    scale = height / REFERENCE_HEIGHT
    return Crop(round(x * scale), round(y * scale), round(side * scale), round(side * scale))


def equal_crops(path: str | Path, players: Sequence[Any]) -> list[Crop]:
    """The slice of each of the ``players`` (inventory rows with slot and players) of a video."""
    width, height = dimensions(path)
    rows = picture_rows(path)
    return [equal_crop(width, height, rows, player.slot, player.players) for player in players]


def auto_crop(path: Path | str, slots: Sequence[Crop]) -> list[Crop]:
    """For each slot (a ``Crop``), the square around what moves inside it: the player.

    Motion is how much each pixel's brightness and colour deviate over time (``_deviation``). What
    belongs to the player moves together with large amplitude, camera noise everywhere with small:
    deviations below a fifth of the slot's largest, or below ``MOVING``, are noise. The square holds
    the middle 98 % of the motion and a border of ``BORDER`` of its side, and stays inside the
    picture's rows. It is the slot where nothing moves.
    """
    deviation, scale = _deviation(path)
    return [_square(deviation, slot, scale) for slot in slots]


WATCH, BURSTS = 30, 15  # s of a video that are looked at, and the parts these come in
REACH = 10  # s before its place at which a part may begin
BORDER = 0.25
SMALL = 320  # width in pixels of the frames it looks at
MOVING = 8  # levels of 256; camera noise stays below


def motion(path: Path | str, slots: Sequence[Crop]) -> list[float]:
    """Share of each slot's pixels that deviate by at least ``MOVING``: 0 says that nobody plays
    there. A list of floats."""
    deviation, scale = _deviation(path)
    return [float(np.mean(_inside(deviation, slot, scale) > MOVING)) for slot in slots]


def _inside(deviation: np.ndarray, slot: Crop, scale: float) -> np.ndarray:
    """The part of the small picture that ``slot`` covers."""
    top, left = round(slot.y / scale), round(slot.x / scale)
    return deviation[top : round((slot.y + slot.height) / scale), left : round((slot.x + slot.width) / scale)]


def _deviation(path: Path | str) -> tuple[np.ndarray, float]:
    """Deviation over time of each pixel, luma and both chromas together, (h, w), from small frames,
    ``SMALL`` pixels wide, of all of the video; and the factor back to the video's own pixels."""
    count, total, squares = 0, 0.0, 0.0  # running sums: memory does not grow with the video
    with open_video(path) as (container, stream):
        for picture in _bursts(container, stream):
            factor = picture.width / SMALL
            height = round(picture.height / factor)
            small = picture.reformat(SMALL, height, "yuv444p", interpolation="AREA")
            levels = small.to_ndarray().astype(np.float64)
            count, total, squares = count + 1, total + levels, squares + levels**2
    if not count:
        raise UserError(f"{path}: holds no picture; fetch it again")
    variance = squares / count - (total / count) ** 2
    return np.sqrt(np.maximum(variance, 0).sum(axis=0)), factor


def _bursts(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Ten pictures a second from ``WATCH`` s of a film: all of a short one, else ``BURSTS`` parts spread
    over it. Each begins at the key frame before its place, so nothing is decoded in vain; where there is
    none within ``REACH`` s, or no index to find it by, all from there on is decoded."""
    zero, seconds = start(container, stream), length(container, stream)
    parts = BURSTS if seconds > WATCH else 1
    seeks = not container.format.flags & Flags.ts_discont.value
    seen, pictures = 0.0, shown(container, stream)
    for part in range(parts):
        place, due = part / parts * seconds, None
        if part and seeks:
            container.seek(int((zero + place) / stream.time_base), stream=stream)
            pictures = shown(container, stream)
        for begin, _, picture in pictures:
            seeks = seeks and begin > place - REACH
            if begin < max(seen, place - REACH * seeks):
                continue
            if due is None:
                due, end = begin, begin + WATCH / parts
            if begin >= end:
                seen = end
                break
            if begin >= due:
                yield picture
                due += 0.1


def _square(deviation: np.ndarray, slot: Crop, scale: float) -> Crop:
    """The square ``Crop`` around the motion inside ``slot``."""
    top, left = round(slot.y / scale), round(slot.x / scale)
    inside = _inside(deviation, slot, scale)
    moving = np.where(inside > max(0.2 * inside.max(), MOVING), inside, 0)
    if not moving.any():
        return slot
    (x0, x1), (y0, y1) = (_extent(moving.sum(axis=axis)) for axis in (0, 1))
    side = max(x1 - x0, y1 - y0) * scale * (1 + 2 * BORDER)
    side = min(side, slot.height, slot.width)
    x = (left + (x0 + x1) / 2) * scale - side / 2
    y = (top + (y0 + y1) / 2) * scale - side / 2
    x = np.clip(x, slot.x, slot.x + slot.width - side)
    y = np.clip(y, slot.y, slot.y + slot.height - side)
    return Crop(int(x), int(y), int(side), int(side))


def _extent(profile: np.ndarray) -> tuple[np.intp, np.intp]:
    """First and last position of the middle 98 % of a non-negative profile."""
    share = np.cumsum(profile) / profile.sum()
    return np.searchsorted(share, 0.01), np.searchsorted(share, 0.99) + 1


def crop_and_scale(template: VideoFrame, crop: Crop, size: int) -> Graph:
    """FFmpeg filters, a graph, for pictures like ``template``: ``crop``, scale to fit ``size`` x ``size``,
    pad to the square, RGB."""
    scale = size / max(crop.width, crop.height)
    width, height = (max(2, round(side * scale)) for side in (crop.width, crop.height))
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(template=template),
        graph.add("crop", f"{crop.width}:{crop.height}:{crop.x}:{crop.y}"),
        graph.add("scale", f"{width}:{height}:flags=area"),
        graph.add("format", "rgb24"),
        graph.add("pad", f"{size}:{size}:(ow-iw)/2:(oh-ih)/2"),
        graph.add("buffersink"),
    ).configure()
    return graph


def crop_players(
    path: Path | str, crops: Sequence[Crop], leads: Sequence[float], size: int, fps: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Decode ``path`` once; yield (player, frame) with frame (size, size, 3) uint8 RGB.

    Frames of a player come in order: its frame k is the picture on the screen at the stem's time
    k / fps, that is at the film's time k / fps plus the player's lead (see ``shown``), so neither a
    29.97 fps video nor one of variable rate drifts. There is one for every k / fps of the film.

    Parameters
    ----------
    crops : one ``Crop`` per player, in pixels of the film as displayed.
    leads : frames (at URMP's 29.97 fps) by which the picture runs ahead of the sound, per player.

    Raises
    ------
    UserError
        As ``open_video`` and ``shown``.
    """
    with open_video(path) as (container, stream):
        counts, pipelines = [0] * len(crops), None
        for _, end, picture in shown(container, stream):
            pipelines = pipelines or [crop_and_scale(picture, crop, size) for crop in crops]
            for player, (pipeline, lead) in enumerate(zip(pipelines, leads, strict=True)):
                due = 0
                while (counts[player] + due) / fps + lead / URMP_FPS < end - ROUNDING:
                    due += 1
                if due:
                    pipeline.push(picture)
                    image = pipeline.pull().to_ndarray()
                    for _ in range(due):
                        yield player, image
                    counts[player] += due
