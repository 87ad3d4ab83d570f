"""Joints of a player: on the real duet where it is at hand, and what is said of what cannot be seen."""

from pathlib import Path

import google.protobuf
import numpy as np
import psutil
import pytest
import torch
from downloads import CONTENT, RIGHT
from hostile_server import serving

from vimusic.errors import UserError
from vimusic.features import landmarks
from vimusic.features.landmarks import TASK, tracker
from vimusic.features.skeleton import BODY, HAND, WRISTS
from vimusic.features.video import Crop, crop_players

EXCERPT = Path(__file__).parents[2].parent / "shared/urmp-real/excerpt"
TASK_FILE = Path(torch.hub.get_dir()) / "checkpoints" / TASK.rpartition("/")[2]
FRAMES = 30

real = pytest.mark.skipif(not EXCERPT.is_dir(), reason=f"{EXCERPT}: no real URMP film here")


@pytest.fixture(scope="module")
def violinist():
    """The violinist of the real duet, ``FRAMES`` crops of 224 pixels."""
    film = next(EXCERPT.glob("Vid_*.mp4"))
    return [frame for _, frame in zip(range(FRAMES), crops(film), strict=False)]


def crops(film):
    for _, frame in crop_players(film, [Crop(1060, 400, 480, 480)], [0], 224, 30):
        yield frame


@pytest.fixture(scope="module")
def tracked(violinist):
    track = tracker()
    return np.stack([track(frame) for frame in violinist])


@real
def test_a_real_violinists_body_and_both_hands_are_found(tracked):
    found = tracked[..., 2] > 0
    assert found[:, list(WRISTS)].all() and found[:, 11:13].all()
    assert found[:, BODY + HAND :].all(1).mean() == 1  # the hand with the bow
    assert found[:, BODY : BODY + HAND].all(1).mean() > 0.6
    assert ((tracked[..., :2] >= 0) & (tracked[..., :2] <= 1)).all()


@real
def test_each_hand_is_that_of_its_own_wrist(tracked):
    for side, wrist in enumerate(WRISTS):
        hand = tracked[:, BODY + side * HAND]
        found = hand[:, 2] > 0
        apart = np.linalg.norm(hand[:, :2] - tracked[:, wrist, :2], axis=1)[found]
        assert np.median(apart) < 0.06  # of the picture
        others = np.linalg.norm(hand[:, :2] - tracked[:, WRISTS[1 - side], :2], axis=1)[found]
        assert np.median(others) > 3 * np.median(apart)


@real
def test_the_same_frames_give_the_same_points(tracked, violinist):
    again = tracker()
    np.testing.assert_array_equal(tracked, [again(frame) for frame in violinist])


@real
def test_without_hands_the_body_is_the_same_and_no_hand_is_looked_for(tracked, violinist):
    track = tracker(hands=False)
    body = np.stack([track(frame) for frame in violinist])
    np.testing.assert_array_equal(body[:, :BODY], tracked[:, :BODY])
    assert tracked[:, BODY:].any() and not body[:, BODY:].any()


@real
def test_a_player_cut_off_by_the_picture_has_no_points_beyond_it(violinist):
    track = tracker()
    points = np.stack([track(np.ascontiguousarray(frame[:120])) for frame in violinist[:5]])
    hidden = points[..., 2] == 0
    assert hidden[:, 25:BODY].all()  # knees and feet
    assert (points[hidden] == 0).all() and not hidden[:, 11:13].any()


def test_nobody_is_nowhere():
    track = tracker()
    assert not track(np.zeros((96, 96, 3), np.uint8)).any()
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    assert not track(noise).any()


def test_a_tracker_says_nothing_on_stderr(capfd):
    tracker()(np.zeros((64, 64, 3), np.uint8))
    assert capfd.readouterr().err == ""


def test_without_a_package_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(landmarks, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="mediapipe is not installed; install what envs/"):
        tracker()


def test_the_maintained_package_is_taken_where_it_is_the_one_installed(monkeypatch):
    monkeypatch.setattr(landmarks, "find_spec", lambda name: None if name == "mediapipe.python" else name)
    monkeypatch.setitem(landmarks.BACKENDS, "task", lambda hands: lambda frame: ([], [], []))
    assert not tracker()(np.zeros((8, 8, 3), np.uint8)).any()


def test_the_model_file_is_downloaded_once_and_must_be_the_known_one(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with serving(CONTENT) as server:
        path = landmarks.model(server.url, RIGHT[1])
        assert path.read_bytes() == CONTENT
        assert path.parent == tmp_path / "checkpoints"
        assert landmarks.model(server.url, RIGHT[1]) == path
        assert len(server.requests) == 1
    path.write_bytes(b"another")
    with pytest.raises(UserError, match="is another file than MediaPipe's model file; delete it"):
        landmarks.model(server.url, RIGHT[1])


def test_another_model_file_than_the_known_one_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with serving(b"another") as server, pytest.raises(UserError, match=f"recorded {RIGHT[1]}.*rejected"):
        landmarks.model(server.url, RIGHT[1])
    assert not (tmp_path / "checkpoints/Dataset.tar.gz").exists()


@real
@pytest.mark.skipif(
    not TASK_FILE.is_file() or int(google.protobuf.__version__.split(".")[0]) >= 5,
    reason=f"MediaPipe 0.10 runs its tasks beside its graphs with protobuf below 5 and {TASK_FILE}",
)
def test_task_and_graph_find_the_same_wrists(tracked, violinist, monkeypatch):
    monkeypatch.setitem(landmarks.BACKENDS, "graph", landmarks.BACKENDS["task"])
    track = tracker()
    theirs = np.stack([track(frame) for frame in violinist])
    for wrist in WRISTS:
        apart = np.linalg.norm(theirs[:, wrist, :2] - tracked[:, wrist, :2], axis=1)
        assert np.median(apart) < 0.02


def test_a_tracker_that_is_gone_takes_its_networks_with_it():
    """A tracker holds 180 MB; a page that serves films, or a script, asks for one after another."""
    sizes = []
    for _ in range(4):
        tracker()(np.zeros((224, 224, 3), np.uint8))
        sizes.append(psutil.Process().memory_info().rss / 2**20)
    assert sizes[-1] - sizes[0] < 200
