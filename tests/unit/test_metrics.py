"""Scores of one stem on cases whose answer is known."""

import math
from pathlib import Path
from types import SimpleNamespace

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals import tone

from vimusic.data.urmp import Notes
from vimusic.evaluation import activations, pitch
from vimusic.evaluation.metrics import (
    METRICS,
    Heard,
    Metric,
    add,
    aligned,
    listed,
    loudness_corr,
    measure,
    metric,
    mse,
    mse_floored,
    mse_rest_share,
    mse_sounding,
    octave_errors,
    pitch_agreement,
    pitch_heard,
)

TIMES = np.arange(200) * 0.01


PITCH = ("pitch_accuracy", "rpa", "rca", "voicing_recall", "voicing_false_alarm", "overall_accuracy")


def scores(reference, estimate):
    """Pitch scores of two f0 tracks, a number standing for a constant one."""
    reference, estimate = (np.array(np.broadcast_to(f0, TIMES.shape)) for f0 in (reference, estimate))
    heard = SimpleNamespace(melody=aligned((TIMES, reference), (TIMES, estimate)))
    return {name: METRICS[name].measure(heard) for name in PITCH}


def shifted(hertz, cents):
    return hertz * 2 ** (cents / 1200)


def test_true_pitch_scores_1():
    result = scores(440.0, 440.0)
    for name in ("pitch_accuracy", "rpa", "rca", "voicing_recall", "overall_accuracy"):
        assert result[name] == 1
    assert result["voicing_false_alarm"] == 0


@settings(deadline=None, max_examples=50)
@given(st.floats(40, 2000), st.sampled_from([-100, 100]))
def test_a_whole_semitone_still_counts(hertz, cents):
    assert scores(hertz, shifted(hertz, cents))["pitch_accuracy"] == 1


@pytest.mark.parametrize("cents", [-101, 101, 150])
def test_more_than_a_semitone_does_not_count(cents):
    assert scores(440.0, shifted(440.0, cents))["pitch_accuracy"] == 0


@pytest.mark.parametrize(("cents", "rpa"), [(49, 1), (51, 0), (-49, 1), (-51, 0)])
def test_raw_pitch_accuracy_is_at_50_cents(cents, rpa):
    result = scores(440.0, shifted(440.0, cents))
    assert result["rpa"] == result["overall_accuracy"] == rpa
    assert result["pitch_accuracy"] == 1


@pytest.mark.parametrize("octaves", [-1, 1, 2])
def test_octave_error_is_a_wrong_pitch_and_a_right_chroma(octaves):
    result = scores(440.0, 440.0 * 2.0**octaves)
    assert (result["pitch_accuracy"], result["rpa"], result["rca"]) == (0, 0, 1)


def test_half_the_frames_right_scores_one_half():
    estimate = np.where(TIMES < 1, 440.0, 600.0)
    assert scores(440.0, estimate)["pitch_accuracy"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.filterwarnings("ignore:Estimated melody has no voiced frames")
def test_silent_estimate_scores_0():
    result = scores(440.0, 0.0)
    for name in ("pitch_accuracy", "rpa", "rca", "voicing_recall", "overall_accuracy"):
        assert result[name] == 0


@pytest.mark.filterwarnings("ignore:Estimated melody has no voiced frames")
def test_guess_in_a_frame_held_unvoiced_counts_for_pitch_but_not_for_voicing():
    result = scores(440.0, -440.0)
    assert (result["pitch_accuracy"], result["voicing_recall"]) == (1, 0)


def test_unvoiced_frames_of_the_annotation_do_not_count_for_pitch():
    reference = np.where(TIMES < 1, 440.0, 0.0)
    result = scores(reference, 440.0)
    assert result["pitch_accuracy"] == 1
    assert result["voicing_false_alarm"] == 1


def test_annotation_without_voiced_frame_has_no_score():
    result = scores(0.0, 440.0)
    assert all(math.isnan(value) for value in result.values())


def heard_mels(predicted, true, notes=None):
    """A ``Heard`` of nothing but two log-mels, ten frames a second, and notes."""
    others = dict.fromkeys(("signal", "recording", "reference", "tracker"))
    return Heard(predicted=predicted, true=true, notes=notes, sample_rate=10, hop_length=1, **others)


def test_mse_is_the_mean_of_squares():
    true = np.zeros((4, 2), np.float32)
    predicted = np.array([[1, 1], [1, 1], [3, 3], [3, 3]], np.float32)
    assert mse(heard_mels(predicted, true)) == 5
    assert mse(heard_mels(true, true)) == 0


def test_mse_of_a_shorter_prediction_is_over_the_frames_it_has():
    assert mse(heard_mels(np.ones((3, 2), np.float32), np.zeros((9, 2), np.float32))) == 1


def one_note(onset, duration):
    return Notes(np.array([onset]), np.array([440.0]), np.array([duration]))


def test_mse_of_notes_and_of_rests():
    true = np.zeros((10, 2), np.float32)
    predicted = np.repeat([1, 3], [4, 6])[:, None] * np.ones(2, np.float32)
    heard = heard_mels(predicted, true, one_note(0.0, 0.4))  # the first 4 of 10 frames
    assert mse_sounding(heard) == 1
    assert mse_rest_share(heard) == pytest.approx(6 * 9 / (4 * 1 + 6 * 9))
    nowhere = heard_mels(predicted, true, one_note(9.0, 0.4))
    assert math.isnan(mse_sounding(nowhere))
    assert mse_rest_share(nowhere) == 1
    assert math.isnan(mse_rest_share(heard_mels(true, true, one_note(0.0, 0.4))))


def test_mse_above_the_floor_does_not_see_what_lies_60_db_below_the_loudest_cell():
    true = np.array([[0, -13.0, -20.0]], np.float32)  # ln power: 0, -56 and -87 dB
    assert mse_floored(heard_mels(np.array([[0, -13.0, -90.0]], np.float32), true)) == 0
    assert mse_floored(heard_mels(np.array([[0, -12.0, -20.0]], np.float32), true)) == pytest.approx(1 / 3)
    above = np.array([[0, -13.0, -10.0]], np.float32)
    assert mse_floored(heard_mels(above, true)) == pytest.approx((6 * np.log(10) - 10) ** 2 / 3)


@pytest.mark.parametrize(("tracked", "share"), [(440.0, 1), (220.0, 1), (0.0, 1)])
@pytest.mark.filterwarnings("ignore:Estimated melody has no voiced frames")
def test_pitch_that_one_of_two_ears_hears_is_heard(tracked, share):
    signal = tone(440, 2, 22050)
    heard = SimpleNamespace(
        signal=signal, sample_rate=22050, activations=activations.listen(signal, 22050),
        reference=(TIMES, np.full(len(TIMES), 440.0)), melody=None,
    )  # fmt: skip
    assert math.isnan(pitch_heard(heard))
    heard.melody = aligned(heard.reference, (TIMES, np.full(len(TIMES), tracked)))
    assert pitch_heard(heard) == pytest.approx(share, abs=0.02)


@pytest.mark.filterwarnings("ignore:Estimated melody has no voiced frames")
def test_pitch_that_neither_ear_hears_is_not():
    silence = np.zeros(2 * 22050, np.float32)
    heard = SimpleNamespace(
        signal=silence, sample_rate=22050, activations=activations.listen(silence, 22050),
        reference=(TIMES, np.full(len(TIMES), 440.0)),
        melody=aligned((TIMES, np.full(len(TIMES), 440.0)), (TIMES, np.full(len(TIMES), 220.0))),
    )  # fmt: skip
    assert pitch_heard(heard) == 0


@pytest.mark.parametrize(("octaves", "cents", "share"), [(1, 0, 1), (-2, 40, 1), (1, 60, 0), (0, 0, 0)])
def test_octave_errors(octaves, cents, share):
    estimate = (TIMES, np.full(len(TIMES), shifted(440 * 2.0**octaves, cents)))
    heard = SimpleNamespace(melody=aligned((TIMES, np.full(len(TIMES), 440.0)), estimate))
    assert octave_errors(heard) == share


@pytest.mark.parametrize(("cents", "share"), [(0, 1), (49, 1), (51, 0), (1200, 0)])
def test_tracks_agree_within_50_cents(cents, share):
    hertz = np.full(len(TIMES), 440.0)
    assert pitch_agreement((TIMES, hertz), (TIMES, shifted(hertz, cents))) == share


def test_only_frames_voiced_in_both_tracks_are_compared():
    one = np.where(TIMES < 1, 440.0, -600.0)
    other = np.where(TIMES < 1.5, 440.0, 0.0)
    assert pitch_agreement((TIMES, one), (TIMES, other)) == 1
    assert math.isnan(pitch_agreement((TIMES, -one), (TIMES, np.where(TIMES < 1, 440.0, 0.0))))


def test_tracks_on_different_grids_can_be_compared():
    half = TIMES[::2] + 0.003
    tracks = [(times, np.where(times < 1, 440.0, 880.0)) for times in (TIMES, half)]
    assert pitch_agreement(*tracks) == pytest.approx(1, abs=0.02)


def mel_of(seed):
    return np.random.default_rng(seed).uniform(-10, 0, (300, 8)).astype(np.float32)


def test_loudness_correlation_does_not_depend_on_the_level():
    assert loudness_corr(heard_mels(mel_of(0) - 7, mel_of(0))) == pytest.approx(1, abs=1e-6)


def test_loudness_correlation_of_opposite_and_unrelated_curves():
    curve = np.linspace(-10, 0, 100)[:, None].astype(np.float32)
    assert loudness_corr(heard_mels(curve, curve[::-1])) == pytest.approx(-1, abs=1e-6)
    assert abs(loudness_corr(heard_mels(mel_of(0), mel_of(1)))) < 0.3


def test_constant_loudness_has_no_correlation():
    assert math.isnan(loudness_corr(heard_mels(np.full((300, 8), -3, np.float32), mel_of(0))))


def test_a_metric_that_does_not_say_which_side_is_better_is_refused():
    with pytest.raises(TypeError, match="better"):
        metric("toy")
    with pytest.raises(ValueError, match="metric toy: better is one of lower, higher, neither, not 'less'"):
        Metric(name="toy", title="toy", better="less", definition="", measure=len)


def test_a_metric_is_measured_or_a_skill_and_defined_once():
    known = {"title": "toy", "better": "higher", "definition": ""}
    with pytest.raises(ValueError, match="metric toy: give one of measure, skill_of and pooled"):
        Metric(name="toy", **known)
    with pytest.raises(ValueError, match="metric mse is defined twice"):
        add(Metric(name="mse", measure=len, **known))


def test_pitch_is_tracked_and_aligned_once_for_all_metrics(monkeypatch):
    calls = []
    track, align = pitch.track, mir_eval.melody.to_cent_voicing
    monkeypatch.setattr(pitch, "track", lambda *args: calls.append("track") or track(*args))
    monkeypatch.setattr(
        mir_eval.melody, "to_cent_voicing", lambda *args: calls.append("align") or align(*args)
    )
    sound = tone(440, 1, 22050)
    times = np.arange(100) / 100
    heard = Heard(
        predicted=mel_of(0), true=mel_of(1), signal=sound, recording=sound, sample_rate=22050, hop_length=256,
        reference=(times, np.full(100, 440.0)), notes=Notes(np.zeros(1), np.full(1, 440.0), np.ones(1)),
        tracker="swift_f0",
    )  # fmt: skip
    values = measure(heard)
    assert values["pitch_accuracy"] > 0.9
    assert set(METRICS) - set(values) == {"skill", "frechet"}
    assert calls == ["track", "align", "align"]  # the second is basic-pitch's, for pitch_heard


def test_docs_list_every_metric():
    docs = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")
    assert listed() in docs, "write the list anew: PYTHONPATH=scripts python -m vimusic.evaluation.metrics"
