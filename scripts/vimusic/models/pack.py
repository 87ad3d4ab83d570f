"""A trained model as one file to hand on, with a card that says where it comes from.

vimusic pack results/demo/models/midi.0 -o midi.safetensors
"""

import json
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import torch

from vimusic.data.urmp import read_split
from vimusic.errors import UserError, run, whole_file
from vimusic.models.recipe import Recipe
from vimusic.models.regressor import load, save
from vimusic.options import Bare, program

LICENCES = {"urmp": "CC0 (URMP, doi:10.5061/dryad.ng3r749)", "mini-urmp": "made from a seed; nobody's"}
QUOTED = ("mse", "skill", "pitch_accuracy", "note_f1", "mr_stft", "loudness_corr")


def card_of(folder: Path, recipe: Recipe) -> dict[str, Any]:
    """What whoever is handed the model of ``folder`` should know, as plain types.

    ``trained_on`` are its stems; ``held_out`` each metric of its row in the run's Table 1, measured on stems
    that were not trained on: value, low, high, pieces.

    Raises
    ------
    UserError
        There is no split, environment or Table 1 beside it.
    """
    fold = folder.parents[1]
    run_folder = next((place for place in (fold, *fold.parents) if (place / "rows.json").is_file()), fold)
    files = fold / "features/split.tsv", folder / "environment.json", run_folder / "tables/table1.csv"
    for path in files:
        if not path.is_file():
            raise UserError(f"{path}: not found; finish the run of which {folder} is a part")
    split, environment, table = read_split(files[0]), json.loads(files[1].read_text()), pd.read_csv(files[2])
    rows = table[(table.row == recipe.row) & table.metric.isin(QUOTED)].dropna(subset="value")
    return {
        "data": recipe.data,
        "synthetic": recipe.data == "mini-urmp",
        "licence": LICENCES.get(recipe.data, "that of its owner's data"),
        "trained_on": sorted(split.index[split.split == "train"].unique()),
        "seed": environment["seed"],
        "packages": environment["packages"],
        "held_out": {
            row.metric: [round(x, 4) for x in (row.value, row.low, row.high)] + [int(row.pieces)]
            for row in rows.itertuples()
        },
    }


@program
def main(
    model: Annotated[Path, Bare("folder of a trained model, results/<run>/models/<variant>.<seed>")],
    out: Annotated[Path, ".safetensors"],
) -> None:
    if out.suffix != ".safetensors":
        raise UserError(f"{out}: name a .safetensors")
    network, recipe, _ = load(model / "model.safetensors")
    # Half precision is finer than what a training's last step moves, in half the bytes.
    state = {
        name: values.half() if values.is_floating_point() else values
        for name, values in network.state_dict().items()
    }
    with whole_file(out) as temporary, torch.no_grad():
        save(temporary, recipe, state, card_of(model, recipe))
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB, {recipe.row}, trained on {recipe.data}")
    if recipe.sees_notes:
        print(
            "it sees notes and does not play them: hand its voice on as well, by which its card was measured"
        )


if __name__ == "__main__":
    run(main)
