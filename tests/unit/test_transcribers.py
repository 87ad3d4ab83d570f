"""Every transcriber hears the notes of a scale, and none hears a note in silence."""

from types import SimpleNamespace

import mir_eval
import numpy as np
import pytest
import soundfile
from signals import plucks

from vimusic.evaluation import activations, onsets, pitch
from vimusic.evaluation.transcribers import TRANSCRIBERS

RATE = 22050
ONSETS = np.array([0.5, 1.0, 1.5, 2.0])
MIDI = np.array([69, 71, 72, 76])


def heard(signal, rate=RATE):
    """What a ``Heard`` has worked out of a signal."""
    return SimpleNamespace(
        signal=signal,
        sample_rate=rate,
        strength=onsets.strength(signal, rate),
        estimate=pitch.track(signal, rate, "swift_f0"),
        activations=activations.listen(signal, rate),
    )


@pytest.mark.parametrize("rate", [22050, 16000])
@pytest.mark.parametrize("transcriber", list(TRANSCRIBERS))
def test_a_scale_is_heard(transcriber, rate):
    signal = plucks(ONSETS, 440 * 2 ** ((MIDI - 69) / 12), 2.6, rate)
    intervals, hertz = TRANSCRIBERS[transcriber](heard(signal, rate))
    heard_midi = np.round(mir_eval.util.hz_to_midi(hertz))
    for onset, midi in zip(ONSETS, MIDI, strict=True):  # basic-pitch hears octaves above, too
        assert np.abs(intervals[heard_midi == midi, 0] - onset).min() < 0.03


@pytest.mark.parametrize(
    "signal", [np.zeros(RATE), np.zeros(0), np.ones(100)], ids=["silent", "empty", "short"]
)
def test_basic_pitch_hears_nothing_where_nothing_can_be(signal):
    # That of ours follows from the tracker's silence, tests/unit/test_pitch.py.
    intervals, hertz = TRANSCRIBERS["basic_pitch"](
        SimpleNamespace(activations=activations.listen(signal, RATE))
    )
    assert intervals.shape == (0, 2) and hertz.shape == (0,)


def test_basic_pitch_is_the_packages_own(tmp_path):
    from basic_pitch import FilenameSuffix, build_icassp_2022_model_path
    from basic_pitch.inference import Model, predict

    rng = np.random.default_rng(0)
    signal = plucks(ONSETS, 440 * 2 ** ((MIDI - 69) / 12), 2.6, RATE)
    signal = signal + 0.003 * rng.standard_normal(len(signal))
    soundfile.write(tmp_path / "a.wav", signal, RATE, subtype="DOUBLE")
    _, _, theirs = predict(tmp_path / "a.wav", Model(build_icassp_2022_model_path(FilenameSuffix.onnx)))
    intervals, hertz = TRANSCRIBERS["basic_pitch"](
        SimpleNamespace(activations=activations.listen(signal, RATE))
    )
    ours = sorted(zip(*intervals.T, mir_eval.util.hz_to_midi(hertz), strict=True))
    np.testing.assert_allclose(ours, sorted(note[:3] for note in theirs), atol=1e-9)
