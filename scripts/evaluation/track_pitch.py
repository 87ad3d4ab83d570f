"""f0 of one held-out stem by every row, beside the annotation, for a figure (paper 4.2)."""

from pathlib import Path

import pandas as pd

from vimusic.features import audio
from vimusic.evaluation import pitch
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.report.shown import shown_stem
from vimusic.data.urmp import annotated_f0, read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--data", required=True, help="dataset folder, for annotations")
    options.add_argument("--wavs", nargs="+", required=True, help="tables of wavs, one a row")
    options.add_argument("--rows", nargs="+", required=True, help="their names")
    options.add_argument("--sample-rate", type=int, required=True, help="of the wavs, Hz")
    options.add_argument("--tracker", choices=pitch.TRACKERS, required=True)
    options.add_argument("--out", required=True, help=".csv: stem, row, time (s), hertz")
    args = options.parse_args(argv)

    stem = shown_stem(read_split(args.split))
    folder = Path(args.data) / stem.piece
    times, hertz, _ = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
    tracks = [pd.DataFrame({"stem": stem.name, "row": "annotation", "time": times, "hertz": hertz})]
    for row, path in zip(args.rows, args.wavs, strict=True):
        wav = pd.read_csv(path, sep="\t", index_col="stem").path[stem.name]
        times, hertz = pitch.track(audio.read(wav), args.sample_rate, args.tracker)
        # Guesses in frames held unvoiced are negative: not shown.
        tracks.append(pd.DataFrame({"stem": stem.name, "row": row, "time": times, "hertz": hertz.clip(0)}))
    with whole_file(args.out) as temporary:
        pd.concat(tracks).to_csv(temporary, index=False, float_format="%.3f")


if __name__ == "__main__":
    run(main)
