"""Give a silent video a voice: one player of any video through a trained model (paper 3.5).

A model that reads notes too needs --midi, on the video's clock; one that reads the instrument, --instrument.
"""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import ffmpeg
import imageio_ffmpeg
import numpy as np

from vimusic.errors import UserError, run, whole_file
from vimusic.features import audio
from vimusic.features.crops import CROPS
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.features.video import crop_players
from vimusic.models.predictor import Predictor
from vimusic.models.recipe import Recipe
from vimusic.options import program
from vimusic.settings import default


def frame_store(path: Path, out: Path, recipe: Recipe, slot: int, players: int) -> FrameStore:
    """Crops of player ``slot`` (from the left, from 1) of ``players``, as a model of this ``recipe`` sees
    them, written to ``out``."""
    player = SimpleNamespace(slot=slot, players=players, crop_x="", crop_y="", crop_side="")
    crops = CROPS[recipe.crops](path, [player])
    with FrameWriter(out) as store:
        for _, frame in crop_players(path, crops, [0], recipe.size, recipe.fps):
            store.append(1, frame)
    return FrameStore(out, 1)


def mux(path: Path, signal: np.ndarray, sample_rate: int, seconds: float, out: Path) -> None:
    """The video at ``path`` with the sound ``signal`` (N,), ``seconds`` long, as ``out``."""
    with tempfile.TemporaryDirectory() as folder, whole_file(out) as temporary:
        wav = Path(folder) / "sound.wav"
        audio.save(wav, signal, sample_rate)
        picture, sound = ffmpeg.input(str(path)).video, ffmpeg.input(str(wav)).audio
        # An explicit duration: -shortest drops frames.
        film = ffmpeg.output(picture, sound, str(temporary), vcodec="copy", acodec="aac", t=seconds)
        film.global_args("-loglevel", "error").overwrite_output().run(cmd=imageio_ffmpeg.get_ffmpeg_exe())


@program
def main(
    video: Path,
    model: Path,
    out: Path,
    slot: int = 1,
    players: int = 1,
    midi: Path | None = None,
    instrument: str | None = None,
    vocoder: str = default("inference.vocoder"),
    iterations: int = default("inference.iterations"),
    float32: bool = False,
):
    if out.suffix not in (".wav", ".mp4"):
        raise UserError(f"{out}: name a .wav or an .mp4")
    if players < 1:
        raise UserError(f"--players {players}: give 1 or more")
    if not 1 <= slot <= players:
        raise UserError(f"--slot {slot}: with --players {players} it is a number from 1 to {players}")
    if iterations < 1:
        raise UserError(f"--iterations {iterations}: give 1 or more")
    predictor = Predictor.load(model, bf16=False if float32 else None)
    predictor.check(video, midi, instrument)
    with tempfile.TemporaryDirectory() as folder:
        frames = frame_store(video, Path(folder) / "frames.zip", predictor.recipe, slot, players)
        mel = predictor.predict(frames, midi, instrument=instrument)
    seconds, rate = len(frames) / predictor.recipe.fps, predictor.recipe.sample_rate
    signal = predictor.sound(mel, seconds, vocoder, iterations)
    if out.suffix == ".wav":
        audio.save(out, signal, rate)
    else:
        mux(video, signal, rate, seconds, out)
    print(f"{out}: {seconds:.2f} s of sound from {len(frames)} frames")


if __name__ == "__main__":
    run(main)
