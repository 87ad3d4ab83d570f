"""Which stem trains, validates, tests: whole titles (paper 3.2)."""

import pandas as pd

from vimusic.errors import UserError, run, whole_file
from vimusic.leak import split_clips
from vimusic.options import parser
from vimusic.split import SPLITS, split_stems
from vimusic.urmp import INSTRUMENTS, read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--stems", required=True, help="inventory table")
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
    stems = read_stems(args.stems, passed)
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
        table["split"] = split_stems(stems, seconds, args.seed, args.val_titles, args.test_titles)
        table["clips"] = ""
    else:
        parts = split_clips(seconds, args.window / args.fps, args.seed)
        rows = [table.loc[[stem]].assign(split=name, clips=clips) for (stem, name), clips in parts.items()]
        table = pd.concat(rows)
        print("split by clip: neighbouring clips LEAK between the parts; not for comparing models")
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
