"""Ways to crop the players of a video: each file's ``find(path, players)`` gives a ``Crop`` for each.

``players`` are inventory rows with slot, players, crop_x, crop_y, crop_side (empty: not published).
"""

from vimusic.registry import Registry

CROPS = Registry(__name__, "find")
