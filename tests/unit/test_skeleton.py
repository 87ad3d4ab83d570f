"""Skeletons: of points that there are, and where these are."""

import numpy as np

from vimusic.features.skeleton import (
    BODY,
    BONES,
    COLOURS,
    HAND,
    PARTS,
    POINTS,
    SHOULDERS,
    draw_skeleton,
    found,
)


def test_bones_join_points_of_their_part():
    for part, bones in BONES.items():
        ends = {end for bone in bones for end in bone}
        assert ends <= set(range(POINTS)[PARTS[part]])
        assert part == "body" or ends == set(range(POINTS)[PARTS[part]])


def test_a_bone_lies_between_its_points_and_only_where_both_were_found():
    points = np.zeros((POINTS, 3))
    image = draw_skeleton(np.zeros((100, 100, 3), np.uint8), points)
    assert not image.any()
    points[SHOULDERS[0]] = 0.8, 0.25, 1
    assert not draw_skeleton(image, points).any()
    points[SHOULDERS[1]] = 0.2, 0.25, 1
    draw_skeleton(image, points)
    rows, columns = np.nonzero(image.any(2))
    assert rows.min() >= 23 and rows.max() <= 26
    assert abs(columns.min() - 20) <= 1 and abs(columns.max() - 79) <= 1
    drawn = image.max((0, 1)) / COLOURS["body"]  # as bright everywhere, softened at its edges
    assert drawn.min() > 0.6 and np.ptp(drawn) < 0.05


def test_a_skeleton_lies_in_its_box():
    points = np.random.default_rng(0).uniform(0, 1, (POINTS, 3))
    image = draw_skeleton(np.zeros((100, 200, 3), np.uint8), points, (50, 10, 80, 60))
    rows, columns = np.nonzero(image.any(2))
    assert rows.min() >= 9 and rows.max() <= 70 and columns.min() >= 49 and columns.max() <= 130


def test_shares_of_frames_in_which_a_part_was_found():
    points = np.zeros((4, POINTS, 3))
    points[:3, list(SHOULDERS), 2] = 1
    points[0, BODY : BODY + HAND, 2] = 1
    points[1, BODY + 1 : BODY + HAND, 2] = 1  # but for its wrist
    assert found(points) == {"body": 0.75, "left hand": 0.25, "right hand": 0}
