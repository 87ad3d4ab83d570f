"""One layer (paper 3.3)."""

from torch import nn


class Output(nn.Module):
    """Hidden states to mel bands (the paper), in units of deviations from the mean spectrum."""

    def __init__(self, width, recipe):
        super().__init__()
        self.bands = nn.Linear(width, recipe["n_mels"])

    def forward(self, hidden, clips, scale):
        return scale(self.bands(hidden))
