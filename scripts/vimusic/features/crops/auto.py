"""A square around what moves in each player's slice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vimusic.features.video import Crop, auto_crop, equal_crops


def find(path: str | Path, players: Sequence[Any]) -> list[Crop]:
    """See ``vimusic.features.crops``."""
    return auto_crop(path, equal_crops(path, players))
