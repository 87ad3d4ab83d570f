"""Which stem trains, validates, tests: whole titles (paper 3.2)."""

from pathlib import Path
from typing import Annotated

import pandas as pd

from vimusic.data.leak import Cut, part_of, split_clips
from vimusic.data.split import SPLITS, deal_folds, split_fold, split_stems
from vimusic.data.urmp import INSTRUMENTS, read_stems
from vimusic.errors import UserError, run, whole_file
from vimusic.options import program, settings


@program
@settings(
    "data.select",
    "split.unit",
    "split.seed",
    "split.val_titles",
    "split.test_titles",
    "split.folds",
    "split.validation",
    "clips.window",
    "video.fps",
)
def main(
    stems: Path,
    validation: Annotated[Path, "validation.tsv; failed stems stay out"],
    out: Annotated[Path, "split.tsv"],
    settings,
    fold: Annotated[int, "which one, from 1, where split.folds are dealt; 0: all train"] = 0,
):
    rule = settings.split
    if not 0 <= fold <= rule.folds:
        raise UserError(f"--fold {fold}: split.folds is {rule.folds}; give 0 to {rule.folds}")
    checked = pd.read_csv(validation, sep="\t", index_col="stem")
    failed = list(checked.index[checked.verdict == "fail"])
    passed = [stem for stem in checked.index if stem not in failed]
    if not passed:
        raise UserError(f"{validation}: every stem has failed; see its column reason")
    everyone = read_stems(stems, settings.data.select)
    kept = everyone[everyone.index.isin(passed)]
    seconds = checked.seconds[kept.index]
    columns = [
        "piece",
        "track",
        "title",
        "take",
        "instrument",
        "audio",
        "notes",
        "f0s",
        "lead_frames",
    ]
    table = kept[columns].join(seconds.round(3))
    window = settings.clips.window / settings.video.fps
    if rule.unit == "title":
        # Drawn over all stems, so that one that fails, or is left out, leaves the others where they are.
        known = seconds.reindex(everyone.index).fillna(seconds.median())
        if rule.folds:
            # A title that is left out as a whole has no fold: there would be nothing to test.
            everyone = everyone[everyone.title.isin(everyone.title[everyone.index.isin(checked.index)])]
            tested = deal_folds(everyone, known[everyone.index], rule.seed, rule.folds)
            drawn, remedy = split_fold(tested, fold, rule.validation), "leave them out: data.leave_out"
        else:
            drawn = split_stems(everyone, known, rule.seed, rule.val_titles, rule.test_titles)
            remedy = "name others: split.val_titles, split.test_titles"
        table["split"] = drawn[kept.index]
        table["clips"] = None
        for name in SPLITS:
            if name in set(drawn) - set(table.split):
                titles = ", ".join(sorted(set(everyone.title[drawn == name])))
                raise UserError(
                    f"{validation}: no stem of the {name} titles ({titles}) has passed; repair one, or "
                    f"{remedy}"
                )
    else:
        parts = split_clips(seconds, window, rule.seed)
        for name in SPLITS:
            if name not in {part for _, part in parts}:
                raise UserError(
                    f"{validation}: no stem is long enough to give {name} a clip of {window:.2f} s; use "
                    "longer stems or a smaller clips.window"
                )
        rows = [table.loc[[stem]].assign(split=name, clips=[clips]) for (stem, name), clips in parts.items()]
        failed += [stem for stem in seconds.index if (stem, "val") not in parts]  # shorter than a clip
        table = pd.concat(rows)
        print("split by clip: neighbouring clips LEAK between the parts; not for comparing models")
    table["unit"], table["seed"], table["window"] = rule.unit, rule.seed, window
    table["family"] = [INSTRUMENTS[code][1] for code in table.instrument]
    with whole_file(out) as temporary:
        cells = table.clips.map(lambda clips: " ".join(map(str, clips)), na_action="ignore")
        table.assign(clips=cells).to_csv(temporary, sep="\t")
    for name in SPLITS:
        part = part_of(table, name)
        titles = ", ".join(sorted(set(part.title)))
        minutes = sum(map(Cut.seconds, part.cut, part.seconds)) / 60
        print(f"{name}: {len(part)} stems, {minutes:.1f} min: {titles}")
    if failed:
        print(f"left out, failed validation or shorter than a clip: {' '.join(failed)}")


if __name__ == "__main__":
    run(main)
