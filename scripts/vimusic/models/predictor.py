"""A trained model as one object: frames and notes in, log-mel and sound out (paper 3.5)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from vimusic.data.leak import held_out
from vimusic.data.urmp import INSTRUMENTS, read_split
from vimusic.errors import UserError
from vimusic.features import audio
from vimusic.features.embedding import Embeddings, embed, embed_players, make_encoder, resolved
from vimusic.features.frames import FrameStore
from vimusic.features.note_features import note_features
from vimusic.features.roll import piano_roll, read_midi
from vimusic.models.clips import CODES, Seen, as_read, load_seen
from vimusic.models.given import PACKED
from vimusic.models.inference import donors, predict
from vimusic.models.outputs.transcription import notes_of, performance_of
from vimusic.models.recipe import Recipe
from vimusic.models.regressor import load
from vimusic.models.vocoders import chosen
from vimusic.settings import SCORE, default
from vimusic.timebase import TimeBase

Frames = Embeddings | FrameStore | Sequence[np.ndarray]
Notes = str | Path | Sequence[tuple[float, float, int]]


class Predictor:
    """A trained model, fed as it was in training: ``Predictor.load().play(notes="a.mid", seconds=9)``.

    ``recipe`` says what it reads, ``clock`` its times, and ``card`` of a packed one where it comes from.

    Parameters
    ----------
    model : as ``vimusic.models.regressor.build`` makes it.
    device : ``cpu`` or ``cuda``; None: a GPU where there is one.
    arithmetic : in which frames are encoded: ``float32``, ``bfloat16``, ``int8``, each faster and less exact
        than the one before; ``auto``: as ``vimusic.features.embedding.resolved``.
    name : what errors call the model.
    voice : of a model that sees notes, what plays them, and how loudly they are seen to be played.
    """

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        device: str | None = None,
        arithmetic: str = "auto",
        name: str | Path = "model",
        card: Mapping[str, Any] | None = None,
        voice: "Predictor | None" = None,
    ) -> None:
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.eval().to(self.device)
        self.recipe, self.clock, self.card, self.name = recipe, recipe.clock, dict(card or {}), name
        self.arithmetic = resolved(arithmetic, torch.device(self.device).type)
        self.voice = voice
        check_voice(self, voice)

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        device: str | None = None,
        arithmetic: str = "auto",
        voice: str | Path | None = None,
    ) -> "Predictor":
        """The model of ``results/<run>/models/<variant>.<seed>/model.safetensors``, or a packed one; if None,
        the one that comes along. ``voice`` is another such path.

        Raises
        ------
        UserError
            A missing file, or one that holds no weights of these models; as ``check_voice``.
        """
        path = PACKED if path is None else path
        model, recipe, card = load(path)
        return cls(model, recipe, device, arithmetic, path, card, cls.load(voice, device) if voice else None)

    def predict(
        self,
        frames: Frames | None = None,
        notes: Notes | None = None,
        seconds: float | None = None,
        instrument: str | None = None,
    ) -> np.ndarray:
        """Log-mel (T, n_mels) in ln power, T = 1 + round(seconds * sample rate) // hop length; that of its
        sound, if the model plays.

        Parameters
        ----------
        frames : the player's crops at ``recipe.fps`` and ``recipe.size``: a FrameStore, or V arrays
            (H, W, 3) uint8 RGB, or what ``watch`` made of them. Read if ``video`` is among ``recipe.inputs``.
        notes : a MIDI file, or (onset s, end s, MIDI pitch) triples, on the clock of the frames. Read if
            ``roll`` or ``notes`` is among the inputs.
        seconds : length; None: that of the frames.
        instrument : URMP's code, such as ``vn``. Read if ``instrument`` is among the inputs.

        Raises
        ------
        UserError
            As ``check``; a length below one window; a MIDI file that cannot be read.
        """
        given = self.infer(self.see(frames, notes, seconds, instrument))
        return self.log_mel(self.sound(given)) if self.recipe.plays else given

    def play(
        self,
        frames: Frames | None = None,
        notes: Notes | None = None,
        seconds: float | None = None,
        instrument: str | None = None,
        vocoder: str = default("inference.vocoder"),
        iterations: int = default("inference.iterations"),
        weights: str = default("inference.weights"),
    ) -> np.ndarray:
        """Waveform (N,) float32 at ``recipe.sample_rate``, N = round(seconds * sample rate).

        ``vocoder``, ``iterations`` and ``weights`` are those of the section ``inference``, for models that do
        not play themselves; the rest as in ``predict``.
        """
        seen = self.see(frames, notes, seconds, instrument)
        samples = round(
            (len(frames) / self.clock.fps if seconds is None else seconds) * self.clock.sample_rate
        )
        return self.sound(self.infer(seen), samples, vocoder, iterations, weights)

    def see(
        self, frames: Frames | None, notes: Notes | None, seconds: float | None, instrument: str | None
    ) -> Seen:
        """What ``predict`` and ``play`` are given, as ``infer`` takes it; raises as ``predict``."""
        self.check(frames, notes, instrument)
        if seconds is None:
            if frames is None:
                raise UserError(f"{self.name}: neither frames nor seconds say how long to play")
            seconds = len(frames) / self.clock.fps
        mel_frames = self.clock.mel_frames(round(seconds * self.clock.sample_rate))
        if mel_frames < self.longest.window_mels:
            raise UserError(
                f"{self.name}: {seconds:.3f} s are shorter than one window of {self.longest.window_s:.3f} s"
            )
        tables = {}
        if notes is not None:
            triples = read_midi(notes) if isinstance(notes, str | Path) else notes
            tables = as_read_by(self.recipe, triples, mel_frames)
        code = 0 if instrument is None else CODES.index(instrument)
        return Seen("", mel_frames, code, frames=frames, **tables)

    def check(self, frames: Any, notes: Any, instrument: str | None) -> None:
        """``UserError`` unless exactly what the model reads is given, and the instrument is known."""
        inputs = self.inputs
        if "performance" in inputs:
            raise UserError(f"{self.name}: the model reads the recording that it is to make; choose another")
        for value, words, reads in (
            (frames, "a video", "video" in inputs),
            (notes, "notes", bool(inputs & SCORE)),
            (instrument, "the instrument", "instrument" in inputs),
        ):
            if reads and value is None:
                raise UserError(f"{self.name}: the model reads {words}; give {words} too")
            if not reads and value is not None:
                raise UserError(f"{self.name}: the model does not read {words}; leave that out")
        if instrument not in (None, *CODES):
            raise UserError(f"{instrument}: no such instrument; there are {' '.join(CODES)}")

    @property
    def inputs(self) -> set[str]:
        """What it, and its voice, must be given."""
        spoken = set(self.voice.recipe.inputs) - SCORE - {"performance"} if self.voice else set()
        return set(self.recipe.inputs) | spoken

    @property
    def longest(self) -> TimeBase:
        """The clock of the longer windows, its own or its voice's: nothing shorter can be played."""
        clocks = [self.clock, *([self.voice.longest] if self.voice else [])]
        return max(clocks, key=lambda clock: clock.window)

    def infer(self, seen: Seen, stitch: str = "exact", step: int | None = None) -> np.ndarray:
        """Log-mel (T, n_mels) of a stem by what is ``seen`` of it, or controls (T, C) if the model plays;
        ``step`` video frames between windows, as in ``read``.
        """
        code = CODES[seen.instrument]
        if "instrument" in self.recipe.inputs and self.recipe.heard and code not in self.recipe.heard:
            name, family, _ = INSTRUMENTS[code]
            print(f"{self.name}: has heard no {name}; it plays the {family} that it knows")
        given = self.read(seen, step, stitch)
        return given if self.voice is None else self.voice.infer(self.interpreted(seen, given), stitch, step)

    def read(self, seen: Seen, step: int | None = None, stitch: str = "exact") -> np.ndarray:
        """What the model itself makes of what is ``seen``, as its output gives it, (T, C), unvoiced.

        ``step`` video frames lie between windows, half a window if None. Where that would leave gaps between
        short windows of the model's own, a quarter of one does: of so short a look, more are needed.
        """
        if step is None:
            step = self.clock.step
        elif step > self.clock.window:
            step = max(1, self.clock.window // 4)
        return predict(self.model, self.embedded(seen), replace(self.clock, step=step), stitch, self.device)

    def interpreted(self, seen: Seen, given: np.ndarray) -> Seen:
        """What the voice is to play: the notes that the model read, else those that it saw, as loudly and as
        much out of tune as it saw them."""
        tables = {"performance": performance_of(given)}
        if not SCORE & set(self.recipe.inputs):
            tables |= as_read_by(self.voice.recipe, notes_of(given, self.clock), seen.mel_frames)
        return replace(seen, visual=None, frames=None, **tables)

    def shown(self, seen: Seen, donor: Seen) -> Seen:
        """``seen`` with the video of ``donor``, cut or repeated to its own length."""
        length = len(seen.frames if seen.visual is None else seen.visual)
        visual = self.embedded(donor).visual
        return replace(seen, visual=np.resize(visual, (length, visual.shape[1])), frames=None)

    def embedded(self, seen: Seen) -> Seen:
        """``seen`` with its frames, if it has any, replaced by their embeddings: each frame once, although
        windows overlap."""
        if seen.frames is None:
            return seen
        visual = embed(self._encoder, seen.frames, self.device, self.arithmetic)
        if not self.recipe.finetune:  # the model has never seen finer ones than are stored
            visual = as_read(visual.astype(self._encoder.stored), self.recipe.centre)
        return replace(seen, visual=visual, frames=None)

    def eyes(self, players: int) -> list[nn.Module]:
        """An encoder for each of ``players``, for ``watch``: another one each where it remembers frames."""
        fresh = getattr(self._folded, "fresh", lambda: self._folded)
        return [fresh() for _ in range(players)]

    def watch(self, crops: Iterable[tuple[int, np.ndarray]], eyes: Sequence[nn.Module]) -> list[Embeddings]:
        """Each player's frames for ``predict``, from (player, crop) as ``crop_players`` yields them: each is
        encoded as it comes, and only its embedding is kept. A film's next frames need the same ``eyes``."""
        return embed_players(eyes, crops, self.device)

    @cached_property
    def _folded(self) -> nn.Module:
        """Once: each folding is a copy, which Python's collector finds late."""
        return self._encoder.folded(self.arithmetic)

    @cached_property
    def _encoder(self) -> nn.Module:
        if self.recipe.finetune:
            return next(part.encoder for part in self.model.inputs if hasattr(part, "encoder"))
        encoder = make_encoder(self.recipe.encoder, self.recipe.weights, self.recipe.encoder_seed)
        return encoder.to(self.device)

    def sound(
        self,
        given: np.ndarray,
        samples: int | None = None,
        vocoder: str = default("inference.vocoder"),
        iterations: int = default("inference.iterations"),
        weights: str = default("inference.weights"),
    ) -> np.ndarray:
        """Waveform (samples,) float32 of what ``infer`` gave; as short as its frames allow if None."""
        samples = self.clock.samples(len(given)) if samples is None else samples
        if self.voice is not None:
            return self.voice.sound(given, samples)
        if not self.recipe.plays:
            return chosen(vocoder, iterations, weights)(given, samples, **self.recipe.audio)
        generator = torch.Generator(self.device).manual_seed(0)
        with torch.inference_mode():
            controls = torch.from_numpy(given).to(self.device).unsqueeze(0)
            return self.model.output.render(controls, samples, generator)[0].cpu().numpy()

    def log_mel(self, signal: np.ndarray) -> np.ndarray:
        """Log-mel (T, n_mels) of a waveform (N,), as the model's truth has it."""
        return audio.log_mel(signal, n_mels=self.recipe.n_mels, **self.recipe.audio)


def as_read_by(
    recipe: Recipe, notes: Sequence[tuple[float, float, float]], mel_frames: int
) -> dict[str, np.ndarray]:
    """The forms of the ``notes`` that a model of this ``recipe`` reads, each (mel_frames, n)."""
    makers = {"roll": piano_roll, "notes": note_features}
    return {
        name: make(notes, mel_frames, recipe.clock) for name, make in makers.items() if name in recipe.reads
    }


def check_voice(predictor: Predictor, voice: Predictor | None) -> None:
    """``UserError`` unless the ``predictor`` has a ``voice`` exactly where it sees notes, one on its clocks
    that plays what it sees and reads."""
    name, recipe = predictor.name, predictor.recipe
    if voice is None:
        if recipe.sees_notes:
            raise UserError(f"{name}: the model sees notes and does not play them; name a voice too")
        return
    if not recipe.sees_notes:
        raise UserError(f"{name}: the model sees no notes for {voice.name} to play; leave the voice out")
    lacks = SCORE & set(recipe.inputs) and SCORE & set(voice.recipe.reads) - set(recipe.reads)
    mine, spoken = (replace(each.clock, window=1, step=1) for each in (predictor, voice))
    if "video" in voice.recipe.inputs or not voice.recipe.plays or spoken != mine or lacks:
        raise UserError(
            f"{voice.name}: is no voice for {name}; name one of its run that plays the notes it sees or reads"
        )


def held_out_seen(
    split: Path, features: Path, predictor: Predictor, control: str = ""
) -> Iterator[tuple[str, Seen, int]]:
    """Name, what is seen, and samples of each held-out stem; ``control`` ``shuffled`` shows another's video.

    Raises
    ------
    UserError
        A control of a model that reads no video; as ``donors`` and ``load_seen``.
    """
    if control and "video" not in predictor.recipe.inputs:
        raise UserError(f"{predictor.name}: reads no video; there is nothing to shuffle")
    table = read_split(split)
    # A stem stands in every part where the split is by clip; its features are the same.
    rows = {row.Index: row for row in table.itertuples()}
    donor = donors(table) if control else {}
    for name in held_out(table).index:
        row = rows[name]
        seen = load_seen(row, features, predictor.recipe)
        if name in donor:
            seen = predictor.shown(seen, load_seen(rows[donor[name]], features, predictor.recipe))
        told = f", shown {donor[name]}" if name in donor else ""
        print(f"{name}: {seen.mel_frames} mel frames{told}", flush=True)
        yield (
            name,
            seen,
            json.loads((features / row.piece / str(row.track) / "length.json").read_text())["samples"],
        )
