"""Published vocoders: their layouts read, their convention kept, with weights made here."""

import json

import numpy as np
import pytest
import torch
import yaml
from torch import nn
from torch.nn import functional

from vimusic.errors import UserError
from vimusic.features import audio
from vimusic.models import pretrained
from vimusic.models.vocoders import chosen, files, griffin_lim, hifigan, vocos

RATE, N_FFT, HOP, BANDS = SHAPE = (22050, 1024, 256, 80)
OURS = pretrained.Convention.ours(*SHAPE)
AUDIO = {"sample_rate": RATE, "n_fft": N_FFT, "hop_length": HOP}
HIFIGAN = {
    "resblock": "1", "upsample_rates": [8, 8, 2, 2], "upsample_kernel_sizes": [16, 16, 4, 4],
    "upsample_initial_channel": 32, "resblock_kernel_sizes": [3, 7],
    "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5]], "num_mels": 80, "n_fft": 1024, "hop_size": 256,
    "win_size": 1024, "sampling_rate": 22050, "fmin": 0, "fmax": 8000, "fmax_for_loss": None, "seed": 1234,
}  # fmt: skip
MELS = {
    "sample_rate": RATE, "n_fft": N_FFT, "hop_length": HOP, "n_mels": BANDS, "f_max": 8000,
    "norm": "slaney", "mel_scale": "slaney", "padding": "center",
}  # fmt: skip


def vocos_config(dim=48, layers=2, **mels):
    """What a config.yaml holds, in the published layout."""
    backbone = {"input_channels": BANDS, "dim": dim, "intermediate_dim": 3 * dim, "num_layers": layers}
    given = {
        "feature_extractor": ("feature_extractors.MelSpectrogramFeatures", MELS | mels),
        "backbone": ("models.VocosBackbone", backbone),
        "head": ("heads.ISTFTHead", {"dim": dim, "n_fft": N_FFT, "hop_length": HOP, "padding": "center"}),
    }
    return {
        part: {"class_path": f"vocos.{name}", "init_args": values} for part, (name, values) in given.items()
    }


def vocos_of(**config):
    torch.manual_seed(0)
    return vocos.Vocos({part: each["init_args"] for part, each in vocos_config(**config).items()}).eval()


def write_vocos(folder, network, **config):
    """``network`` in Vocos' layout; the path of its weights."""
    (folder / "config.yaml").write_text(yaml.safe_dump(vocos_config(**config)))
    names = ("feature_extractor.mel_spec.spectrogram.window", "head.istft.window")
    buffers = dict.fromkeys(names, torch.hann_window(N_FFT))
    torch.save(network.state_dict() | buffers, folder / "pytorch_model.bin")
    return folder / "pytorch_model.bin"


@pytest.fixture(params=["1", "2"])
def generator(request, tmp_path):
    """(path of a checkpoint in HiFi-GAN's layout, the network that wrote it, with torch's weight norm)."""
    torch.manual_seed(0)
    config = HIFIGAN | {"resblock": request.param}
    network = hifigan.Generator(config).eval()
    for module in list(network.modules()):
        if isinstance(module, nn.Conv1d | nn.ConvTranspose1d):
            with pytest.warns(FutureWarning, match="weight_norm"):  # old: it wrote what is published
                nn.utils.weight_norm(module)
            module.weight_g.data *= torch.rand_like(module.weight_g) + 0.5
    (tmp_path / "config.json").write_text(json.dumps(config))
    torch.save({"generator": network.state_dict()}, tmp_path / "g_02500000")
    return tmp_path / "g_02500000", network


def log_mels(frames=60):
    return torch.randn(1, BANDS, frames, generator=torch.Generator().manual_seed(0)) - 4


def test_weight_norm_is_multiplied_out(generator):
    path, network = generator
    with torch.no_grad():
        expected = network(log_mels())
    found = hifigan.read(path)(log_mels())
    assert found.shape == (1, 60 * HOP)
    assert expected.std() > 1e-4
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_the_generator_is_the_papers():
    """Its layers (Kong et al. 2020, 2.2), written out for one stage."""
    torch.manual_seed(1)
    config = HIFIGAN | {
        "upsample_rates": [4], "upsample_kernel_sizes": [8], "hop_size": 4, "upsample_initial_channel": 6,
        "resblock_kernel_sizes": [3, 5], "resblock_dilation_sizes": [[1, 3], [1, 2]],
    }  # fmt: skip
    network, x = hifigan.Generator(config), log_mels(9)
    first, up, last = network.conv_pre, network.ups[0], network.conv_post
    relu = functional.leaky_relu
    x = functional.conv1d(x, first.weight, first.bias, padding=3)
    x = functional.conv_transpose1d(relu(x, 0.1), up.weight, up.bias, stride=4, padding=2)
    blocks = []
    for block, width, dilations in zip(network.resblocks, (1, 2), ((1, 3), (1, 2)), strict=True):
        y = x
        for one, two, d in zip(block.convs1, block.convs2, dilations, strict=True):
            z = functional.conv1d(relu(y, 0.1), one.weight, one.bias, padding=width * d, dilation=d)
            y = y + functional.conv1d(relu(z, 0.1), two.weight, two.bias, padding=width)
        blocks.append(y)
    expected = functional.conv1d(relu(sum(blocks) / 2, 0.01), last.weight, last.bias, padding=3)
    torch.testing.assert_close(network(log_mels(9)), torch.tanh(expected)[:, 0])


def test_names_and_size_of_the_published_generator():
    v1 = HIFIGAN | {
        "upsample_initial_channel": 512, "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    }  # fmt: skip
    with torch.device("meta"):
        network = hifigan.Generator(v1)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(13.92e6, rel=0.005)  # their table 1
    names = {"conv_pre.weight", "ups.3.bias", "resblocks.11.convs2.2.weight", "conv_post.bias"}
    assert names <= set(network.state_dict())


def test_names_and_size_of_the_published_vocos():
    with torch.device("meta"):
        network = vocos_of(dim=512, layers=8)
    found = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert found["backbone.embed.weight"] == (512, 80, 7)
    assert found["backbone.convnext.7.gamma"] == (512,)
    assert found["backbone.convnext.0.dwconv.weight"] == (512, 1, 7)
    assert found["backbone.convnext.0.pwconv1.weight"] == (1536, 512)
    assert found["backbone.final_layer_norm.bias"] == (512,)
    assert found["head.out.weight"] == (1026, 512)
    assert sum(map(np.prod, found.values())) == pytest.approx(13.5e6, rel=0.02)  # the paper's table 1


def test_the_head_inverts_the_stft_as_torch_does():
    network, x = vocos_of(), torch.randn(1, 30, 48)
    magnitude, phase = network.head.out(x).transpose(1, 2).chunk(2, dim=1)
    spectrum = torch.polar(magnitude.exp(), phase)
    expected = torch.istft(spectrum, N_FFT, HOP, window=torch.hann_window(N_FFT), center=True)
    torch.testing.assert_close(network.head(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["center", "same"])
def test_sound_is_as_long_as_asked_and_blocks_leave_no_seam(tmp_path, monkeypatch, padding):
    network = vocos.read(write_vocos(tmp_path, vocos_of(padding=padding), padding=padding))
    x = log_mels(300)[0].numpy().T
    for length in (299 * HOP, 299 * HOP + 255, 5):
        assert pretrained.render(network, x, length).shape == (length,)
    whole = pretrained.render(network, x, 299 * HOP)
    monkeypatch.setattr(pretrained, "BLOCK", 64)
    np.testing.assert_allclose(pretrained.render(network, x, 299 * HOP), whole, atol=1e-6)


def test_blocks_of_a_generator_leave_no_seam(generator, monkeypatch):
    network = hifigan.read(generator[0])
    x = log_mels(200)[0].numpy().T
    whole = pretrained.render(network, x, 199 * HOP)
    monkeypatch.setattr(pretrained, "BLOCK", 50)
    np.testing.assert_allclose(pretrained.render(network, x, 199 * HOP), whole, atol=1e-6)


def partials(seconds=1.0, f0=220.0):
    times = np.arange(round(seconds * RATE)) / RATE
    return (0.05 * sum(np.sin(2 * np.pi * k * f0 * times) / k for k in range(1, 20))).astype(np.float32)


def theirs(signal):
    """ln magnitudes of a signal (N,) as such vocoders are trained on them, centred, (T, n_mels)."""
    padded = functional.pad(torch.from_numpy(signal)[None], (N_FFT // 2, N_FFT // 2), "reflect")
    window = torch.hann_window(N_FFT)
    magnitude = torch.stft(padded, N_FFT, HOP, window=window, center=False, return_complex=True).abs()[0]
    return np.log(np.maximum(audio.mel_filters(RATE, N_FFT, BANDS) @ magnitude.numpy(), 1e-5)).T


def test_our_log_mel_becomes_theirs():
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    signal, network = partials() + 0.01 * noise, hifigan.Generator(HIFIGAN)
    found = pretrained.converted(audio.log_mel(signal, *SHAPE), network)[4:-4]
    expected = theirs(signal)[4:-4]
    loud = expected > expected.max() - 7  # 60 dB
    assert np.sqrt(np.mean((found - expected)[loud] ** 2)) < 0.2
    silent = audio.log_mel(np.zeros(RATE, np.float32), *SHAPE)
    np.testing.assert_allclose(pretrained.converted(silent, network), np.log(1e-5), rtol=1e-6)


class Noise(pretrained.Network):
    """Noise in each band, as loud as ``read`` makes of what it is told."""

    convention, floor, lead, reach = OURS, 1e-5, 0, N_FFT // HOP

    def __init__(self, read):
        super().__init__()
        self.read = read

    def forward(self, log_mel):
        filters = torch.from_numpy(audio.mel_filters(RATE, N_FFT, BANDS))
        area, reached = filters.sum(dim=1, keepdim=True), filters.sum(dim=0)[:, None].clamp(min=1e-4)
        magnitude = filters.T @ (self.read(log_mel) / area) / reached
        phase = 6.28 * torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0))
        return torch.istft(torch.polar(magnitude, phase), N_FFT, HOP, window=torch.hann_window(N_FFT))


def test_a_network_that_knows_ln_of_magnitudes_is_taken(tmp_path, capsys):
    pretrained.check(Noise(torch.exp), OURS, tmp_path / "g")
    assert "g: given ln of magnitudes above 1e-05; a test tone changes by" in capsys.readouterr().out


@pytest.mark.parametrize(
    "read", [lambda x: 10**x, lambda x: (x / 2).exp(), torch.ones_like], ids=["log10", "powers", "untrained"]
)
def test_a_network_of_another_convention_is_heard(tmp_path, read):
    with pytest.raises(
        UserError, match="g: a test tone, told as ln of magnitudes above 1e-05, changes"
    ) as caught:
        pretrained.check(Noise(read), OURS, tmp_path / "g")
    assert "\n" not in str(caught.value)


def test_weights_are_read_and_checked_once_and_play(tmp_path, monkeypatch):
    path, signal = write_vocos(tmp_path, vocos_of()), partials()
    monkeypatch.setattr(pretrained, "OFF", np.inf)  # what is made here is not trained
    vocode, log_mel = chosen("vocos", 64, str(path)), audio.log_mel(signal, *SHAPE)
    heard = vocode(log_mel, len(signal), **AUDIO)
    assert heard.shape == signal.shape and heard.dtype == np.float32
    path.unlink()
    np.testing.assert_array_equal(vocode(log_mel, len(signal), **AUDIO), heard)


WRONG = {
    "fmax": ({"f_max": None}, "fmax 11025.0, this run's 8000.0"),
    "rate and hop": (
        {"sample_rate": 24000, "f_min": 40},
        "sample_rate 24000, this run's 22050; fmin 40, .* 0.0",
    ),
    "norm": ({"norm": None}, "norm none, this run's slaney"),
    "scale": ({"mel_scale": "htk"}, "scale htk, this run's slaney"),
}


@pytest.mark.parametrize(("mels", "told"), WRONG.values(), ids=WRONG)
def test_a_mismatch_names_both(tmp_path, mels, told):
    path = write_vocos(tmp_path, vocos_of(), **mels)
    with pytest.raises(UserError, match=f"^{path}: made for log-mels of {told}; take weights") as caught:
        chosen("vocos", 64, str(path))(np.zeros((9, BANDS), np.float32), 2048, **AUDIO)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("generator", ["1"], indirect=True)
def test_a_generators_fmax_is_asked_too(generator):
    path, _ = generator
    (path.parent / "config.json").write_text(json.dumps(HIFIGAN | {"fmax": 11025}))
    with pytest.raises(UserError, match=f"^{path}: made for log-mels of fmax 11025, this run's 8000.0; take"):
        chosen("hifigan", 64, str(path))(np.zeros((9, BANDS), np.float32), 2048, **AUDIO)


def test_what_is_no_checkpoint_is_one_line(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(HIFIGAN))
    path = tmp_path / "generator_v1"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(UserError, match="generator_v1: holds no weights that can be read safely"):
        hifigan.read(path)
    torch.save({"mpd": {}}, path)
    with pytest.raises(UserError, match="holds no generator; take the checkpoint that is called g_"):
        hifigan.read(path)
    torch.save({"generator": {"conv_pre.bias": torch.zeros(3)}}, path)
    with pytest.raises(UserError, match="another network than its configuration says"):
        hifigan.read(path)
    (tmp_path / "config.json").write_text(json.dumps({"resblock": "1"}))
    with pytest.raises(UserError, match=r"config.json: describes no HiFi-GAN generator \(KeyError"):
        hifigan.read(path)


def test_a_configuration_that_is_no_vocos_is_one_line(tmp_path):
    path, config = write_vocos(tmp_path, vocos_of()), vocos_config()
    config["head"]["class_path"] = "vocos.heads.IMDCTCosHead"
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(UserError, match=r"config.yaml: head is IMDCTCosHead; only ISTFTHead is known here"):
        vocos.read(path)
    (tmp_path / "config.yaml").write_text("a: [")
    with pytest.raises(UserError, match=r"config.yaml: describes no Vocos"):
        vocos.read(path)


def test_what_is_not_there_is_told_before_anything_runs(tmp_path):
    missing = str(tmp_path / "generator_v1")
    with pytest.raises(UserError, match=r"generator_v1: not found; inference.weights names a checkpoint"):
        files("hifigan", missing)
    (tmp_path / "generator_v1").touch()
    with pytest.raises(UserError, match=r"config.json: not found"):
        chosen("hifigan", 64, missing)
    with pytest.raises(UserError, match=r"inference.weights: vocos needs the path of published weights"):
        files("vocos", "")
    with pytest.raises(UserError, match=r"inference.weights: griffin_lim has none"):
        files("griffin_lim", missing)
    assert files("griffin_lim", "") == []
    assert chosen("griffin_lim", 1, "").func is griffin_lim.vocode
