"""Which instrument plays."""

from torch import nn

from vimusic.models.clips import CODES


class Input(nn.Module):
    """A learned vector per instrument, the same at every mel frame."""

    width = 32

    def __init__(self, recipe):
        super().__init__()
        self.table = nn.Embedding(len(CODES), self.width)

    def fit(self, stems):
        """Nothing to take from the training set."""

    def forward(self, clips):
        vector = self.table(clips["instrument"])
        return vector.unsqueeze(1).expand(-1, clips["mel"].shape[1], -1)
