"""What a row makes one held-out stem sound like: its first seconds, for the report (paper 3.5)."""

import pandas as pd
import soundfile

from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.report.shown import SECONDS, shown_stem
from vimusic.data.urmp import read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--wavs", required=True, help="table of the row's wavs")
    options.add_argument("--out", required=True, help=".wav")
    args = options.parse_args(argv)

    stem = shown_stem(read_split(args.split))
    with soundfile.SoundFile(pd.read_csv(args.wavs, sep="\t", index_col="stem").path[stem.name]) as wav:
        sound, rate, subtype = wav.read(SECONDS * wav.samplerate), wav.samplerate, wav.subtype
    with whole_file(args.out) as temporary:
        soundfile.write(temporary, sound, rate, subtype=subtype)
    print(f"{args.out}: {stem.name}")


if __name__ == "__main__":
    run(main)
