"""Score one row of Table 1 on the held-out stems (paper 4.2)."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from vimusic.data.leak import held_out
from vimusic.data.urmp import annotated_f0, read_notes, read_split
from vimusic.errors import run, whole_file
from vimusic.evaluation import frechet, metrics
from vimusic.features import audio
from vimusic.options import program, settings


@program
@settings("audio.sample_rate", "audio.hop_length", "evaluation.tracker")
def main(
    row: Annotated[str, "name of the row"],
    seed: int,
    split: Path,
    data: Path,
    features: Path,
    mels: Path,
    wavs: Path,
    out: Annotated[Path, ".csv: stem, metric, value"],
    embeddings: Annotated[Path, ".npz: their sums over all stems, for the Fréchet distance"],
    settings,
):
    sample_rate, hop_length = settings.audio.sample_rate, settings.audio.hop_length
    tracker = settings.evaluation.tracker
    table = read_split(split)
    wavs = pd.read_csv(wavs, sep="\t", index_col="stem")
    rows, sums = [], frechet.Sums.none()
    with np.load(mels) as mels:
        for stem in held_out(table).itertuples():
            cut = stem.cut
            frames = sample_rate / hop_length
            true = np.load(features / stem.piece / str(stem.track) / "mel.npy")
            predicted = cut.array(mels[stem.Index], frames)
            true = cut.array(true[: len(mels[stem.Index])], frames)
            folder = data / stem.piece
            *reference, source = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
            heard = metrics.Heard(
                predicted=predicted,
                true=true,
                signal=cut.array(audio.read(wavs.path[stem.Index]), sample_rate),
                recording=cut.array(audio.load(folder / stem.audio, sample_rate), sample_rate),
                sample_rate=sample_rate,
                hop_length=hop_length,
                reference=cut.track(*reference),
                notes=cut.notes(read_notes(folder / stem.notes)),
                tracker=tracker,
            )
            scores = metrics.measure(heard)
            seconds = len(heard.signal) / sample_rate
            sums = sums.plus(frechet.sums(heard.activations, heard.notes, seconds))
            rows += [
                {
                    "stem": stem.Index,
                    "piece": stem.piece,
                    "title": stem.title,
                    "instrument": stem.instrument,
                    "row": row,
                    "seed": seed,
                    "metric": metric,
                    "value": value,
                }
                for metric, value in scores.items()
            ]
            told = [f"{m.label} {m.factor * scores[m.name]:.{m.decimals}f}" for m in metrics.reported()]
            print(f"{row} {stem.Index}: {'; '.join(told)}; against {source}", flush=True)
    with whole_file(out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)
    with whole_file(embeddings) as temporary:
        np.savez(temporary, **sums._asdict())


if __name__ == "__main__":
    run(main)
