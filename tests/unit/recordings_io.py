"""Recordings of one's own, as ``vimusic init`` reads them, for the tests."""

import numpy as np
import soundfile
from odd_films import score
from signals import tone

RATE, SECONDS = 16000, 3.0
UP, DOWN = [(0.25, 60), (1.0, 64), (2.5, 67)], [(0.5, 50), (1.5, 47)]  # onset s, MIDI pitch


def wav(path, seconds=SECONDS, channels=1):
    """A wav, in a folder that is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    signal = tone(220, seconds, RATE)
    soundfile.write(path, np.stack([signal] * channels, axis=1), RATE)


def player(folder, name, notes=UP, program=0):
    """A wav and its MIDI."""
    wav(folder / f"{name}.wav")
    score(folder / f"{name}.mid", ("", program, *notes))
