"""The held-out stems as an anchor plays them that carries its own sound: wavs, and their log-mels."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np

from vimusic.data.leak import held_out, part_of
from vimusic.data.urmp import read_split
from vimusic.errors import run
from vimusic.features import audio
from vimusic.models.players import PLAYERS
from vimusic.options import program, settings


@program
@settings("audio.sample_rate", "audio.n_fft", "audio.hop_length", "audio.n_mels")
def main(
    row: str,
    split: Path,
    data: Path,
    features: Path,
    mels: Path,
    wavs: Path,
    settings,
    font: Annotated[Path | None, "of a row that plays from a soundfont of the user's"] = None,
):
    table, rate = read_split(split), settings.audio.sample_rate
    play = partial(PLAYERS[row], font=font) if font else PLAYERS[row]
    folders = {stem.Index: features / stem.piece / str(stem.track) for stem in table.itertuples()}
    train = [
        stem.cut.array(np.load(folders[stem.Index] / "mel.npy"), rate / settings.audio.hop_length)
        for stem in part_of(table, "train").itertuples()
    ]

    def played() -> Iterator[tuple[str, np.ndarray]]:
        for stem in held_out(table).itertuples():
            recording = audio.load(data / stem.piece / stem.audio, rate)
            midi = folders[stem.Index] / "notes.mid"
            yield stem.Index, play(midi, recording, stem.instrument, train, settings.audio)

    audio.save_row(mels, wavs, played(), **settings.audio)


if __name__ == "__main__":
    run(main)
