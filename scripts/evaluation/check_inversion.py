"""What mel inversion and Griffin-Lim keep of every stem's pitch: recording against copy-synthesis."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.features import audio
from vimusic.evaluation import metrics, pitch
from vimusic.captions import provenance
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.evaluation.tables import to_markdown
from vimusic.data.urmp import annotated_f0, read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--data", required=True, help="dataset folder")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--n-fft", type=int, required=True, help="samples")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--iterations", type=int, required=True, help="of Griffin-Lim")
    options.add_argument("--tracker", choices=pitch.TRACKERS, required=True)
    options.add_argument("--out", nargs=2, required=True, help="per stem (.csv), per instrument (.md)")
    args = options.parse_args(argv)

    rows = []
    table = read_split(args.split)
    for stem in table.itertuples():
        folder = Path(args.data) / stem.piece
        recording = audio.load(folder / stem.audio, args.sample_rate)
        mel = np.load(Path(args.features) / stem.piece / str(stem.track) / "mel.npy")
        copy = audio.synthesize(
            mel, args.sample_rate, args.n_fft, args.hop_length, args.iterations, len(recording)
        )
        *reference, _ = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
        scores = {}
        for name, signal in (("recording", recording), ("copy_synthesis", copy)):
            estimate = pitch.track(signal, args.sample_rate, args.tracker)
            scores[name] = metrics.pitch_scores(reference, estimate)["pitch_accuracy"]
        scores["kept"] = scores["copy_synthesis"] / scores["recording"]
        rows.append({"stem": stem.Index, "instrument": stem.instrument, **scores})
        print(rows[-1], flush=True)
    stems = pd.DataFrame(rows)
    columns = ["recording", "copy_synthesis", "kept"]
    instruments = stems.groupby("instrument")[columns].mean()
    instruments.insert(0, "stems", stems.groupby("instrument").size())
    instruments.loc["all"] = [len(stems), *stems[columns].mean()]
    instruments["stems"] = instruments.stems.astype(int)
    with whole_file(args.out[0]) as temporary:
        stems.to_csv(temporary, index=False, float_format="%.4f")
    with whole_file(args.out[1]) as temporary:
        text = to_markdown(instruments.round(3).reset_index())
        temporary.write_text(
            f"Pitch accuracy ({args.tracker}) of recordings and of their mels made audible again; "
            f"kept: their ratio, averaged over stems. From {provenance()}.\n\n{text}"
        )
    print(text)


if __name__ == "__main__":
    run(main)
