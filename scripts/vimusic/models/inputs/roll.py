"""The piano-roll (paper 3.3)."""

from torch import nn


class Input(nn.Module):
    """One-layer LSTM over the piano-roll, 128 pitches -> 128."""

    width = 128

    def __init__(self, recipe):
        super().__init__()
        self.lstm = nn.LSTM(128, self.width, batch_first=True)

    def fit(self, stems):
        """Nothing to take from the training set."""

    def forward(self, clips):
        return self.lstm(clips["roll"])[0]
