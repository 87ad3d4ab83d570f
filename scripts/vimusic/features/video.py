"""Video to per-player crops: one decode for all players of a piece (paper 3.1)."""

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from vimusic.errors import UserError

REFERENCE_HEIGHT = 1080  # crops and margins in the inventory are pixels of URMP's 1080p frame
URMP_FPS = 30000 / 1001  # the clock of lead frames in the inventory
DARK = 32  # brightest pixel of a letterbox row; coded black is not quite 0


@dataclass(frozen=True)
class Crop:
    """A rectangle in pixels of the video's own frame."""

    x: int
    y: int
    width: int
    height: int


@contextmanager
def open_video(path):
    """Yield (container, video stream) of ``path``.

    Raises
    ------
    UserError
        Missing or unreadable file, or one without a video stream; also for data that turns out to
        be broken while the block decodes.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise UserError(f"{path}: holds no video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except FileNotFoundError:
        raise UserError(f"{path}: video not found") from None
    except av.error.FFmpegError as error:
        raise UserError(
            f"{path}: cannot be decoded ({error.strerror}); the file is truncated or damaged, fetch it again"
        ) from None


def picture_rows(path):
    """First and last row + 1 of the picture inside its letterbox, from one frame per second of
    the first ten: rows that stay dark all along belong to the bars."""
    brightest = 0
    with open_video(path) as (container, stream):
        following = 0.0
        for frame in container.decode(stream):
            if frame.time < following:
                continue
            luma = frame.to_ndarray(format="gray")
            brightest = np.maximum(brightest, np.percentile(luma, 95, axis=1))
            following += 1.0
            if following >= 10:
                break
        height = stream.height
    lit = np.flatnonzero(brightest > DARK)
    return (int(lit[0]), int(lit[-1]) + 1) if len(lit) else (0, height)


def equal_crop(width, height, rows, slot, players, margin=30):
    """Slice ``slot`` (1-based) of ``players`` equal parts of the picture, ``margin`` (1080p pixels)
    wider on both sides: players lean over their slot's edge."""
    margin = round(margin * height / REFERENCE_HEIGHT)
    left = max(0, round((slot - 1) * width / players) - margin)
    right = min(width, round(slot * width / players) + margin)
    return Crop(left, rows[0], right - left, rows[1] - rows[0])


def published_crop(height, x, y, side):
    """One of the dataset's squares, given in pixels of the 1080p frame."""
    scale = height / REFERENCE_HEIGHT
    return Crop(round(x * scale), round(y * scale), round(side * scale), round(side * scale))


def equal_crops(path: str | Path, players: Sequence[Any]) -> list[Crop]:
    """The slice of each of the ``players`` (inventory rows with slot and players) of a video."""
    with open_video(path) as (_, stream):
        width, height = stream.width, stream.height
    rows = picture_rows(path)
    return [equal_crop(width, height, rows, player.slot, player.players) for player in players]


def auto_crop(path, slots):
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
BORDER = 0.25
SMALL = 320  # width in pixels of the frames it looks at
MOVING = 8  # levels of 256; camera noise stays below


def motion(path, slots):
    """Share of each slot's pixels that deviate by at least ``MOVING``: 0 says that nobody plays
    there. A list of floats."""
    deviation, scale = _deviation(path)
    return [float(np.mean(_inside(deviation, slot, scale) > MOVING)) for slot in slots]


def _inside(deviation, slot, scale):
    """The part of the small picture that ``slot`` covers."""
    top, left = round(slot.y / scale), round(slot.x / scale)
    return deviation[top : round((slot.y + slot.height) / scale), left : round((slot.x + slot.width) / scale)]


def _deviation(path):
    """Deviation over time of each pixel, luma and both chromas together, (h, w), from small frames,
    ``SMALL`` pixels wide, of all of the video; and the factor back to the video's own pixels."""
    count, total, squares = 0, 0.0, 0.0  # running sums: memory does not grow with the video
    with open_video(path) as (container, stream):
        height = round(stream.height * SMALL / stream.width)
        for frame in _bursts(container, stream):
            small = frame.reformat(SMALL, height, "yuv444p", interpolation="AREA")
            levels = small.to_ndarray().astype(np.float64)
            count, total, squares = count + 1, total + levels, squares + levels**2
        factor = stream.width / SMALL
    if not count:
        raise UserError(f"{path}: holds no picture; fetch it again")
    variance = squares / count - (total / count) ** 2
    return np.sqrt(np.maximum(variance, 0).sum(axis=0)), factor


def _bursts(container, stream):
    """Ten frames a second from ``WATCH`` s of a video: all of a short one, else ``BURSTS`` parts
    spread over it. Each begins at the key frame before its place, so nothing is decoded in vain."""
    seconds = float(stream.duration * stream.time_base) if stream.duration else 0.0
    parts = BURSTS if seconds > WATCH else 1
    seen = 0.0
    for part in range(parts):
        if part:
            container.seek(int(part / parts * seconds / stream.time_base), stream=stream)
        due = None
        for frame in container.decode(stream):
            if frame.time < seen:
                continue
            if due is None:
                due, end = frame.time, frame.time + WATCH / parts
            if frame.time >= end:
                seen = end
                break
            if frame.time >= due:
                yield frame
                due += 0.1


def _square(deviation, slot, scale):
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


def _extent(profile):
    """First and last position of the middle 98 % of a non-negative profile."""
    share = np.cumsum(profile) / profile.sum()
    return np.searchsorted(share, 0.01), np.searchsorted(share, 0.99) + 1


def crop_and_scale(stream, crop, size):
    """FFmpeg filters, a graph: ``crop``, scale to fit ``size`` x ``size``, pad to the square, RGB."""
    scale = size / max(crop.width, crop.height)
    width, height = (max(2, round(side * scale)) for side in (crop.width, crop.height))
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(template=stream),
        graph.add("crop", f"{crop.width}:{crop.height}:{crop.x}:{crop.y}"),
        graph.add("scale", f"{width}:{height}:flags=area"),
        graph.add("format", "rgb24"),
        graph.add("pad", f"{size}:{size}:(ow-iw)/2:(oh-ih)/2"),
        graph.add("buffersink"),
    ).configure()
    return graph


def crop_players(path, crops, leads, size, fps):
    """Decode ``path`` once; yield (player, frame) with frame (size, size, 3) uint8 RGB.

    Frames of a player come in order: its frame k shows the stem's time k / fps, that is the
    video's time k / fps plus the player's lead, taken by presentation time stamp (nearest), so a
    29.97 fps video does not drift.

    Parameters
    ----------
    crops : one ``Crop`` per player.
    leads : frames (at URMP's 29.97 fps) by which the picture runs ahead of the sound, per player.

    Raises
    ------
    UserError
        A video that ends before its header says.
    """
    with open_video(path) as (container, stream):
        pipelines = [crop_and_scale(stream, crop, size) for crop in crops]
        counts = [0] * len(crops)
        half = 0.5 / float(stream.average_rate)
        end = 0.0
        for frame in container.decode(stream):
            end = frame.time + half
            for player, (pipeline, lead) in enumerate(zip(pipelines, leads, strict=True)):
                due = 0
                while (counts[player] + due) / fps + lead / URMP_FPS < end:
                    due += 1
                if due:
                    pipeline.push(frame)
                    image = pipeline.pull().to_ndarray()
                    for _ in range(due):
                        yield player, image
                    counts[player] += due
        expected = float(stream.duration * stream.time_base) if stream.duration else end
    if end < expected - 0.5:
        raise UserError(
            f"{path}: ends at {end:.1f} s of {expected:.1f} s; the file is truncated, fetch it again"
        )
