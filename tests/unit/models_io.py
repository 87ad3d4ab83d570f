"""Recipes and what is seen of a stem, small, for the tests."""

import numpy as np

from vimusic.models.recipe import Recipe

RECIPE = Recipe(
    row="test", data="mini-urmp", inputs=("roll",), output="linear", finetune=False, crops="equal",
    encoder="resnet18", weights="none", encoder_seed=0, centre=False, components=512, dropout=0.5,
    fusion=16, decoder=8, lookahead=False,
    sample_rate=22050, n_fft=1024, hop_length=256, n_mels=12, fps=30, size=32, window=8,
)  # fmt: skip


def embeddings(count, seed=0):
    """Of ``count`` frames, random: (count, 512) float32."""
    return np.random.default_rng(seed).standard_normal((count, 512)).astype(np.float32)
