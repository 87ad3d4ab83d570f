"""The dataset's own squares (the paper's "fixed data"), equal slices where there is none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vimusic.errors import UserError
from vimusic.features.video import Crop, dimensions, equal_crops, published_crop


def find(path: str | Path, players: Sequence[Any]) -> list[Crop]:
    """See ``vimusic.features.crops``.

    Raises
    ------
    UserError
        A published square that does not lie inside the picture.
    """
    width, height = dimensions(path)
    crops = equal_crops(path, players)
    for k, player in enumerate(players):
        if player.crop_side:
            crop = published_crop(height, *map(int, (player.crop_x, player.crop_y, player.crop_side)))
            if crop.x + crop.width > width or crop.y + crop.height > height:
                raise UserError(
                    f"{path}: {width}x{height} does not hold the published {crop}; use crops: equal"
                )
            crops[k] = crop
    return crops
