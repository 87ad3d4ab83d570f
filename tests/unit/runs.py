"""A run's rows, written where a test wants them."""

from vimusic.rows import plan, write_rows

VARIANTS = {
    "vision": {"inputs": ["video"]},
    "vision_midi": {"inputs": ["video", "roll"]},
    "midi": {"inputs": ["roll"]},
    "midi_instrument": {"inputs": ["roll", "instrument"]},
}


def rows_of(folder, *variants, seeds=(0,), folds=0):
    """The rows of a run of ``variants`` in ``folder``, and ``rows.json`` there, which holds them."""
    config = {
        "rows": variants,
        "variants": VARIANTS,
        "video": {"crops": "auto"},
        "training": {"seeds": list(seeds)},
        "split": {"folds": folds},
    }
    rows = plan(config, str(folder))
    write_rows(folder / "rows.json", rows)
    return rows
