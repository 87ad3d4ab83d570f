"""The dataset's own squares (the paper's "fixed data"), equal slices where there is none."""

from vimusic.features import video


def find(path, players):
    """See ``vimusic.features.crops``."""
    return video.find_crops(path, players, "published")
