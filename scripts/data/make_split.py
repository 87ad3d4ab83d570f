"""Which stem trains, validates, tests: whole titles (paper 3.2)."""

import pandas as pd

from vimusic.errors import UserError, run, whole_file
from vimusic.data.leak import split_clips
from vimusic.options import parser
from vimusic.data.split import SPLITS, split_stems
from vimusic.data.urmp import INSTRUMENTS, read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--stems", required=True, help="inventory table")
    options.add_argument("--select", nargs="*", default=[], help="pieces or stems to divide")
    options.add_argument("--validation", required=True, help="validation.tsv; failed stems stay out")
    options.add_argument("--unit", choices=("title", "clip"), required=True, help="clip leaks")
    options.add_argument("--window", type=int, required=True, help="video frames of a clip")
    options.add_argument("--fps", type=int, required=True)
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--val-titles", nargs="*", default=[])
    options.add_argument("--test-titles", nargs="*", default=[])
    options.add_argument("--out", required=True, help="split.tsv")
    args = options.parse_args(argv)

    checked = pd.read_csv(args.validation, sep="\t", index_col="stem")
    failed = list(checked.index[checked.verdict == "fail"])
    passed = [stem for stem in checked.index if stem not in failed]
    if not passed:
        raise UserError(f"{args.validation}: every stem has failed; see its column reason")
    everyone = read_stems(args.stems, args.select)
    stems = everyone[everyone.index.isin(passed)]
    seconds = checked.seconds[stems.index]
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
    table = stems[columns].join(seconds)
    if args.unit == "title":
        # Drawn over all stems, so that one that fails, or is left out, leaves the others where they are.
        known = seconds.reindex(everyone.index).fillna(seconds.median())
        drawn = split_stems(everyone, known, args.seed, args.val_titles, args.test_titles)
        table["split"] = drawn[stems.index]
        table["clips"] = ""
        for name in SPLITS:
            if name not in set(table.split):
                titles = ", ".join(sorted(set(everyone.title[drawn == name])))
                raise UserError(
                    f"{args.validation}: no stem of the {name} titles ({titles}) has passed; repair one, or "
                    "name others: split.val_titles, split.test_titles"
                )
    else:
        parts = split_clips(seconds, args.window / args.fps, args.seed)
        rows = [table.loc[[stem]].assign(split=name, clips=clips) for (stem, name), clips in parts.items()]
        table = pd.concat(rows)
        print("split by clip: neighbouring clips LEAK between the parts; not for comparing models")
    table["unit"], table["seed"] = args.unit, args.seed
    table["family"] = [INSTRUMENTS[code][1] for code in table.instrument]
    with whole_file(args.out) as temporary:
        table.to_csv(temporary, sep="\t", float_format="%.3f")
    for name in SPLITS:
        part = table[table.split == name]
        titles = ", ".join(sorted(set(part.title)))
        print(f"{name}: {len(part)} stems, {part.seconds.sum() / 60:.1f} min: {titles}")
    if failed:
        print(f"left out, failed validation: {' '.join(failed)}")


if __name__ == "__main__":
    run(main)
