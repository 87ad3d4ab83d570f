"""What the vocoder keeps of every stem's pitch: recording against copy-synthesis."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from vimusic.captions import provenance
from vimusic.data.leak import whole_stems
from vimusic.data.urmp import annotated_f0, read_split
from vimusic.errors import run, whole_file
from vimusic.evaluation import metrics, pitch
from vimusic.evaluation.markup import to_markdown
from vimusic.features import audio
from vimusic.models.vocoders import chosen
from vimusic.options import program, settings


@program
@settings(
    "audio.sample_rate",
    "audio.n_fft",
    "audio.hop_length",
    "inference.vocoder",
    "inference.iterations",
    "inference.weights",
    "evaluation.tracker",
)
def main(
    split: Path,
    data: Path,
    features: Path,
    table: Annotated[Path, "per stem (.csv)"],
    markdown: Annotated[Path, "per instrument (.md)"],
    settings,
):
    sample_rate, tracker = settings.audio.sample_rate, settings.evaluation.tracker
    vocode = chosen(settings.inference.vocoder, settings.inference.iterations, settings.inference.weights)
    rows = []
    for stem in whole_stems(read_split(split)).itertuples():
        folder = data / stem.piece
        recording = audio.load(folder / stem.audio, sample_rate)
        mel = np.load(features / stem.piece / str(stem.track) / "mel.npy")
        copy = vocode(mel, len(recording), **settings.audio)
        *reference, _ = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
        scores = {}
        for name, signal in (("recording", recording), ("copy_synthesis", copy)):
            estimate = pitch.track(signal, sample_rate, tracker)
            scores[name] = metrics.within(metrics.aligned(reference, estimate), metrics.SEMITONE)
        scores["kept"] = scores["copy_synthesis"] / scores["recording"]
        rows.append({"stem": stem.Index, "instrument": stem.instrument, **scores})
        print(rows[-1], flush=True)
    stems = pd.DataFrame(rows)
    columns = ["recording", "copy_synthesis", "kept"]
    instruments = stems.groupby("instrument")[columns].mean()
    instruments.insert(0, "stems", stems.groupby("instrument").size())
    instruments.loc["all"] = [len(stems), *stems[columns].mean()]
    instruments["stems"] = instruments.stems.astype(int)
    with whole_file(table) as temporary:
        stems.to_csv(temporary, index=False, float_format="%.4f")
    with whole_file(markdown) as temporary:
        text = to_markdown(instruments.round(3).reset_index())
        temporary.write_text(
            f"Pitch accuracy ({tracker}) of recordings and of their mels made audible again; "
            f"kept: their ratio, averaged over stems. From {provenance()}.\n\n{text}"
        )
    print(text)


if __name__ == "__main__":
    run(main)
