"""Sound to log-mel and back."""

import librosa
import numpy as np
import pytest
import soundfile
from odd_films import wav
from signals import cents_off, tone

from vimusic.errors import UserError
from vimusic.evaluation import pitch
from vimusic.features import audio

RATE, N_FFT, HOP, BANDS = 22050, 1024, 256, 80


def mel_of(signal):
    return audio.log_mel(signal, RATE, N_FFT, HOP, BANDS)


def write(path, signal, rate=RATE):
    soundfile.write(path, signal, rate)
    return path


def pseudo_inverse(log_mel):
    """The plain inversion: the filters' pseudo-inverse, negative power clipped."""
    inverse = np.linalg.pinv(audio.mel_filters(RATE, N_FFT, BANDS))
    return np.maximum(inverse @ np.exp(log_mel.T), 0)


def mels_of_power(power):
    mel = audio.mel_filters(RATE, N_FFT, BANDS) @ power
    return np.log(np.maximum(mel, audio.FLOOR)).T


def test_log_mel_is_librosas_in_ln_power():
    signal = tone(330, 1.0, RATE) + 1e-3 * np.random.default_rng(0).standard_normal(RATE)
    reference = librosa.feature.melspectrogram(
        y=signal, sr=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=BANDS, fmin=0, fmax=8000
    )
    expected = np.log(np.maximum(reference, 1e-10)).T
    np.testing.assert_allclose(mel_of(signal), expected, atol=1e-4)


@pytest.mark.parametrize("samples", [RATE, RATE - RATE % HOP, RATE - RATE % HOP - 1])
def test_log_mel_has_one_frame_per_hop_and_one_more(samples):
    mel = mel_of(tone(330, 1.0, RATE)[:samples])
    assert mel.shape == (1 + samples // HOP, BANDS)
    assert mel.dtype == np.float32


def test_silence_lies_at_the_floor():
    np.testing.assert_allclose(mel_of(np.zeros(RATE, np.float32)), -23.03, atol=0.01)


def test_inversion_is_non_negative_and_finite():
    power = audio.invert_mel(mel_of(tone(110, 1.0, RATE)), RATE, N_FFT)
    assert power.shape == (1 + N_FFT // 2, 1 + RATE // HOP)
    assert np.all(np.isfinite(power))
    assert power.min() >= 0


@pytest.mark.parametrize("value", [np.log(audio.FLOOR), -60.0, 12.0])
def test_inversion_of_constant_mels_is_finite(value):
    # A network may predict below the floor, or louder than any recording.
    power = audio.invert_mel(np.full((4, BANDS), value, np.float32), RATE, N_FFT)
    assert np.all(np.isfinite(power))


@pytest.mark.parametrize("hertz", [82.4, 220, 880])
def test_inversion_fits_the_mels_better_than_the_clipped_pseudo_inverse(hertz):
    mel = mel_of(tone(hertz, 1.0, RATE))
    ours = np.mean((mels_of_power(audio.invert_mel(mel, RATE, N_FFT)) - mel) ** 2)
    plain = np.mean((mels_of_power(pseudo_inverse(mel)) - mel) ** 2)
    assert ours < 0.5 * plain


@pytest.mark.parametrize("length", [RATE, RATE + 1, RATE + HOP - 1])
def test_synthesis_lasts_exactly_as_told(length):
    mel = mel_of(tone(330, length / RATE, RATE))
    assert audio.synthesize(mel, RATE, N_FFT, HOP, 2, length).shape == (length,)


def test_synthesis_is_the_same_for_the_same_seed_only():
    mel = mel_of(tone(330, 0.5, RATE))
    first, again, other = (audio.synthesize(mel, RATE, N_FFT, HOP, 4, RATE // 2, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pure_tone_keeps_its_pitch_through_copy_synthesis():
    signal = tone(440, 1.5, RATE, partials=1)
    copy = audio.synthesize(mel_of(signal), RATE, N_FFT, HOP, 32, len(signal))
    times, hertz = pitch.track(copy, RATE, "swift_f0")
    # The ends lack half a window of context.
    heard = np.abs(hertz[(times > 0.2) & (times < 1.3)])
    assert np.max(cents_off(heard, 440)) < 50


def test_load_returns_mono_float32_as_it_is(tmp_path, capsys):
    signal = tone(330, 0.2, RATE)
    loaded = audio.load(write(tmp_path / "stem.wav", signal), RATE)
    assert loaded.dtype == np.float32
    np.testing.assert_allclose(loaded, signal, atol=2 / 2**15)
    assert capsys.readouterr().out == ""


def test_another_sample_rate_is_resampled_with_a_notice(tmp_path, capsys):
    path = write(tmp_path / "stem.wav", tone(330, 1.0, 48000), 48000)
    loaded = audio.load(path, RATE)
    assert loaded.shape == (RATE,)
    assert capsys.readouterr().out == f"{path}: resampled from 48000 Hz to 22050 Hz\n"
    middle = slice(2000, -2000)
    np.testing.assert_allclose(loaded[middle], tone(330, 1.0, RATE)[middle], atol=1e-3)


@pytest.mark.parametrize(
    ("signal", "told"),
    [
        (np.tile(tone(330, 0.1, RATE)[:, None], 2), "has 2 channels"),
        (np.zeros(RATE, np.float32), "is silent"),
        (np.zeros(0, np.float32), "is silent"),
    ],
    ids=["stereo", "silent", "empty"],
)
def test_unusable_audio_is_told_in_one_line(tmp_path, signal, told):
    path = write(tmp_path / "stem.wav", signal)
    with pytest.raises(UserError, match=told) as caught:
        audio.load(path, RATE)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_corrupt_audio_are_told_in_one_line(tmp_path):
    corrupt = tmp_path / "corrupt.wav"
    corrupt.write_bytes(b"RIFF no wave at all")
    for path in (tmp_path / "none.wav", corrupt):
        with pytest.raises(UserError, match=r"not found|cannot be read as audio") as caught:
            audio.load(path, RATE)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


PIPES = {
    "sox": (0x7FFFF024, 0x7FFFF000),
    "arecord": (0x80000024, 0x80000000),
    "ffmpeg": (0xFFFFFFFF, 0xFFFFFFFF),
    "zeros": (0, 0),
    "killed recorder": (36, 0),
    "data left open": (0xFFFFFFFF, 0),
}


@pytest.mark.parametrize("between", [b"", b"LIST\x05\0\0\0INFOx\0"], ids=["plain", "odd chunk"])
@pytest.mark.parametrize("writer", PIPES)
def test_wav_from_a_pipe_is_read_by_what_is_there(tmp_path, writer, between):
    signal = tone(330, 0.5, RATE)
    path = wav(tmp_path / "stem.wav", signal, RATE, *PIPES[writer], between)
    np.testing.assert_allclose(audio.load(path, RATE), signal, atol=2 / 2**15)
    info = soundfile.info(audio.source(path))
    assert (info.frames, info.samplerate) == (len(signal), RATE)


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.5, "cut short"), (0.99, "cut short"), (0.001, "cut short|cannot be read")],
)
def test_wav_that_was_cut_short_is_an_error(tmp_path, share, told):
    path = wav(tmp_path / "stem.wav", tone(330, 0.5, RATE), RATE)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(UserError, match=told):
        audio.load(path, RATE)


@pytest.mark.parametrize(("gain", "told"), [(32768, "peaks at 1[0-9]{4}, full scale is 1"), (4, None)])
def test_floats_in_another_scale_are_refused_and_some_headroom_is_not(tmp_path, gain, told):
    path = tmp_path / "stem.wav"
    soundfile.write(path, gain * tone(330, 0.2, RATE), RATE, subtype="FLOAT")
    if told is None:
        np.testing.assert_allclose(audio.load(path, RATE), gain * tone(330, 0.2, RATE))
    else:
        with pytest.raises(UserError, match=told) as caught:
            audio.load(path, RATE)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("container", "subtype", "rate"),
    [
        ("RF64", "PCM_24", RATE),
        ("WAVEX", "PCM_16", RATE),
        ("WAV", "DOUBLE", RATE),
        ("WAV", "PCM_24", 96000),
        ("FLAC", "PCM_24", RATE),
    ],
)
def test_formats_that_recorders_write(tmp_path, container, subtype, rate):
    path = tmp_path / "stem.wav"
    soundfile.write(path, tone(330, 1.0, rate), rate, subtype=subtype, format=container)
    loaded = audio.load(path, RATE)
    middle = slice(2000, -2000)
    np.testing.assert_allclose(loaded[middle], tone(330, 1.0, RATE)[middle], atol=1e-3)


def test_save_keeps_what_fits_and_scales_what_would_clip(tmp_path, capsys):
    quiet, loud = tone(330, 0.2, RATE), 4 * tone(330, 0.2, RATE)
    audio.save(tmp_path / "quiet.wav", quiet, RATE)
    np.testing.assert_allclose(audio.read(tmp_path / "quiet.wav"), quiet, atol=2 / 2**15)
    assert capsys.readouterr().out == ""
    audio.save(tmp_path / "loud.wav", loud, RATE)
    scaled = audio.read(tmp_path / "loud.wav")
    np.testing.assert_allclose(scaled, loud / np.abs(loud).max(), atol=2 / 2**15)
    assert "scaled to 1" in capsys.readouterr().out
    assert soundfile.info(tmp_path / "loud.wav").subtype == "PCM_16"
