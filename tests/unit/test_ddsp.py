"""The output that plays: controls within their limits, from hidden states to a waveform."""

import numpy as np
import pytest
import torch
from models_io import RECIPE

from vimusic.features.note_features import note_features
from vimusic.models.outputs.ddsp import PITCH, Output
from vimusic.models.stitching import exact
from vimusic.timebase import TimeBase

torch.set_num_threads(1)
CLOCK = TimeBase()
RATE, HOP, WIDTH = CLOCK.sample_rate, CLOCK.hop_length, 8


def output_of():
    torch.manual_seed(0)
    return Output(WIDTH, RECIPE)


def clips_of(*pitches, frames=20):
    """Clips (one a pitch) in which that pitch sounds from beginning to end."""
    notes = [note_features([(0, 60, pitch)], frames, CLOCK) for pitch in pitches]
    return {"notes": torch.from_numpy(np.stack(notes))}


@pytest.mark.parametrize("pitch", [24, 69, 100, 127])
def test_untrained_it_plays_the_written_pitch_quietly(pitch):
    output, clips = output_of(), clips_of(pitch)
    with torch.no_grad():
        controls = output(torch.zeros(1, 20, WIDTH), clips)
    f0, amplitudes, noise = output.synthesiser.split(controls)
    written = 440 * 2 ** ((pitch - 69) / 12)
    torch.testing.assert_close(f0, torch.full((1, 20), written), rtol=1e-5, atol=0)
    torch.testing.assert_close(amplitudes.sum(-1), torch.full((1, 20), np.exp(-4.0)), rtol=1e-4, atol=0)
    assert (noise < 2e-4).all()
    above = torch.arange(2, 81) * written >= RATE / 2
    assert (amplitudes[..., 1:][..., above] == 0).all()


def test_no_state_is_too_wild_for_it():
    output, clips = output_of(), clips_of(40, 69, 100)
    with torch.no_grad():
        output.controls.weight.normal_()
        controls = output(1e4 * torch.randn(3, 20, WIDTH), clips)
        sound = output.render(controls, 19 * HOP)
    assert torch.isfinite(controls).all() and torch.isfinite(sound).all()
    f0 = output.synthesiser.split(controls)[0]
    semitones = 69 + 12 * (f0 / 440).log2() - clips["notes"][..., PITCH]
    assert semitones.abs().max() <= 0.5 + 1e-4  # single precision
    assert semitones.abs().max() > 0.49


@pytest.mark.parametrize("samples", [1000, 100_001])
def test_a_rendering_is_as_long_as_asked_and_the_same_again(samples):
    output, clips = output_of(), clips_of(60, 72, frames=CLOCK.mel_frames(samples))
    with torch.no_grad():
        controls = output(torch.randn(2, clips["notes"].shape[1], WIDTH), clips)
        one, other = (output.render(controls, samples, torch.Generator().manual_seed(3)) for _ in range(2))
    assert one.shape == (2, samples)
    assert torch.equal(one, other)


def test_windows_of_a_held_note_are_stitched_without_a_seam():
    # Ten overlapping windows of one stem, cross-faded like log-mels are, then rendered.
    frames = CLOCK.window_mels + CLOCK.window_at(9 * CLOCK.step).mel
    windows = CLOCK.windows(frames)
    output = output_of()
    with torch.no_grad():
        output.controls.bias[-65:] = -30  # no noise
        clips = clips_of(*len(windows) * [69], frames=CLOCK.window_mels)
        controls = output(torch.zeros(len(windows), CLOCK.window_mels, WIDTH), clips)
        whole = torch.from_numpy(exact(windows, list(controls.numpy()), frames, CLOCK))
        sound = output.render(whole.unsqueeze(0), CLOCK.samples(frames))[0].double().numpy()
    shares = output.synthesiser.split(controls)[1][0, 0].double().numpy()
    turns = 440 * np.arange(len(sound)) / RATE
    expected = sum(a * np.sin(2 * np.pi * k * turns) for k, a in enumerate(shares, 1))
    assert len(windows) == 10
    np.testing.assert_allclose(sound, expected, rtol=0, atol=1e-3 * shares.sum())  # -60 dB


def test_it_learns_loudness_timbre_and_intonation_from_a_waveform():
    # A4 played 20 cents sharp, with odd partials only, above a little noise.
    clips, frames = clips_of(69, frames=33), 33
    generator = torch.Generator().manual_seed(0)
    times = torch.arange((frames - 1) * HOP) / RATE
    f0, odd = 440 * 2 ** (0.2 / 12), (1, 3)
    played = sum(0.2 / k * torch.sin(2 * np.pi * k * f0 * times) for k in odd)
    played = (played + 0.001 * torch.randn(len(times), generator=generator)).unsqueeze(0)
    annotated = torch.full((1, frames), f0)
    annotated[:, ::3] = 0  # not known there
    output, hidden = output_of(), torch.ones(1, frames, WIDTH)
    # Without the room: a held note cannot tell a loud player from a ringing room.
    optimizer = torch.optim.Adam(output.controls.parameters(), lr=0.02)
    for step in range(80):
        # A rate that stays high swings around the truth, on some machines by 26 cents.
        optimizer.param_groups[0]["lr"] = 0.02 * (1 - step / 80)
        loss = output.loss(output(hidden, clips), {"waveform": played, "f0": annotated})
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
    with torch.no_grad():
        found, amplitudes, noise = output.synthesiser.split(output(hidden, clips))
    assert (1200 * (found / f0).log2()).abs().max() < 10  # cents
    middle = amplitudes[0, frames // 2]
    assert middle[[0, 2]].tolist() == pytest.approx([0.2, 0.2 / 3], rel=0.3)
    assert middle[[1, 3]].max() < 0.02
    assert 0.0003 < noise.median() < 0.003


def test_an_unknown_f0_costs_nothing_and_a_known_one_its_distance_in_semitones():
    output, clips, sound = output_of(), clips_of(69, 69), torch.zeros(2, 19 * HOP)
    f0 = torch.zeros(2, 20)
    f0[1] = 440 * 2 ** (0.5 / 12)
    with torch.no_grad():
        controls = output(torch.zeros(2, 20, WIDTH), clips)
        losses = []
        for annotated in (f0, torch.zeros(2, 20)):
            torch.manual_seed(0)  # the same noise
            losses.append(output.loss(controls, {"waveform": sound, "f0": annotated}))
    off = (losses[0] - losses[1]).tolist()
    assert off[0] == 0 and off[1] == pytest.approx(0.5, abs=1e-3)
