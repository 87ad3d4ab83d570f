"""The Fréchet distance on embeddings whose answer is known."""

import math

import numpy as np
import pytest
from signals import tone

from vimusic.data.urmp import Notes
from vimusic.evaluation import activations
from vimusic.evaluation.frechet import BELOW, SIZE, Sums, between, by_row, distance, embedded, sums
from vimusic.rows import Row

RATE = 22050


def heard(contours, hop=0.01):
    """Activations of nothing but ``contours`` (n, 264)."""
    times = np.arange(len(contours)) * hop
    return activations.Activations(times, np.empty((len(times), 88)), np.empty((len(times), 88)), contours)


def always(seconds):
    return Notes(np.zeros(1), np.full(1, 440.0), np.full(1, seconds))


def random_sums(seed, frames=400, scale=0.1):
    rng = np.random.default_rng(seed)
    return sums(heard(scale * rng.random((frames, 264))), always(9.0), 9.0)


def test_of_two_gaussians():
    one = np.array([0.0, 1.0]), np.diag([4.0, 1.0])
    other = np.array([3.0, 1.0]), np.diag([1.0, 9.0])
    # 9 + (2 - 1)^2 + (1 - 3)^2, as the covariances commute
    assert between(one, other) == pytest.approx(14)
    assert between(one, one) == pytest.approx(0, abs=1e-9)


def test_of_covariances_that_do_not_commute_and_of_one_that_is_singular():
    rng = np.random.default_rng(0)
    s, t = (x.T @ x for x in rng.standard_normal((2, 3, 3)))
    product = np.linalg.eigvals(s @ t)
    expected = np.trace(s) + np.trace(t) - 2 * np.sqrt(product.real).sum()
    assert between((np.zeros(3), s), (np.zeros(3), t)) == pytest.approx(expected)
    assert between((np.zeros(3), t), (np.zeros(3), s)) == pytest.approx(expected)
    assert between((np.zeros(3), np.zeros((3, 3))), (np.ones(3), t)) == pytest.approx(3 + np.trace(t))


def test_an_embedding_is_what_lies_around_the_highest_contour():
    contours = np.zeros((2, 264))
    contours[0, [100, 136, 90]] = [0.9, 0.5, 0.2]
    contours[1, [103, 139, 93]] = [0.9, 0.5, 0.2]  # a semitone higher
    low, high = embedded(heard(contours))
    np.testing.assert_array_equal(low, high)
    assert low[[BELOW, BELOW + 36, BELOW - 10]] == pytest.approx([0.9, 0.5, 0.2])
    assert low.sum() == pytest.approx(1.6)
    edge = np.eye(264)[[0, 263]]
    np.testing.assert_array_equal(embedded(heard(edge)), np.eye(SIZE)[[BELOW, BELOW]])


def test_halves_are_blocks_in_turn_of_frames_inside_notes():
    contours = np.zeros((800, 264))  # 8 s
    contours[:200, 50] = 1.0
    contours[200:, 50] = 0.5
    found = sums(heard(contours), Notes(np.zeros(1), np.full(1, 440.0), np.full(1, 5.0)), 8.0)
    np.testing.assert_array_equal(found.count, [300, 200])  # 0-2 and 4-5 s, 2-4 s
    assert found.first[0, BELOW] == pytest.approx(200 + 100 * 0.5)
    assert found.second[0, BELOW, BELOW] == pytest.approx(200 + 100 * 0.25)
    assert found.first[1, BELOW] == pytest.approx(200 * 0.5)


def test_stems_in_any_order_give_the_same_and_more_of_another_kind_lie_further():
    a, b, other = random_sums(0), random_sums(1), random_sums(2, scale=0.2)
    truth = random_sums(3)
    assert distance(a.plus(b), truth) == pytest.approx(distance(b.plus(a), truth))
    assert 0 < distance(a.plus(b), truth) < distance(a.plus(other), truth) < distance(other, truth)


def test_too_few_frames_have_no_distance():
    assert math.isnan(distance(Sums.none(), random_sums(0)))


@pytest.fixture(scope="module")
def sounds():
    """Eight seconds of a tone with partials, worse and worse."""
    clean = sum(tone(220 * k, 8, RATE) / k for k in range(1, 8)) / 4
    noise = np.random.default_rng(0).standard_normal(len(clean)).astype(np.float32)
    return [clean, clean + 0.03 * noise, clean + 0.3 * noise, 0.3 * noise, 0 * noise]


def test_a_sound_is_the_further_the_less_is_left_of_it(sounds):
    found = [sums(activations.listen(sound, RATE), always(8.0), 8.0) for sound in sounds]
    distances = [distance(each, found[0]) for each in found]
    assert distances == sorted(distances)
    assert distances[0] < 0.01 < 1 < distances[-1]


def test_rows_are_pooled_over_folds_and_averaged_over_seeds(tmp_path):
    given = {
        ("recording", 0, ""): random_sums(0), ("recording", 0, "f2"): random_sums(1),
        ("midi", 0, ""): random_sums(2, scale=0.2), ("midi", 0, "f2"): random_sums(3),
        ("midi", 1, ""): random_sums(4), ("midi", 1, "f2"): random_sums(5),
    }  # fmt: skip
    rows = []
    for (name, seed, fold), each in given.items():
        scores = tmp_path / f"{name}{fold}.{seed}.csv"
        np.savez(scores.with_suffix(".npz"), **each._asdict())
        rows.append(Row(name, "anchor", name, "", seed, fold, (), "", "", "", str(scores), ""))
    found = by_row(rows)
    truth = random_sums(0).plus(random_sums(1))
    assert found["recording"] == pytest.approx(distance(truth, truth))
    seeds = [given["midi", seed, ""].plus(given["midi", seed, "f2"]) for seed in (0, 1)]
    assert by_row(row for row in rows if row.name == "midi") == {}
    assert found["midi"] == pytest.approx(np.mean([distance(each, truth) for each in seeds]))
