"""Small videos whose pictures are known, for the tests."""

import ffmpeg
import imageio_ffmpeg
import numpy as np

NTSC = "30000/1001"  # URMP's frame rate
BITS = 12
CELL = 16  # side in pixels of one bit


class Film(list):
    """Frames in memory, read as those of a ``FrameStore``."""

    def read(self, wanted, into=None):
        """(len(wanted), H, W, 3) of the frames numbered ``wanted``."""
        return np.stack([self[k] for k in wanted], out=into)

    @property
    def shape(self):
        """Of a frame: (H, W, 3)."""
        return self[0].shape


def write_video(path, frames, rate=NTSC, faststart=False):
    """H.264 of ``frames``, grey (n, height, width) or RGB (n, height, width, 3); its index comes first if
    ``faststart``."""
    height, width = frames.shape[1:3]
    raw = {"format": "rawvideo", "pix_fmt": "gray" if frames.ndim == 3 else "rgb24"}
    pictures = ffmpeg.input("pipe:", s=f"{width}x{height}", framerate=rate, **raw)
    options = {"movflags": "+faststart"} if faststart else {}
    ffmpeg.output(
        pictures, str(path), vcodec="libx264", preset="ultrafast", crf=18, pix_fmt="yuv420p",
        threads=1, loglevel="error", **options,
    ).run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), input=frames.tobytes())  # fmt: skip
    return path


def numbered(count):
    """Frames (count, 2 * CELL, BITS * CELL) that show their index as black and white cells."""
    bits = np.arange(count)[:, None] >> np.arange(BITS) & 1
    rows = np.repeat(255 * bits, CELL, axis=1).astype(np.uint8)
    return np.repeat(rows[:, None], 2 * CELL, axis=1)


def number(frame):
    """The index that a square crop (size, size, 3) of a ``numbered`` frame shows."""
    cell = frame.shape[1] / BITS
    centres = ((np.arange(BITS) + 0.5) * cell).astype(int)
    return int(sum(1 << bit for bit, x in enumerate(centres) if frame[len(frame) // 2, x, 0] > 127))
