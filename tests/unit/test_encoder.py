"""The visual encoder, as it is trained and as it is used."""

import numpy as np
import pytest
import torch
from clips_io import Film

from vimusic.features.embedding import embed
from vimusic.features.encoders.resnet18 import Encoder


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


def test_bfloat16_moves_embeddings_by_little_of_what_tells_frames_apart(encoder, film):
    exact = embed(encoder, film, "cpu")
    with torch.autocast("cpu", torch.bfloat16):
        rough = embed(encoder, film, "cpu")
    assert 0 < np.linalg.norm(rough - exact) < 0.1 * np.linalg.norm(exact)
