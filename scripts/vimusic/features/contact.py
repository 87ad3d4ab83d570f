"""A contact sheet: which part of the picture each player's crop shows (paper 3.1, video)."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from vimusic.errors import UserError, whole_file
from vimusic.features.frames import FrameStore
from vimusic.features.video import Crop, first_picture, length, open_video, shown, start

WIDTH = 960  # of the sheet, pixels
COLOURS = [(230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (204, 121, 167)]
MOMENTS = (0.25, 0.5, 0.75)  # of the piece


def middle_frame(path: Path | str) -> np.ndarray:
    """The key frame nearest before the middle of the video at ``path``, (H, W, 3) uint8 RGB; its first
    picture where there is none to be found."""
    with open_video(path) as (container, stream):
        middle = start(container, stream) + length(container, stream) / 2
        container.seek(int(middle / stream.time_base), stream=stream)
        for _, _, picture in shown(container, stream):
            return picture.to_ndarray(format="rgb24")
        container.seek(container.start_time or 0)
        return first_picture(container, stream).to_ndarray(format="rgb24")


def outlined(frame: np.ndarray, crops: Sequence[Crop], labels: Sequence[str]) -> np.ndarray:
    """``frame`` (H, W, 3) uint8 RGB with every crop outlined and labelled: (h, WIDTH, 3)."""
    scale = WIDTH / frame.shape[1]
    top = cv2.resize(frame, (WIDTH, round(frame.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    for player, (crop, label) in enumerate(zip(crops, labels, strict=True)):
        colour = COLOURS[player % len(COLOURS)]
        corners = np.array([crop.x, crop.y, crop.x + crop.width, crop.y + crop.height]) * scale
        x0, y0, x1, y1 = corners.round().astype(int).tolist()
        cv2.rectangle(top, (x0, y0), (x1 - 1, y1 - 1), colour, 2)
        cv2.putText(top, label, (x0 + 4, y0 - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return top


def contact_sheet(
    frame: np.ndarray, crops: Sequence[Crop], stores: Sequence[FrameStore], labels: Sequence[str]
) -> np.ndarray:
    """The whole ``frame`` with every crop outlined, above a row of crops per player.

    Parameters
    ----------
    frame : (H, W, 3) uint8 RGB.
    crops : ``video.Crop`` per player, in pixels of ``frame``.
    stores : ``FrameStore`` per player; frames at ``MOMENTS`` of its length are shown.
    labels : name of each player.

    Returns
    -------
    (h, WIDTH, 3) uint8 RGB
    """
    side = WIDTH // len(MOMENTS) // 2
    rows = [outlined(frame, crops, labels)]
    for player, (crop, store, label) in enumerate(zip(crops, stores, labels, strict=True)):
        colour = COLOURS[player % len(COLOURS)]
        shown = [store[int(moment * (len(store) - 1))] for moment in MOMENTS]
        shown = [cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in shown]
        strip = cv2.copyMakeBorder(np.hstack(shown), 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=colour)
        rows.append(np.pad(strip, ((0, 0), (0, WIDTH - strip.shape[1]), (0, 0))))
        text = f"{label}: {crop.width}x{crop.height} at {crop.x},{crop.y}; {len(store)} frames"
        where = (strip.shape[1] + 12, strip.shape[0] // 2)
        cv2.putText(rows[-1], text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    return np.vstack(rows)


def write_png(path: Path | str, image: np.ndarray) -> None:
    """``image`` (h, w, 3) uint8 RGB as PNG.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    with whole_file(path) as temporary:
        if not cv2.imwrite(str(temporary), image[..., ::-1]):
            raise UserError(f"{path}: cannot be written; is there space on the disk?")
