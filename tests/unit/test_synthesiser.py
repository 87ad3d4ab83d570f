"""The synthesiser on controls whose sound is known."""

import resource

import numpy as np
import pytest
import torch
from scipy.signal import get_window

from vimusic.models.synthesiser import (
    RESOLUTIONS,
    Synthesiser,
    below_nyquist,
    noise_frames,
    partials,
    phases,
    stft_loss,
)

torch.set_num_threads(1)
RATE, HOP = 22050, 256
WINDOW = 184  # frames of one clip
START = torch.zeros(1, dtype=torch.float64)


def controls_of(f0, amplitudes, noise=0.0, harmonics=80, bands=65):
    """Controls (1, T, C) of f0 (T,) and constant ``amplitudes`` of the first harmonics."""
    f0 = torch.as_tensor(f0, dtype=torch.float32)
    levels = torch.zeros(len(f0), harmonics)
    levels[:, : len(amplitudes)] = torch.as_tensor(amplitudes, dtype=torch.float32)
    return torch.cat([f0.unsqueeze(-1), levels, torch.full((len(f0), bands), noise)], -1).unsqueeze(0)


def sound_of(controls, **options):
    with torch.no_grad():
        return Synthesiser(RATE, HOP)(controls, **options)[0][0].numpy()


def sines(turns, amplitudes):
    """Sum (N,) of the harmonics of a fundamental that has made ``turns`` (N,) turns, in float64."""
    return sum(a * np.sin(2 * np.pi * k * turns) for k, a in enumerate(amplitudes, 1))


def test_a_held_note_is_the_sum_of_its_partials():
    amplitudes = 1 / np.arange(1, 81)
    sound = sound_of(controls_of([131.25] * 20, amplitudes))
    expected = sines(131.25 * np.arange(19 * HOP) / RATE, amplitudes)
    # 100 dB below the sum of the amplitudes.
    np.testing.assert_allclose(sound, expected, rtol=0, atol=1e-5 * amplitudes.sum())


def test_a_glide_has_the_integral_of_its_frequency_as_phase():
    frames, seconds = 40, 39 * HOP / RATE
    low, high = 200.0, 400.0
    times = np.arange(39 * HOP) / RATE
    turns = low * times + (high - low) * times**2 / (2 * seconds)
    sound = sound_of(controls_of(np.linspace(low, high, frames), [0.5, 0.25, 0.125]))
    # f0 in single precision at the frames is 1e-5 Hz off, half a second long.
    np.testing.assert_allclose(sound, sines(turns, [0.5, 0.25, 0.125]), rtol=0, atol=1e-4)


def test_amplitudes_are_linear_between_frames():
    controls = controls_of([440.0] * 3, [0.0])
    controls[0, :, 1] = torch.tensor([0.0, 1.0, 0.5])
    envelope = np.interp(np.arange(2 * HOP), [0, HOP, 2 * HOP], [0, 1, 0.5])
    expected = envelope * np.sin(2 * np.pi * 440 * np.arange(2 * HOP) / RATE)
    np.testing.assert_allclose(sound_of(controls), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("f0", [137.0, 1234.5, 3001.0, 12000.0])
def test_aliases_are_80_db_down(f0):
    # 80 equal harmonics, most of them above 11,025 Hz; nothing may sound beside those below.
    sound = sound_of(controls_of([f0] * 130, np.ones(80)))
    window = get_window("blackmanharris", len(sound))  # its side lobes are 92 dB down
    spectrum = np.abs(np.fft.rfft(sound * window)) / window.sum() * 2
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    true = f0 * np.arange(1, 81)
    true = true[true < RATE / 2]
    near = np.abs(hertz[:, None] - true).min(axis=1, initial=np.inf) < 6 * RATE / len(sound)
    assert spectrum[~near].max() < 1e-4
    for partial in true:
        assert spectrum[np.abs(hertz - partial).argmin()] > 0.7


def test_no_harmonic_sounds_while_its_glide_is_above_nyquist():
    f0 = torch.tensor([[500.0, 520.0, 4000.0, 6000.0, 900.0, 900.0]])
    audible = below_nyquist(f0, 30, RATE)[0].double().numpy()
    frames = np.arange(0, 5, 0.01)
    between = np.interp(frames, np.arange(6), f0[0])
    for k in range(1, 31):
        sounding = np.interp(frames, np.arange(6), audible[:, k - 1]) > 0
        assert (k * between[sounding] < RATE / 2).all()
    assert audible[0].sum() == 21 and audible[5].sum() == 12  # all that fit far from the jump


def test_gradients_are_those_of_the_sound():
    torch.manual_seed(0)
    synthesiser = Synthesiser(400, 8, harmonics=3, bands=5).double()
    f0, levels = 40 + 20 * torch.rand(2, 4, 1), torch.rand(2, 4, 8)
    controls = torch.cat([f0, levels], -1).double().requires_grad_()
    echoes = torch.randn(99, dtype=torch.float64, requires_grad=True)

    def play(controls, echoes):
        arguments = controls, None, torch.Generator().manual_seed(0)
        return torch.func.functional_call(synthesiser, {"echoes": echoes}, arguments)[0]

    assert torch.autograd.gradcheck(play, (controls, echoes), atol=1e-6)


def test_the_gradient_of_the_partials_holds_for_many_harmonics_in_single_precision():
    torch.manual_seed(0)
    phase = phases(100 + torch.rand(1, 5), HOP, RATE, START)[0][0].requires_grad_()
    amplitudes = torch.rand(5, 80, requires_grad=True)
    weight = torch.randn(4, HOP)
    found = torch.autograd.grad((weight * partials(phase, amplitudes)).sum(), (phase, amplitudes))
    share = torch.arange(HOP) / HOP
    between = torch.lerp(amplitudes[:-1, None], amplitudes[1:, None], share[:, None]).double()
    plain = (between * (torch.arange(1, 81) * phase.double().unsqueeze(-1)).sin()).sum(-1)
    expected = torch.autograd.grad((weight * plain).sum(), (phase, amplitudes))
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4 * theirs.abs().max().item())


def test_equal_bands_are_white_noise_of_that_level():
    torch.manual_seed(0)
    sound = sound_of(controls_of([440.0] * 400, [], noise=0.1))
    levels = np.sqrt(np.mean(sound[: 396 * HOP].reshape(-1, 4 * HOP) ** 2, axis=1))
    assert sound.std() == pytest.approx(0.1, rel=0.01)
    assert levels.std() < 0.1 * levels.mean()  # no frame louder than another
    power = np.abs(np.fft.rfft(sound)) ** 2
    eighths = [part.mean() for part in np.array_split(power, 8)]
    assert max(eighths) < 1.1 * min(eighths)


def test_a_band_of_noise_stays_in_its_band():
    bands = torch.zeros(1, 400, 65)
    bands[..., 20] = 1
    controls = torch.cat([controls_of([440.0] * 400, [], bands=0), bands], -1)
    power = np.abs(np.fft.rfft(sound_of(controls))) ** 2
    hertz = np.linspace(0, RATE / 2, len(power))
    width = RATE / 2 / 64
    inside = np.abs(hertz - 20 * width) < 2 * width
    assert power[inside].sum() > 0.999 * power.sum()


def test_a_frame_of_noise_is_where_its_frame_is():
    bands = torch.zeros(1, 9, 65)
    bands[0, 4] = 1
    controls = torch.cat([controls_of([440.0] * 9, [], bands=0), bands], -1)
    sounding = np.flatnonzero(sound_of(controls))
    assert sounding.min() >= 3 * HOP and sounding.max() < 5 * HOP
    assert noise_frames(bands, HOP).shape == (1, 9, 2 * HOP)


def test_the_room_is_a_convolution_with_its_response():
    torch.manual_seed(0)
    synthesiser = Synthesiser(RATE, HOP)
    controls = controls_of([220.0] * 30, [0.5, 0.2])
    with torch.no_grad():
        dry = synthesiser(controls)[0][0].numpy()
        synthesiser.echoes.normal_()
        wet = synthesiser(controls)[0][0].numpy()
        response = np.concatenate([[1], (synthesiser.echoes * synthesiser.decay).numpy()])
    assert len(response) == round(0.25 * RATE)
    np.testing.assert_allclose(wet, np.convolve(dry, response)[: len(dry)], rtol=0, atol=1e-4)


def test_a_note_held_through_ten_windows_has_no_seam():
    frames = 10 * WINDOW
    held = controls_of([311.125] * frames, [0.5, 0.25])
    with torch.no_grad():
        blocks = list(Synthesiser(RATE, HOP).stream(held.split(WINDOW, 1)))
    assert [block.shape[1] for block in blocks] == [(WINDOW - 1) * HOP] + 9 * [WINDOW * HOP]
    expected = sines(311.125 * np.arange((frames - 1) * HOP) / RATE, [0.5, 0.25])
    np.testing.assert_allclose(torch.cat(blocks, 1)[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_blocks_are_the_whole(block):
    torch.manual_seed(0)
    synthesiser = Synthesiser(RATE, HOP)
    with torch.no_grad():
        synthesiser.echoes.normal_()
    f0 = 200 + 100 * torch.rand(2, 100, 1)
    controls = torch.cat([f0, torch.rand(2, 100, 145) / 50], -1)
    with torch.no_grad():
        whole = synthesiser(controls, generator=torch.Generator().manual_seed(1))[0]
        parts = list(synthesiser.stream(controls.split(block, 1), torch.Generator().manual_seed(1)))
    # Sums in another order: single precision.
    torch.testing.assert_close(torch.cat(parts, 1), whole, rtol=0, atol=2e-5)


@pytest.mark.parametrize("samples", [1, HOP, 100 * HOP - 1, 100 * HOP, 100 * HOP + 255])
def test_a_rendering_has_the_asked_length_and_holds_the_last_frame(samples):
    controls = controls_of([440.0] * 101, [0.5])[:, : 1 + samples // HOP]  # frames of such a signal
    with torch.no_grad():
        sound = Synthesiser(RATE, HOP).render(controls, samples, block=32)[0].numpy()
    assert sound.shape == (samples,)
    expected = sines(440 * np.arange(samples) / RATE, [0.5])
    np.testing.assert_allclose(sound, expected, rtol=0, atol=1e-5)


def test_memory_does_not_grow_with_the_length():
    synthesiser, block = Synthesiser(RATE, HOP), controls_of([2000.0] * 200, [0.1], noise=0.01)

    def peak(blocks):
        with torch.no_grad():
            samples = sum(part.shape[1] for part in synthesiser.stream(block for _ in range(blocks)))
        return samples, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    _, short = peak(4)
    samples, long = peak(120)
    assert long - short < 0.2 * 4 * samples  # the sound alone is four bytes a sample


def test_equal_sounds_have_no_loss_and_a_level_a_known_one():
    torch.manual_seed(0)
    sound = 0.1 * torch.randn(2, 8192)
    assert stft_loss(sound, sound).tolist() == [0, 0]
    # L1 |1 - g| and |ln g|, where magnitudes are far above the floor.
    halved = stft_loss(torch.stack([0.5 * sound[0], sound[1]]), sound).tolist()
    assert halved == [pytest.approx(0.5 + np.log(2), rel=0.01), 0]  # of the batch's mean magnitude


def test_the_loss_leads_from_silence_to_sound():
    torch.manual_seed(0)
    level = torch.zeros(1, requires_grad=True)
    noise = 0.1 * torch.randn(1, 2 * max(RESOLUTIONS))
    stft_loss(level * noise, noise).backward()
    assert torch.isfinite(level.grad).all()
    silent = torch.zeros_like(noise)
    assert torch.isfinite(stft_loss(noise, silent)) and stft_loss(silent, silent) == 0
    louder, nearer = (stft_loss(gain * noise, noise) for gain in (0.01, 0.5))
    assert nearer < louder < stft_loss(silent, noise)
