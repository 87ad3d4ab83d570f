"""EfficientNet-lite0: the weights in their places, and the encoder as it is used."""

import numpy as np
import pytest
import torch
from clips_io import Film

from vimusic.errors import UserError
from vimusic.features.embedding import embed, make_encoder
from vimusic.features.encoders import efficientnet_lite0
from vimusic.models.inputs.video import FrozenVisual

# What the package `efficientnet-lite-pytorch` 0.1.0 makes of the same weights and picture: mean and norm of
# the 1,280 pooled features, and the largest and its place.
MEAN, NORM, LARGEST, PLACE = 0.07497, 13.5156, 4.79698, 897


def gradient():
    """A picture of 96 pixels, grey levels that rise to the right, downwards and both."""
    y, x = np.mgrid[:96, :96]
    return np.stack([2 * x, 2 * y, x + y], -1).astype(np.uint8)[None]


def test_features_are_those_of_the_reference_implementation():
    encoder = make_encoder("efficientnet_lite0", "none", 0)
    features = embed(encoder, Film(gradient()), "cpu")
    assert features.shape == (1, encoder.width)
    np.testing.assert_allclose(features.mean(), MEAN, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(features), NORM, rtol=1e-4)
    np.testing.assert_allclose(features.max(), LARGEST, rtol=1e-4)
    assert features.argmax() == PLACE


def test_folding_changes_nothing_and_leaves_no_normalisation():
    film = Film(np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8))
    encoder = make_encoder("efficientnet_lite0", "none", 0)
    with torch.inference_mode():
        plain = encoder(torch.from_numpy(np.stack(film))).numpy()
    np.testing.assert_allclose(embed(encoder, film, "cpu"), plain, rtol=1e-3, atol=1e-4)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in encoder.folded().modules())


def test_its_weights_do_not_depend_on_the_setting_of_the_resnet():
    first, other = (make_encoder("efficientnet_lite0", *given) for given in (("none", 0), ("imagenet", 1)))
    for mine, theirs in zip(first.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_without_its_weights_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(efficientnet_lite0, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="is not installed; install envs"):
        make_encoder("efficientnet_lite0", "none", 0)


def test_a_model_reads_its_principal_components():
    width = make_encoder("efficientnet_lite0", "none", 0).width
    assert FrozenVisual(width, 512, 0).axes.shape == (width, 512)
