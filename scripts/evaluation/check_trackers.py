"""How far the f0 trackers agree with each other and with the annotation, and how fast they are.

On recordings, and on copy-synthesis, whose artefacts are those of every predicted row.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.features import audio
from vimusic.evaluation import metrics, pitch
from vimusic.captions import provenance
from vimusic.errors import UserError, run, whole_file
from vimusic.options import parser
from vimusic.evaluation.tables import to_markdown
from vimusic.data.urmp import annotated_f0, read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--data", required=True, help="dataset folder")
    options.add_argument("--wavs", required=True, help="table of the wavs of copy-synthesis")
    options.add_argument("--stems", nargs="+", help="stems to listen to; the held-out ones if not given")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--out", nargs=2, required=True, help="per stem (.csv), per tracker (.md)")
    args = options.parse_args(argv)

    table = read_split(args.split)
    chosen = args.stems or list(table.index[table.split == "test"])
    unknown = [stem for stem in chosen if stem not in table.index]
    if unknown:
        raise UserError(f"{args.split}: no stem {unknown[0]}; correct --stems")
    copies = pd.read_csv(args.wavs, sep="\t", index_col="stem").path
    without = [stem for stem in chosen if stem not in copies]
    if without:
        raise UserError(f"{args.wavs}: has no wav of {without[0]}; name held-out stems with --stems")
    noise = np.random.default_rng(0).standard_normal(args.sample_rate)
    for tracker in pitch.TRACKERS:
        pitch.track(noise, args.sample_rate, tracker)  # loading is not tracking
    rows = []
    for stem in table.loc[chosen].itertuples():
        folder = Path(args.data) / stem.piece
        *reference, _ = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
        sounds = {
            "recording": audio.load(folder / stem.audio, args.sample_rate),
            "copy_synthesis": audio.read(copies[stem.Index]),
        }
        for sound, signal in sounds.items():
            tracks, speed = {}, {}
            for tracker in pitch.TRACKERS:
                start = time.perf_counter()
                tracks[tracker] = pitch.track(signal, args.sample_rate, tracker)
                speed[tracker] = (time.perf_counter() - start) / stem.seconds
            for tracker, f0 in tracks.items():
                agreement = {name: metrics.pitch_agreement(other, f0) for name, other in tracks.items()}
                accuracy = metrics.pitch_scores(reference, f0)["pitch_accuracy"]
                shared = {"stem": stem.Index, "instrument": stem.instrument, "sound": sound}
                shared |= {"tracker": tracker, "pitch_accuracy": accuracy}
                rows.append(shared | agreement | {"seconds_per_second": speed[tracker]})
                print(rows[-1], flush=True)
    stems = pd.DataFrame(rows)
    trackers = stems.drop(columns=["stem", "instrument"]).groupby(["sound", "tracker"], sort=False).mean()
    text = to_markdown(trackers.round(3).reset_index())
    with whole_file(args.out[0]) as temporary:
        stems.to_csv(temporary, index=False, float_format="%.4f")
    with whole_file(args.out[1]) as temporary:
        temporary.write_text(
            f"Mean over {len(chosen)} stems: pitch accuracy against the annotation, share of commonly voiced "
            f"frames within 50 cents of each tracker, seconds per second of sound. "
            f"From {provenance()}.\n\n{text}"
        )
    print(text)


if __name__ == "__main__":
    run(main)
