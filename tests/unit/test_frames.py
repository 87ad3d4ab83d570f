"""The frame store."""

import pickle

import numpy as np
import pytest

from vimusic.features.frames import FrameStore, FrameWriter


def picture(shade, size=48):
    """A smooth coloured picture, which JPEG keeps well: (size, size, 3) uint8."""
    ramp = np.linspace(0, 100, size)
    red, green = np.meshgrid(ramp, ramp)
    return np.stack([red + shade, green, np.full_like(red, 200)], axis=-1).astype(np.uint8)


def write(path, tracks):
    with FrameWriter(path) as store:
        for track, shades in tracks.items():
            for shade in shades:
                store.append(track, picture(shade))
    return path


def test_frames_come_back_in_colour_and_order(tmp_path):
    path = write(tmp_path / "frames.zip", {1: [0, 50, 100], 2: [150]})
    store = FrameStore(path, 1)
    assert len(store) == 3
    assert len(FrameStore(path, 2)) == 1
    for k, shade in enumerate([0, 50, 100]):
        assert store[k].shape == (48, 48, 3)
        assert store[k].dtype == np.uint8
        # A JPEG errs by a few grey levels; swapped channels or frames by far more.
        assert np.abs(store[k].astype(int) - picture(shade)).max() < 12


def test_access_is_random(tmp_path):
    store = FrameStore(write(tmp_path / "frames.zip", {1: range(0, 100, 10)}), 1)
    forwards = [store[k] for k in range(10)]
    for k in (7, 0, 9, 3, 7):
        np.testing.assert_array_equal(store[k], forwards[k])


def test_frames_read_together_are_those_read_one_by_one(tmp_path):
    store = FrameStore(write(tmp_path / "frames.zip", {1: range(0, 100, 10)}), 1)
    np.testing.assert_array_equal(store.read([4, 9, 9, 0]), np.stack([store[k] for k in (4, 9, 9, 0)]))


@pytest.mark.parametrize("k", [-1, 3])
def test_frame_outside_the_store_is_refused(tmp_path, k):
    store = FrameStore(write(tmp_path / "frames.zip", {1: [0, 1, 2]}), 1)
    with pytest.raises(IndexError):
        store[k]


def test_track_1_does_not_see_track_11(tmp_path):
    assert len(FrameStore(write(tmp_path / "frames.zip", {1: [0], 11: [1, 2]}), 1)) == 1


def test_same_frames_give_the_same_bytes(tmp_path):
    first = write(tmp_path / "a.zip", {1: [0, 50], 2: [9]})
    second = write(tmp_path / "b.zip", {1: [0, 50], 2: [9]})
    assert first.read_bytes() == second.read_bytes()


def test_checksum_tells_other_frames_apart(tmp_path):
    first, same, other = (
        FrameStore(write(tmp_path / f"{name}.zip", {1: [shade]}), 1)
        for name, shade in (("first", 0), ("same", 0), ("other", 90))
    )
    assert first.checksum == same.checksum != other.checksum


def test_opened_store_can_be_sent_to_a_worker(tmp_path):
    store = FrameStore(write(tmp_path / "frames.zip", {1: [0, 50]}), 1)
    frame = store[1]
    sent = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(sent[1], frame)
    assert len(sent) == 2
