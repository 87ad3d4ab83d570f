"""The visual encoder, as it is trained and as it is used."""

import encode_frames
import numpy as np
import pytest
import torch
from clips_io import Film

from vimusic.errors import UserError
from vimusic.features.embedding import FRAMES, embed, embed_players, make_encoder, resolved
from vimusic.features.encoders.resnet18 import Encoder
from vimusic.features.frames import FrameStore, FrameWriter


@pytest.fixture(scope="module")
def encoder():
    """An encoder whose batch normalisation has seen something, in training mode."""
    torch.manual_seed(0)
    encoder = Encoder("none").train()
    with torch.no_grad():
        encoder(torch.randint(0, 256, (16, 64, 64, 3), dtype=torch.uint8))
    return encoder


@pytest.fixture(scope="module")
def film():
    return Film(np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8))


def test_embeddings_are_those_of_the_encoder_frame_by_frame(encoder, film):
    unfolded = copy(encoder)
    with torch.no_grad():
        expected = torch.cat([unfolded(torch.from_numpy(frame)[None]) for frame in film])
    np.testing.assert_allclose(embed(encoder, film, "cpu"), expected, rtol=1e-3, atol=1e-4)
    assert encoder.training and any(isinstance(part, torch.nn.BatchNorm2d) for part in encoder.modules())


def copy(encoder):
    """The same encoder, not folded, for inference."""
    other = Encoder("none").eval()
    other.load_state_dict(encoder.state_dict())
    return other


def test_folded_encoder_normalises_no_more(encoder):
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in encoder.folded().modules())


@pytest.mark.parametrize(("arithmetic", "off"), [("bfloat16", 0.01), ("int8", 0.04)])
def test_other_arithmetics_move_embeddings_by_little(encoder, film, arithmetic, off):
    exact = embed(encoder, film, "cpu")
    rough = embed(encoder, film, "cpu", arithmetic)
    assert 0 < np.linalg.norm(rough - exact) < off * np.linalg.norm(exact)
    np.testing.assert_array_equal(embed(encoder, film, "cpu"), exact)  # the encoder itself is as it was


def test_frames_encoded_as_they_come_are_those_of_a_store_in_8_bits(encoder, film):
    [seen] = embed_players([encoder.folded("int8")], ((0, frame) for frame in film), "cpu")
    np.testing.assert_array_equal(seen.values, embed(encoder, film, "cpu", "int8"))


def test_8_bits_hold_a_film_that_begins_in_black(encoder, film):
    dark = Film([*np.zeros((FRAMES, 64, 64, 3), np.uint8), *film])
    exact, rough = (embed(encoder, dark, "cpu", how)[FRAMES:] for how in ("float32", "int8"))
    assert np.linalg.norm(rough - exact) < 0.04 * np.linalg.norm(exact)


def test_a_border_in_8_bits_is_that_of_a_normalised_picture(encoder):
    """Frames of one colour: what tells them from the border of zeros is seen at the edges alone."""
    frames = Film([np.full((32, 32, 3), level, np.uint8) for level in (0, 90, 255)])
    exact, rough = (embed(encoder, frames, "cpu", how) for how in ("float32", "int8"))
    assert np.linalg.norm(rough - exact) < 0.06 * np.linalg.norm(exact)


@pytest.mark.parametrize(
    ("has", "arithmetic"),
    [
        ({"avx512_bf16", "avx512_vnni"}, "bfloat16"),
        ({"amx_bf16"}, "bfloat16"),
        ({"avx512_vnni"}, "int8"),
        ({"avx_vnni"}, "int8"),
        ({"avx2"}, "float32"),
        (set(), "float32"),
    ],
)
def test_auto_is_what_the_processor_computes_in(monkeypatch, has, arithmetic):
    can = {"architecture": "x86_64"} | dict.fromkeys(has, True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    assert resolved("auto", "cpu") == arithmetic
    assert resolved("float32", "cpu") == "float32"


def test_8_bits_where_there_are_none_are_one_line(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"architecture": "aarch64", "bf16": True})
    assert resolved("auto", "cpu") == "float32"
    for device in ("cpu", "cuda"):
        with pytest.raises(UserError, match="int8: "):
            resolved("int8", device)


def test_the_rule_encodes_in_the_arithmetic_that_it_is_told(tmp_path, film, capsys):
    with FrameWriter(tmp_path / "frames.zip") as store:
        for frame in film:
            store.append(1, frame)
    words = [
        "--frames",
        tmp_path / "frames.zip",
        "--tracks",
        1,
        "--threads",
        1,
        "--out",
        tmp_path / "out.npz",
    ]
    words += ["--encoder", "resnet18", "--encoder.weights", "none", "--encoder.seed", 0]
    encode_frames.main([str(word) for word in (*words, "--encoder.arithmetic", "int8")])
    assert "in int8" in capsys.readouterr().out
    expected = embed(
        make_encoder("resnet18", "none", 0), FrameStore(tmp_path / "frames.zip", 1), "cpu", "int8"
    )
    with np.load(tmp_path / "out.npz") as tracks:
        np.testing.assert_array_equal(tracks["1"], expected.astype(np.float16))
