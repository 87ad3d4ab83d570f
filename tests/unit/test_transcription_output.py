"""The output that says what is played: its loss, and notes from what it gave."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from models_io import RECIPE

from vimusic.data.fingering import RANGES
from vimusic.features.note_features import note_features
from vimusic.models.clips import CODES
from vimusic.models.outputs.transcription import (
    APART,
    BLUR,
    DECODERS,
    OCTAVE,
    OUTSIDE,
    SIZES,
    STEP,
    Output,
    near_onset,
    notes_of,
    performance_of,
)
from vimusic.models.regressor import build
from vimusic.timebase import TimeBase

CLOCK = TimeBase()
RATE = CLOCK.sample_rate / CLOCK.hop_length
FRAMES = 1000
MELODY = [(0.0, 0.5, 60), (0.5, 0.9, 60), (0.9, 1.5, 62), (2.0, 2.1, 71), (2.1, 4.0, 38), (9.0, 11.6, 100)]


def truth_of(notes, loudness=-30.0, intonation=0.1):
    """What was played, (1, FRAMES, n)."""
    table = note_features(notes, FRAMES, CLOCK)
    played = np.tile(np.float32([loudness, intonation]), (FRAMES, 1))
    return torch.from_numpy(np.concatenate([table, played], 1)).unsqueeze(0)


def perfect(notes, sure=20.0):
    """What an output gives that knows ``notes``, (FRAMES, sum of SIZES)."""
    table = note_features(notes, FRAMES, CLOCK)
    given = np.full((FRAMES, sum(SIZES.values())), -sure, np.float32)
    given[table[:, 0] > 0, 0] = sure
    for onset, _, _ in notes:
        given[round(onset * RATE), 1] = sure
    given[:, 2:4] = (-30, 0.1)
    given[np.arange(FRAMES), 4 + table[:, 1].astype(int)] = sure
    return given


@pytest.mark.parametrize("notes", [MELODY, MELODY[3:4], []], ids=["melody", "one note", "silence"])
def test_notes_come_back_to_the_frame(notes):
    found = notes_of(perfect(notes), CLOCK)
    assert [pitch for *_, pitch in found] == [pitch for *_, pitch in notes]
    times = [np.array([times for *times, _ in each]).ravel() for each in (found, notes)]
    np.testing.assert_allclose(*times, atol=1 / RATE)


def test_random_notes_come_back():
    rng = np.random.default_rng(0)
    for _ in range(20):
        edges = np.cumsum(rng.uniform(2 * APART, 1, 12))
        notes = [(a, b, int(rng.integers(128))) for a, b in pairwise(edges) if a < 11]
        notes = [note for note in notes if rng.random() < 0.7]
        found = notes_of(perfect(notes), CLOCK)
        assert len(found) == len(notes)
        for (onset, _, pitch), (expected, _, written) in zip(found, notes, strict=True):
            assert pitch == written and onset == pytest.approx(expected, abs=1 / RATE)


def looks(*notes):
    """Log-probabilities (n, 128) of notes, each {pitch: probability}."""
    given = np.full((len(notes), 128), 1e-9)
    for look, note in zip(given, notes, strict=True):
        look[list(note)] = list(note.values())
    return np.log(given)


def test_a_melody_tells_what_a_note_alone_does_not():
    unclear = looks({60: 1}, {62: 0.45, 74: 0.55}, {64: 1})
    assert DECODERS["likeliest"](unclear).tolist() == [60, 74, 64]
    assert DECODERS["path"](unclear).tolist() == [60, 62, 64]
    assert DECODERS["expectation"](unclear).tolist() == [60, 69, 64]
    clear = looks({60: 1}, {62: 0.001, 74: 0.999}, {64: 1})
    assert DECODERS["path"](clear).tolist() == [60, 74, 64]


def test_the_path_is_the_best_of_all():
    rng = np.random.default_rng(0)
    given = np.log(rng.dirichlet(np.full(128, 0.02), 3) + 1e-12)
    some = [np.argsort(look)[-5:] for look in given]  # the best path lies among each note's likeliest

    def worth(line):
        leaps = [min(abs(a - b), OCTAVE) for a, b in pairwise(line)]
        norm = [np.log(np.exp(-np.minimum(abs(np.arange(128) - a), OCTAVE) / STEP).sum()) for a in line[:-1]]
        return sum(look[p] for look, p in zip(given, line, strict=True)) - sum(leaps) / STEP - sum(norm)

    found = DECODERS["path"](given)
    assert worth(found) == pytest.approx(max(map(worth, product(*some))))


def test_samples_are_drawn_with_their_probability_and_alike_each_time():
    given = looks(*[{60: 0.25, 70: 0.75}] * 2000)
    drawn = DECODERS["sample"](given)
    assert (drawn == 70).mean() == pytest.approx(0.75, abs=0.03)
    np.testing.assert_array_equal(drawn, DECODERS["sample"](given))


def test_a_note_begins_once_where_onset_and_activity_disagree_by_a_little():
    given = perfect([(1.0, 2.0, 60)])
    given[:, 1] = np.roll(given[:, 1], 3)  # seen 35 ms late
    (note,) = notes_of(given, CLOCK)
    assert note[0] == pytest.approx(1.0 + 3 / RATE, abs=1 / RATE)


def test_activity_without_an_onset_is_a_note_and_an_onset_without_activity_is_none():
    given = perfect([(1.0, 2.0, 60)])
    given[:, 1] = -20
    given[600, 1] = 20
    (note,) = notes_of(given, CLOCK)
    assert note == pytest.approx((1.0, 2.0, 60), abs=1 / RATE)


def test_a_notes_pitch_is_that_of_its_frames_together():
    given = perfect([(1.0, 2.0, 60)], sure=1.0)
    given[90:140, 4 + 72] = 1.2  # in more frames, but by a hair
    given[140:170, 4 + 60] = 9.0
    assert notes_of(given, CLOCK)[0][2] == 60


def test_onsets_are_half_true_at_the_blur():
    true = {name: torch.tensor([[0.0]]) for name in ("since_onset_50ms", "to_next_50ms")}
    assert near_onset(true).item() == 0
    for seconds, expected in ((0, 1), (BLUR, 0.5), (2 * BLUR, 1 / 16)):
        for name in true:
            near = true | {name: torch.tensor([[np.exp(-seconds / 0.05)]])}
            assert near_onset(near).item() == pytest.approx(expected, abs=1e-5)


def test_loss_is_least_for_the_truth_and_counts_each_error_once():
    output, truth = Output(4, replace(RECIPE, inputs=("video",))), {"played": truth_of(MELODY)}
    best = torch.from_numpy(perfect(MELODY)).unsqueeze(0)
    target = near_onset(
        {"since_onset_50ms": truth["played"][..., 5], "to_next_50ms": truth["played"][..., 9]}
    )
    best[..., 1] = torch.logit(target, 1e-6)
    least = output.loss(best, truth).item()
    sounding = truth["played"][..., 0].mean().item()
    louder, sharper = best.clone(), best.clone()
    louder[..., 2] += 10  # dB
    sharper[..., 3] += 0.5
    assert output.loss(louder, truth).item() - least == pytest.approx(1, abs=1e-4)
    assert output.loss(sharper, truth).item() - least == pytest.approx(0.25 * sounding, abs=1e-4)
    for column in (0, 1, 4):
        worse = best.clone()
        worse[..., column] += 60
        assert output.loss(worse, truth).item() > least
    assert Output(4, RECIPE).loss(worse, truth).item() <= least, "a score tells the pitch"


def test_untrained_it_is_within_its_limits():
    torch.manual_seed(0)
    output = Output(4, replace(RECIPE, decoder=4))
    with torch.no_grad():
        given = output(100 * torch.randn(2, 50, 4), {})
    assert given.shape == (2, 50, sum(SIZES.values()))
    assert given[..., 3].abs().max() <= 0.5
    assert performance_of(given[0].numpy()).shape == (50, 2)


def test_before_anything_is_seen_every_note_of_the_instruments_range_is_as_likely():
    output = Output(4, replace(RECIPE, inputs=("video", "instrument")))
    with torch.no_grad():
        output.layer.weight.zero_()
        output.layer.bias.zero_()
        given = output(
            torch.randn(2, 3, 4), {"instrument": torch.tensor([CODES.index(c) for c in ("vn", "tba")])}
        )
    for code, pitch in zip(("vn", "tba"), given[:, 0, 4:], strict=True):
        low, high = RANGES[code]
        assert (pitch[low : high + 1] == 0).all()
        assert (pitch[:low] == OUTSIDE).all() and (pitch[high + 1 :] == OUTSIDE).all()


@pytest.mark.parametrize(("output", "skips"), [("transcription", True), ("linear", False)])
def test_it_sees_past_the_decoder(output, skips):
    """With an LSTM that says nothing, what is seen reaches this output, and a mel's not."""
    torch.manual_seed(0)
    model = build(replace(RECIPE, output=output)).eval()
    with torch.no_grad():
        for weights in model.decoder.parameters():
            weights.zero_()
        rolls = torch.zeros(2, 10, 128)
        rolls[1, :, 60] = 1
        silent, played = model({"roll": rolls})
    assert (not torch.equal(silent, played)) == skips
