"""How far the f0 trackers agree with each other and with the notes on recordings, and how fast they are."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from vimusic import audio, metrics, pitch
from vimusic.errors import UserError, run, whole_file
from vimusic.options import parser
from vimusic.tables import to_markdown
from vimusic.urmp import notes_to_f0, read_notes, read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--data", required=True, help="dataset folder")
    options.add_argument("--stems", nargs="+", help="stems to listen to; the held-out ones if not given")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--out", nargs=2, required=True, help="per stem (.csv), per tracker (.md)")
    args = options.parse_args(argv)

    table = read_split(args.split)
    chosen = args.stems or list(table.index[table.split == "test"])
    unknown = [stem for stem in chosen if stem not in table.index]
    if unknown:
        raise UserError(f"{args.split}: no stem {unknown[0]}; correct --stems")
    noise = np.random.default_rng(0).standard_normal(args.sample_rate)
    for tracker in pitch.TRACKERS:
        pitch.track(noise, args.sample_rate, tracker)  # loading is not tracking
    rows = []
    for stem in table.loc[chosen].itertuples():
        folder = Path(args.data) / stem.piece
        recording = audio.load(folder / stem.audio, args.sample_rate)
        tracks, speed = {}, {}
        for tracker in pitch.TRACKERS:
            start = time.perf_counter()
            tracks[tracker] = pitch.track(recording, args.sample_rate, tracker)
            speed[tracker] = (time.perf_counter() - start) / stem.seconds
        others = tracks | {"notes": notes_to_f0(read_notes(folder / stem.notes), stem.seconds)}
        for tracker, f0 in tracks.items():
            agreement = {name: metrics.pitch_agreement(other, f0) for name, other in others.items()}
            shared = {"stem": stem.Index, "instrument": stem.instrument, "tracker": tracker}
            rows.append(shared | agreement | {"seconds_per_second": speed[tracker]})
            print(rows[-1], flush=True)
    stems = pd.DataFrame(rows)
    trackers = stems.drop(columns=["stem", "instrument"]).groupby("tracker", sort=False).mean()
    text = to_markdown(trackers.round(3).reset_index())
    with whole_file(args.out[0]) as temporary:
        stems.to_csv(temporary, index=False, float_format="%.4f")
    with whole_file(args.out[1]) as temporary:
        temporary.write_text(
            f"Share of commonly voiced frames within 50 cents on {len(chosen)} recordings, mean over "
            f"stems, and seconds per second of sound.\n\n{text}"
        )
    print(text)


if __name__ == "__main__":
    run(main)
