"""How far the f0 trackers agree with each other and with the annotation, and how fast they are.

On recordings, and on copy-synthesis, whose artefacts are those of every predicted row.
"""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from vimusic.captions import provenance
from vimusic.data.leak import held_out
from vimusic.data.urmp import annotated_f0, read_split
from vimusic.errors import UserError, run, whole_file
from vimusic.evaluation import metrics, pitch
from vimusic.evaluation.markup import to_markdown
from vimusic.features import audio
from vimusic.options import program, settings


@program
@settings("audio.sample_rate")
def main(
    split: Path,
    data: Path,
    wavs: Annotated[Path, "table of the wavs of copy-synthesis"],
    table: Annotated[Path, "per stem (.csv)"],
    markdown: Annotated[Path, "per tracker (.md)"],
    settings,
    select: Annotated[list[str], "held-out stems to listen to; all if not given"] = [],  # noqa: B006
):
    sample_rate = settings.audio.sample_rate
    test = held_out(read_split(split))
    chosen = select or list(test.index)
    unknown = [stem for stem in chosen if stem not in test.index]
    if unknown:
        raise UserError(f"{split}: {unknown[0]} is no held-out stem; correct --select")
    copies = pd.read_csv(wavs, sep="\t", index_col="stem").path
    without = [stem for stem in chosen if stem not in copies]
    if without:
        raise UserError(f"{wavs}: has no wav of {without[0]}; is it of another run?")
    noise = np.random.default_rng(0).standard_normal(sample_rate)
    for tracker in pitch.TRACKERS:
        pitch.track(noise, sample_rate, tracker)  # loading is not tracking
    rows = []
    for stem in test.loc[chosen].itertuples():
        folder = data / stem.piece
        *reference, _ = annotated_f0(folder / stem.f0s, folder / stem.notes, stem.seconds)
        reference, seconds = stem.cut.track(*reference), stem.cut.seconds(stem.seconds)
        sounds = {
            "recording": audio.load(folder / stem.audio, sample_rate),
            "copy_synthesis": audio.read(copies[stem.Index]),
        }
        for sound, whole in sounds.items():
            signal = stem.cut.array(whole, sample_rate)
            tracks, speed = {}, {}
            for tracker in pitch.TRACKERS:
                start = time.perf_counter()
                tracks[tracker] = pitch.track(signal, sample_rate, tracker)
                speed[tracker] = (time.perf_counter() - start) / seconds
            for tracker, f0 in tracks.items():
                agreement = {name: metrics.pitch_agreement(other, f0) for name, other in tracks.items()}
                accuracy = metrics.within(metrics.aligned(reference, f0), metrics.SEMITONE)
                shared = {"stem": stem.Index, "instrument": stem.instrument, "sound": sound}
                shared |= {"tracker": tracker, "pitch_accuracy": accuracy}
                rows.append(shared | agreement | {"seconds_per_second": speed[tracker]})
                print(rows[-1], flush=True)
    heard = pd.DataFrame(rows)
    trackers = heard.drop(columns=["stem", "instrument"]).groupby(["sound", "tracker"], sort=False).mean()
    text = to_markdown(trackers.round(3).reset_index())
    with whole_file(table) as temporary:
        heard.to_csv(temporary, index=False, float_format="%.4f")
    with whole_file(markdown) as temporary:
        temporary.write_text(
            f"Mean over {len(chosen)} stems: pitch accuracy against the annotation, share of commonly voiced "
            f"frames within 50 cents of each tracker, seconds per second of sound. "
            f"From {provenance()}.\n\n{text}"
        )
    print(text)


if __name__ == "__main__":
    run(main)
