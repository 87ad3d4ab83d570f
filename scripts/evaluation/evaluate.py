"""Score one row of Table 1 on the held-out stems (paper 4.2)."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic.evaluation import activity, metrics, onsets, pitch, spectra, transcription
from vimusic.features import audio
from vimusic.errors import run, whole_file
from vimusic.data.leak import Cut, numbers
from vimusic.options import parser
from vimusic.data.urmp import annotated_f0, read_notes, read_split


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--row", required=True, help="name of the row")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--data", required=True, help="dataset folder, for recordings and annotations")
    options.add_argument("--features", required=True, help="folder of the stems' features")
    options.add_argument("--mels", required=True, help="predicted log-mels (.npz)")
    options.add_argument("--wavs", required=True, help="table of the synthesized wavs")
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--fps", type=int, required=True, help="video frames per second")
    options.add_argument("--window", type=int, required=True, help="video frames of a clip")
    options.add_argument("--tracker", choices=pitch.TRACKERS, required=True)
    options.add_argument("--out", required=True, help=".csv: stem, metric, value")
    args = options.parse_args(argv)

    table = read_split(args.split)
    wavs = pd.read_csv(args.wavs, sep="\t", index_col="stem")
    rows = []
    with np.load(args.mels) as mels:
        for stem in table[table.split == "test"].itertuples():
            cut = Cut(numbers(stem.clips), args.window / args.fps)
            frames = args.sample_rate / args.hop_length
            true = np.load(Path(args.features) / stem.piece / str(stem.track) / "mel.npy")
            predicted = cut.array(mels[stem.Index], frames)
            true = cut.array(true[: len(mels[stem.Index])], frames)
            folder = Path(args.data) / stem.piece
            *reference, source = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
            reference = cut.track(*reference)
            notes = cut.notes(read_notes(folder / stem.notes))
            recording = cut.array(audio.load(folder / stem.audio, args.sample_rate), args.sample_rate)
            signal = cut.array(audio.read(wavs.path[stem.Index]), args.sample_rate)
            estimate = pitch.track(signal, args.sample_rate, args.tracker)
            flux, true_flux = (onsets.strength(x, args.sample_rate) for x in (signal, recording))
            struck = onsets.detect(flux, args.sample_rate)
            scores = {
                "mse": metrics.log_mel_mse(predicted, true),
                "loudness_corr": metrics.loudness_correlation(predicted, true),
                **metrics.pitch_scores(reference, estimate),
                "onset_f1": onsets.onset_f1(notes.onset, struck),
                "note_f1": transcription.note_f1(notes, estimate, struck),
                "activity_f1": activity.activity_f1(notes, activity.sounding(signal), args.sample_rate),
                "chroma": spectra.chroma_similarity(signal, recording, args.sample_rate),
                "mr_stft": spectra.mr_stft(signal, recording),
                "av_lag": onsets.lag(flux, true_flux, args.sample_rate),
            }
            rows += [
                {
                    "stem": stem.Index,
                    "piece": stem.piece,
                    "title": stem.title,
                    "instrument": stem.instrument,
                    "row": args.row,
                    "seed": args.seed,
                    "metric": metric,
                    "value": value,
                }
                for metric, value in scores.items()
            ]
            print(
                f"{args.row} {stem.Index}: mse {scores['mse']:.2f}, pitch "
                f"{scores['pitch_accuracy']:.1%} against {source}",
                flush=True,
            )
    with whole_file(args.out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)


if __name__ == "__main__":
    run(main)
