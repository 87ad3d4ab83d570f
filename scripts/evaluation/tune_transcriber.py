"""Choose the thresholds of our transcriber on recordings, and tell what they are worth on a title not seen.

Thresholds drawn at random transcribe every recording; for each title those are chosen that do best on the
other titles, and their note F1 on the title left out is the honest figure.
"""

from pathlib import Path
from typing import Annotated

import numpy as np

from vimusic.captions import provenance
from vimusic.data.leak import whole_stems
from vimusic.data.urmp import read_notes, read_split
from vimusic.errors import UserError, run, whole_file
from vimusic.evaluation import onsets, pitch, transcription
from vimusic.evaluation.markup import to_markdown
from vimusic.evaluation.transcribers import ours
from vimusic.features import audio
from vimusic.options import program, settings

CHOICES = ours.Thresholds(
    smooth=[1, 3, 5, 7],
    change=[0.4, 0.5, 0.55, 0.6, 0.8],
    sure=[0.1, 0.3, 0.5, 0.7],
    shortest=[0.05, 0.06, 0.07, 0.08, 0.1],
    gap=[0.03, 0.05, 0.1, 0.15, 0.2],
    before=[0.02, 0.03, 0.04, 0.06],
    after=[0, 0.02, 0.03, 0.04],
    rise=[9, 12, 15, 18, 21],
)


def drawn(draws: int) -> list[ours.Thresholds]:
    """Thresholds drawn from ``CHOICES``, the same ones each time."""
    rng = np.random.default_rng(0)
    return [ours.Thresholds(*(values[rng.integers(len(values))] for values in CHOICES)) for _ in range(draws)]


def nested(scores: np.ndarray, titles: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
    """Leave one title out: the score of each stem by what is best on the other titles' stems, (n,), and
    title -> which that is.

    Parameters
    ----------
    scores : (draws, n) of each stem.
    titles : (n,)
    """
    best = {title: int(scores[:, titles != title].mean(axis=1).argmax()) for title in np.unique(titles)}
    return scores[[best[title] for title in titles], np.arange(len(titles))], best


@program
@settings("audio.sample_rate", "evaluation.tracker")
def main(
    split: Path,
    data: Path,
    table: Annotated[Path, "per stem (.csv)"],
    markdown: Annotated[Path, "per title (.md)"],
    settings,
    draws: Annotated[int, "thresholds to try"] = 300,
):
    sample_rate = settings.audio.sample_rate
    stems = whole_stems(read_split(split))
    if stems.title.nunique() < 2:
        raise UserError(f"{split}: holds one title; choosing on the others needs two")
    heard = []
    for stem in stems.itertuples():
        signal = audio.load(data / stem.piece / stem.audio, sample_rate)
        estimate = pitch.track(signal, sample_rate, settings.evaluation.tracker)
        strikes = ours.attacks(signal, onsets.strength(signal, sample_rate), sample_rate)
        heard.append((read_notes(data / stem.piece / stem.notes), *estimate, *strikes))
    tried = drawn(draws)
    scores = np.array(
        [
            [transcription.note_f1(notes, *ours.segment(*sound, limits)) for notes, *sound in heard]
            for limits in [ours.CHOSEN, *tried]
        ]
    )
    held, best = nested(scores[1:], stems.title.to_numpy())
    everywhere = int(scores[1:].mean(axis=1).argmax())
    found = stems[["title", "instrument"]].assign(now=scores[0], left_out=held, seen=scores[1:][everywhere])
    by_title = found.groupby("title")[["now", "left_out", "seen"]].mean()
    by_title["chosen on the others"] = [str(tuple(tried[best[title]])) for title in by_title.index]
    mean = found[["now", "left_out", "seen"]].mean()
    by_title.loc["all stems"] = [*mean, f"on all: {tuple(tried[everywhere])}"]
    with whole_file(table) as temporary:
        found.to_csv(temporary, float_format="%.4f")
    with whole_file(markdown) as temporary:
        text = to_markdown(by_title.round(3).reset_index())
        temporary.write_text(
            f"Note F1 of {len(stems)} recordings by our transcriber, f0 by {settings.evaluation.tracker}: by "
            "its thresholds now, by those chosen on the other titles, by those chosen on all "
            f"({', '.join(ours.Thresholds._fields)}; {draws} drawn). From {provenance()}.\n\n{text}"
        )
    print(text)


if __name__ == "__main__":
    run(main)
