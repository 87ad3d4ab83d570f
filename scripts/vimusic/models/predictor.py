"""A trained model as one object: frames and notes in, log-mel and sound out (paper 3.5)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from vimusic.errors import UserError
from vimusic.features.embedding import Embeddings, computes_bf16, embed, embed_players, make_encoder
from vimusic.features.frames import FrameStore
from vimusic.features.roll import piano_roll, read_midi
from vimusic.models.clips import CODES, Seen, as_read
from vimusic.models.inference import predict
from vimusic.models.recipe import Recipe
from vimusic.models.regressor import load
from vimusic.models.vocoders import VOCODERS
from vimusic.settings import default

Frames = Embeddings | FrameStore | Sequence[np.ndarray]
Notes = str | Path | Sequence[tuple[float, float, int]]


class Predictor:
    """A trained model, fed as it was in training. ``Predictor.load(path).predict(frames, notes, seconds)``.

    ``recipe`` says what it reads, and ``clock`` its times.

    Parameters
    ----------
    model : as ``vimusic.models.regressor.build`` makes it.
    device : ``cpu`` or ``cuda``; None: a GPU where there is one.
    bf16 : encode frames in bfloat16, in half the time; None: where the processor computes in it.
    name : what errors call the model.
    """

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        device: str | None = None,
        bf16: bool | None = None,
        name: str | Path = "model",
    ):
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.eval().to(self.device)
        self.recipe, self.clock, self.name = recipe, recipe.clock, name
        self.bf16 = computes_bf16(torch.device(self.device).type) if bf16 is None else bf16

    @classmethod
    def load(cls, path: str | Path, device: str | None = None, bf16: bool | None = None) -> "Predictor":
        """The model of ``results/<run>/models/<variant>.<seed>/model.pt``.

        Raises
        ------
        UserError
            A missing file, or one that holds no weights of these models.
        """
        return cls(*load(path), device=device, bf16=bf16, name=path)

    def predict(
        self,
        frames: Frames | None = None,
        notes: Notes | None = None,
        seconds: float | None = None,
        instrument: str | None = None,
    ) -> np.ndarray:
        """Log-mel (T, n_mels) in ln power, T = 1 + round(seconds * sample rate) // hop length.

        Parameters
        ----------
        frames : the player's crops at ``recipe.fps`` and ``recipe.size``: a FrameStore, or V arrays
            (H, W, 3) uint8 RGB, or what ``watch`` made of them. Read if ``video`` is among ``recipe.inputs``.
        notes : a MIDI file, or (onset s, end s, MIDI pitch) triples, on the clock of the frames. Read if
            ``roll`` is among the inputs.
        seconds : length; None: that of the frames.
        instrument : URMP's code, such as ``vn``. Read if ``instrument`` is among the inputs.

        Raises
        ------
        UserError
            As ``check``; a length below one window; a MIDI file that cannot be read.
        """
        self.check(frames, notes, instrument)
        if seconds is None:
            if frames is None:
                raise UserError(f"{self.name}: neither frames nor seconds say how long to play")
            seconds = len(frames) / self.clock.fps
        mel_frames = self.clock.mel_frames(round(seconds * self.clock.sample_rate))
        if mel_frames < self.clock.window_mels:
            window = self.clock.window / self.clock.fps
            raise UserError(f"{self.name}: {seconds:.3f} s are shorter than one window of {window:.3f} s")
        roll = None
        if notes is not None:
            triples = read_midi(notes) if isinstance(notes, str | Path) else notes
            roll = piano_roll(triples, mel_frames, self.clock)
        code = 0 if instrument is None else CODES.index(instrument)
        return self.infer(Seen("", mel_frames, code, roll, frames=frames))

    def check(self, frames: Any, notes: Any, instrument: str | None) -> None:
        """``UserError`` unless exactly what the model reads is given, and the instrument is known."""
        given = {"video": frames, "roll": notes, "instrument": instrument}
        words = {"video": "a video", "roll": "notes", "instrument": "the instrument"}
        for what, value in given.items():
            if what in self.recipe.inputs and value is None:
                raise UserError(f"{self.name}: the model reads {words[what]}; give {words[what]} too")
            if what not in self.recipe.inputs and value is not None:
                raise UserError(f"{self.name}: the model does not read {words[what]}; leave that out")
        if instrument not in (None, *CODES):
            raise UserError(f"{instrument}: no such instrument; there are {' '.join(CODES)}")

    def infer(self, seen: Seen, stitch: str = "exact", step: int | None = None) -> np.ndarray:
        """Log-mel of a stem by what is ``seen`` of it; ``step`` video frames between windows, half a window
        if None. See ``vimusic.models.inference.predict``."""
        clock = self.clock if step is None else replace(self.clock, step=step)
        return predict(self.model, self.embedded(seen), clock, stitch, self.device)

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
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.bf16):
            visual = embed(self._encoder, seen.frames, self.device)
        if not self.recipe.finetune:  # stored embeddings are float16; the model has never seen finer ones
            visual = as_read(visual.astype(np.float16), self.recipe.centre)
        return replace(seen, visual=visual, frames=None)

    def watch(self, crops: Iterable[tuple[int, np.ndarray]], players: int) -> list[Embeddings]:
        """Each player's frames for ``predict``, from (player, crop) as ``crop_players`` yields them: each is
        encoded as it comes, and only its embedding is kept."""
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.bf16):
            return embed_players(self._folded, crops, players, self.device)

    @cached_property
    def _folded(self) -> nn.Module:
        """Once: each folding is a copy, which Python's collector finds late."""
        return self._encoder.folded()

    @cached_property
    def _encoder(self) -> nn.Module:
        if self.recipe.finetune:
            return next(part.encoder for part in self.model.inputs if hasattr(part, "encoder"))
        encoder = make_encoder(self.recipe.encoder, self.recipe.weights, self.recipe.encoder_seed)
        return encoder.to(self.device)

    def sound(
        self,
        mel: np.ndarray,
        seconds: float | None = None,
        vocoder: str = default("inference.vocoder"),
        iterations: int = default("inference.iterations"),
    ) -> np.ndarray:
        """Waveform (N,) float32 at ``recipe.sample_rate`` of a log-mel (T, n_mels); ``seconds`` long, or as
        short as its frames allow. ``vocoder`` and ``iterations`` are those of the section ``inference``."""
        rate = self.clock.sample_rate
        length = self.clock.samples(len(mel)) if seconds is None else round(seconds * rate)
        return VOCODERS[vocoder](mel, length, iterations=iterations, **self.recipe.audio)
