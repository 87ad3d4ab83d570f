"""Training on tiny stems: it learns, and an interruption leaves no trace."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from models_io import RECIPE

from vimusic.errors import UserError
from vimusic.models.clips import Clips, Seen, Stem
from vimusic.models.regressor import build
from vimusic.models.training import DROPOUT, ORDER, derived, rate, train

torch.set_num_threads(1)  # on models this small threads only wait for each other
BANDS = 6
SMALL = replace(
    RECIPE, inputs=("video", "roll"), components=4, dropout=0.3, n_mels=BANDS, fusion=16, decoder=16
)
CLOCK = SMALL.clock


def stem(seed):
    """A stem whose mel is its roll through one fixed matrix, and whose video is noise."""
    rng = np.random.default_rng(seed)
    roll = np.zeros((90, 128), np.float32)
    for start in range(0, 90, 10):
        roll[start : start + 10, rng.integers(60, 72)] = 1
    matrix = np.random.default_rng(99).standard_normal((128, BANDS))
    visual = rng.standard_normal((32, 512)).astype(np.float32)
    return Stem(Seen(f"{seed}", 90, 0, roll, visual), (3 * roll @ matrix - 8).astype(np.float32))


STEMS = {"train": [stem(0), stem(1)], "val": [stem(2)]}


def training(resume, epochs, model_seed=0, seed=0, stems=STEMS, fitted_to=None, **changes):
    """Everything random is on: shuffled clips, random offsets, dropout."""
    how = {"learning_rate": 1e-2, "schedule": "constant", "clip_norm": 0.0} | changes
    torch.manual_seed(model_seed)
    model = build(SMALL)
    model.fit((fitted_to or stems)["train"])
    return train(
        model, stems, CLOCK, resume, "test", seed=seed, epochs=epochs, batch_size=4,
        offsets="random", precision="32-true", devices=1, threads=1, **how,
    )  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return training(tmp_path_factory.mktemp("whole") / "resume.pt", epochs=4)


def assert_same_state(one, other):
    assert one.keys() == other.keys()
    for key in one:
        assert torch.equal(one[key], other[key]), key


def test_loss_falls(uninterrupted):
    _, history = uninterrupted
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert history[-1]["train"] < 0.9 * history[0]["train"]
    assert history[2]["val"] < history[0]["val"]


def test_interrupted_training_equals_an_uninterrupted_one(tmp_path, uninterrupted):
    resume = tmp_path / "resume.pt"
    _, begun = training(resume, epochs=2)
    assert len(begun) == 2
    # The continued model starts from other random weights: all that counts is in the file.
    best, history = training(resume, epochs=4, model_seed=1)
    assert_same_state(best, uninterrupted[0])
    assert history == uninterrupted[1]


def test_finished_training_is_not_repeated(tmp_path):
    resume = tmp_path / "resume.pt"
    best, history = training(resume, epochs=2)
    before = resume.read_bytes()
    again, same = training(resume, epochs=2)
    assert_same_state(again, best)
    assert same == history
    assert resume.read_bytes() == before


def test_resume_file_holds_the_last_weights_and_the_best(tmp_path, uninterrupted):
    resume = tmp_path / "resume.pt"
    training(resume, epochs=4)
    state = torch.load(resume, weights_only=True)
    assert set(state) == {"model", "optimizer", "best", "history"}
    assert_same_state(state["best"], uninterrupted[0])
    assert state["history"] == uninterrupted[1]
    assert not [path for path in tmp_path.iterdir() if path != resume]


def test_best_weights_are_those_of_the_lowest_validation_loss(tmp_path):
    # The validation stem moves against the training stems: what is learnt makes it worse.
    against = replace(stem(0), mel=2 * stem(0).mel.mean(0) - stem(0).mel)
    stems = STEMS | {"val": [against]}
    best, history = training(tmp_path / "resume.pt", epochs=4, stems=stems)
    losses = [row["val"] for row in history]
    lowest = int(np.argmin(losses))
    assert lowest < 3
    shorter, _ = training(tmp_path / "shorter.pt", epochs=lowest + 1, stems=stems)
    assert_same_state(best, shorter)
    last = torch.load(tmp_path / "resume.pt", weights_only=True)["model"]
    assert not all(torch.equal(best[key], last[key]) for key in best)


def test_a_rate_that_falls_to_nothing_ends_in_the_weights_that_count(tmp_path):
    against = replace(stem(0), mel=2 * stem(0).mel.mean(0) - stem(0).mel)
    stems = STEMS | {"val": [against]}
    best, history = training(tmp_path / "resume.pt", epochs=4, stems=stems, schedule="one_cycle")
    assert int(np.argmin([row["val"] for row in history])) < 3
    assert_same_state(best, torch.load(tmp_path / "resume.pt", weights_only=True)["model"])


def test_without_validation_the_last_weights_are_the_best(tmp_path):
    best, history = training(tmp_path / "resume.pt", epochs=3, stems=STEMS | {"val": []})
    assert_same_state(best, torch.load(tmp_path / "resume.pt", weights_only=True)["model"])
    assert [row["val"] for row in history] == [pytest.approx(np.nan, nan_ok=True)] * 3
    assert history[2]["train"] < history[0]["train"]


def test_same_seed_gives_the_same_training_and_another_one_another(tmp_path, uninterrupted):
    _, again = training(tmp_path / "again.pt", epochs=4)
    _, other = training(tmp_path / "other.pt", epochs=4, seed=1)
    assert again == uninterrupted[1] != other


def test_random_offsets_cut_other_clips_each_epoch_and_fixed_ones_the_same():
    def starts(seed, epoch):
        return [window.frame for _, window in Clips(STEMS["train"], CLOCK, seed, epoch).clips]

    assert starts(None, 0) == starts(None, 1)
    assert starts(0, 0) == starts(0, 0)
    assert len({tuple(starts(0, epoch)) for epoch in range(6)}) > 1


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("train", "test: epoch 1: the loss of the clip of 1 at video frame "),
        ("val", "test: epoch 1: the loss of the clip of 2 at video frame 16 is not a number"),
    ],
)
def test_loss_that_is_no_number_names_its_clip_and_saves_nothing(tmp_path, part, told):
    mel = STEMS[part][-1].mel.copy()
    # Too large to be squared in single precision: the loss of the clips that hold it is infinite.
    mel[60] = 1e30
    stems = STEMS | {part: [*STEMS[part][:-1], replace(STEMS[part][-1], mel=mel)]}
    with pytest.raises(UserError) as caught:
        training(tmp_path / "resume.pt", epochs=2, stems=stems, fitted_to=STEMS)
    assert str(caught.value).startswith(told) and "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_training_that_leaves_the_numbers_later_keeps_its_last_good_epoch(tmp_path):
    resume = tmp_path / "resume.pt"
    training(resume, epochs=1)
    with pytest.raises(UserError, match=r"test: epoch 2: the loss of the clip of .* training\.learning_rate"):
        training(resume, epochs=3, learning_rate=1e30)  # the second epoch's first step overflows
    assert len(torch.load(resume, weights_only=True)["history"]) == 1


def test_rate_is_constant_or_rises_from_a_25th_to_the_peak_and_falls_to_nearly_nothing():
    shares = np.linspace(0, 1, 101)[:-1]
    assert {rate(2e-3, "constant", at) for at in shares} == {2e-3}
    cycle = np.array([rate(2e-3, "one_cycle", at) for at in shares])
    assert cycle[0] == pytest.approx(2e-3 / 25) and cycle[30] == pytest.approx(2e-3)
    assert (np.diff(cycle[:31]) > 0).all() and (np.diff(cycle[30:]) < 0).all()
    assert rate(2e-3, "one_cycle", 1 - 1e-9) == pytest.approx(2e-3 / 25e4, rel=1e-3)


def test_a_gradient_is_cut_to_the_norm_that_it_may_have(tmp_path):
    free, cut, wide = (
        training(tmp_path / f"{norm}.pt", epochs=1, clip_norm=norm)[0] for norm in (0.0, 1e-6, 1e6)
    )
    assert_same_state(free, wide)
    assert not all(torch.equal(free[key], cut[key]) for key in free)


def test_random_numbers_of_seeds_epochs_and_processes_do_not_overlap():
    drawn = [
        derived(seed, epoch, stream, rank)
        for seed in (0, 1, 1000)
        for epoch in (0, 1, 100)
        for stream in (ORDER, DROPOUT)
        for rank in (0, 1)
    ]
    assert len(set(drawn)) == len(drawn)
    assert min(drawn) >= 0 and max(drawn) < 2**63
