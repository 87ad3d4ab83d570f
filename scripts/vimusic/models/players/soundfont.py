"""A stem's MIDI played by a soundfont: what a user would do without us."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pretty_midi
import tinysoundfont

from vimusic.data.urmp import INSTRUMENTS
from vimusic.errors import UserError
from vimusic.features.audio import log_mel
from vimusic.features.roll import read_midi

KNOWS = ("roll", "instrument")
FONT = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")
VELOCITY = 80  # one for all: the MIDI carries no dynamics


def render(
    midi: str | Path, instrument: str, samples: int, sample_rate: int, font: Path = FONT
) -> np.ndarray:
    """The MIDI file as the ``instrument`` (URMP code) of General MIDI: (samples,) float32, mono.

    Raises
    ------
    UserError
        The ``font`` (.sf2, .sf3) cannot be read; as ``vimusic.features.roll.read_midi``.
    """
    synth, bank = loaded(font, sample_rate)
    synth.sounds_off()
    synth.generate(sample_rate)  # what the stem before left sounding
    synth.program_select(0, bank, 0, INSTRUMENTS[instrument][2])
    notes = read_midi(midi)
    # A note that ends where the same one starts again must end first.
    events = sorted(
        [(round(end * sample_rate), False, pitch) for _, end, pitch in notes]
        + [(round(onset * sample_rate), True, pitch) for onset, _, pitch in notes]
    )
    parts, now = [], 0
    for when, starts, pitch in [*events, (samples, False, None)]:
        when = min(when, samples)
        if when > now:
            stereo = np.frombuffer(synth.generate(when - now), np.float32).reshape(-1, 2)
            parts.append(stereo.mean(axis=1))
            now = when
        if starts:
            synth.noteon(0, pitch, VELOCITY)
        elif pitch is not None:
            synth.noteoff(0, pitch)
    return np.concatenate(parts)


@cache
def loaded(font: Path, sample_rate: int) -> tuple[tinysoundfont.Synth, int]:
    """A synthesiser and the number of the ``font`` in it: once, a large one takes seconds to decode."""
    synth = tinysoundfont.Synth(samplerate=sample_rate)
    try:
        return synth, synth.sfload(str(font))
    except RuntimeError:
        raise UserError(f"{font}: cannot be read as a soundfont; install it again") from None


def level(mel: np.ndarray) -> float:
    """Mean power of the frames of a log-mel (T, n_mels) in dB."""
    return 10 * np.log10(np.exp(mel.astype(np.float64)).sum(axis=1).mean())


def gain(mel: np.ndarray, train: Sequence[np.ndarray]) -> float:
    """Factor that brings a rendering with this log-mel ``mel`` (T, n_mels) to the mean level of the training
    stems' mels ``train``. The stem it stands for is not looked at: its level is not known to a user."""
    return 10 ** ((np.mean([level(each) for each in train]) - level(mel)) / 20)


def play(
    midi: Path,
    recording: np.ndarray,
    instrument: str,
    train: Sequence[np.ndarray],
    settings: Mapping[str, int],
    font: Path = FONT,
) -> np.ndarray:
    """See ``vimusic.models.players``; of the recording, the length is looked at."""
    signal = render(midi, instrument, len(recording), settings["sample_rate"], font)
    return signal * np.float32(gain(log_mel(signal, **settings), train))
