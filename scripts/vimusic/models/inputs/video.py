"""The players' frames, embedded by a visual encoder (paper 3.3)."""

import torch
from torch import nn

from vimusic.features.encoders import ENCODERS
from vimusic.models.clips import Seen
from vimusic.models.recipe import Recipe


def Input(recipe: Recipe) -> nn.Module:
    """Cached embeddings, or an encoder that is trained with the rest, as the recipe says."""
    encoder = ENCODERS[recipe.encoder]
    if recipe.finetune:
        return FinetunedVisual(encoder(recipe.weights))
    if hasattr(encoder, "reader"):
        return ReadVisual(encoder.reader())
    return FrozenVisual(encoder.width, recipe.components, recipe.dropout)


def to_mel_grid(embeddings: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Frame embeddings (B, V, D) at fractional frame ``positions`` (B, T): (B, T, D), linear
    between neighbouring frames."""
    left = positions.floor().long().clamp(max=embeddings.shape[1] - 1)
    right = (left + 1).clamp(max=embeddings.shape[1] - 1)
    share = (positions - left).unsqueeze(-1)
    rows = torch.arange(len(embeddings), device=embeddings.device).unsqueeze(1)
    return torch.lerp(embeddings[rows, left], embeddings[rows, right], share)


class FrozenVisual(nn.Module):
    """Cached frame embeddings to the mel grid, as their principal components.

    Parameters
    ----------
    embedding : width of the embeddings.
    components : how many to keep; as many as there are keeps all of the embedding (the paper). A random
        encoder's small components are camera noise, and few stems are learnt by heart from many inputs.
    dropout : share of components dropped in training.
    """

    def __init__(self, embedding: int, components: int, dropout: float) -> None:
        super().__init__()
        self.width = min(components, embedding)
        self.register_buffer("mean", torch.zeros(embedding))
        self.register_buffer("axes", torch.eye(embedding)[:, : self.width].clone())
        self.dropout = nn.Dropout(dropout)

    def fit(self, seen: list[Seen]) -> None:
        """Take mean, axes and their common scale from what is ``seen`` of the training stems."""
        # Stem by stem: in double precision all of URMP would fill gigabytes.
        visual = [torch.from_numpy(each.visual) for each in seen]
        count = sum(map(len, visual))
        mean = sum(part.double().sum(0) for part in visual) / count
        covariance = torch.zeros(len(mean), len(mean), dtype=torch.float64)
        for part in visual:
            centred = part.double() - mean
            covariance += centred.T @ centred / count
        variances, axes = torch.linalg.eigh(covariance)
        variances, axes = (found.flip(-1)[..., : self.width] for found in (variances, axes))
        # An eigenvector's sign is arbitrary; fix it, so that every machine fits the same model.
        axes = axes * axes.sum(0).sign()
        self.mean.copy_(mean)
        # The components' mean is 0, so their common deviation is the root of their mean variance.
        self.axes.copy_(axes / variances.mean().clamp(min=1e-8).sqrt())

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        components = (clips["visual"] - self.mean) @ self.axes
        return to_mel_grid(self.dropout(components), clips["positions"])


class ReadVisual(nn.Module):
    """What a frozen encoder keeps of the frames, read by a network that is trained with the rest."""

    def __init__(self, reader: nn.Module) -> None:
        super().__init__()
        self.reader, self.width = reader, reader.width

    def fit(self, seen: list[Seen]) -> None:
        """Let the reader take what it takes from the training set."""
        if hasattr(self.reader, "fit"):
            self.reader.fit([each.visual for each in seen])

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        return to_mel_grid(self.reader(clips["visual"]), clips["positions"])


class FinetunedVisual(nn.Module):
    """An encoder trained with the rest. Frames come as pixels, or, at inference, already embedded
    by ``encoder`` (each frame once, although windows overlap)."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.width = encoder.width

    def fit(self, seen: list[Seen]) -> None:
        """Nothing to take from the training set."""

    def forward(self, clips: dict[str, torch.Tensor]) -> torch.Tensor:
        if "visual" not in clips:
            frames = clips["frames"]
            visual = self.encoder(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        else:
            visual = clips["visual"]
        return to_mel_grid(visual, clips["positions"])
