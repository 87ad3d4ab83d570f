"""The frame store: every crop of a piece as JPEG, any frame at random, in one zip file.

A zip of stored (uncompressed) members is random access, holds its own index, and opens in any
file viewer. Members are ``<track>/<frame>.jpg``.
"""

import zipfile

import cv2
import numpy as np

QUALITY = 90
EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed member date: same frames, same bytes


class FrameWriter:
    """Append RGB frames of several tracks to the store at ``path``; a context manager."""

    def __init__(self, path):
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self.counts = {}

    def append(self, track, frame):
        """Add ``frame``, (H, W, 3) uint8 RGB, as the next frame of ``track``."""
        count = self.counts.get(track, 0)
        jpeg = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        member = zipfile.ZipInfo(f"{track}/{count:06d}.jpg", EPOCH)
        self._zip.writestr(member, jpeg.tobytes())
        self.counts[track] = count + 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._zip.close()


class FrameStore:
    """Read the frames of one track: ``len(store)``, ``store[k]`` -> (H, W, 3) uint8 RGB.

    The file is opened on first use, so a store can be handed to data-loader workers.
    """

    def __init__(self, path, track):
        self.path, self.track = path, track
        self._zip = None
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.startswith(f"{track}/")]
        self._length = len(members)
        self.checksum = hash(tuple(member.CRC for member in members))

    def __len__(self):
        return self._length

    def __getitem__(self, k):
        if not 0 <= k < self._length:
            raise IndexError(k)
        if self._zip is None:
            self._zip = zipfile.ZipFile(self.path)
        jpeg = self._zip.read(f"{self.track}/{k:06d}.jpg")
        return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]

    def __getstate__(self):
        return self.__dict__ | {"_zip": None}
