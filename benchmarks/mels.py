"""Log-mel and resampling against librosa's own, and the largest difference between them.

python benchmarks/mels.py --out results/benchmarks/mels.csv
"""

import contextlib
import os
import statistics
import tempfile
from pathlib import Path

import librosa
import numpy as np
import soundfile

from harness import alternate, row, save
from vimusic.errors import run
from vimusic.features import audio
from vimusic.options import program

RECORDED, RATE, N_FFT, HOP, N_MELS = 48000, 22050, 1024, 256, 80


def tones(seconds, rate):
    """A chord of decaying tones with noise between the notes: (N,) float32."""
    time = np.arange(int(seconds * rate)) / rate
    rng = np.random.default_rng(0)
    notes = sum(np.sin(2 * np.pi * hertz * time) for hertz in 220 * 2 ** (np.arange(0, 36, 5) / 12))
    return (0.05 * notes * np.exp(-3 * (time % 0.5)) + 1e-3 * rng.normal(size=len(time))).astype(np.float32)


def their_mel(signal):
    """librosa's power mel spectrogram and its logarithm, (T, n_mels)."""
    mel = librosa.feature.melspectrogram(
        y=signal, sr=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS, fmin=audio.FMIN, fmax=audio.FMAX
    )
    return np.log(np.maximum(mel, audio.FLOOR)).T


@program
def main(out: Path, seconds: float = 120, repeats: int = 5):
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "stem.wav"
        soundfile.write(wav, tones(seconds, RECORDED), RECORDED, subtype="PCM_24")
        save(out, measure(wav, seconds, repeats))


def measure(wav, seconds, repeats):
    """Rows of the table, from a wav at 48 kHz."""

    def our_load():
        with contextlib.redirect_stdout(None):  # its notice
            return audio.load(wav, RATE)

    def their_load():
        return librosa.load(wav, sr=RATE)[0]

    signal = our_load()

    def our_mel():
        return audio.log_mel(signal, RATE, N_FFT, HOP, N_MELS)

    print(f"{seconds:g} s of sound, {os.cpu_count()} cores", flush=True)
    contestants = {
        "our mel": our_mel,
        "librosa's mel": lambda: their_mel(signal),
        "our load": our_load,
        "librosa's load": their_load,
    }
    speed = {
        name: seconds / statistics.median(took) for name, took in alternate(contestants, repeats).items()
    }

    def against(name, ours, other, difference):
        return row(
            f"sound: {name}", speed[ours], speed[other], speed[ours] / speed[other], "x real time", difference
        )

    mel = np.abs(our_mel() - their_mel(signal)).max()
    resampled = np.abs(signal - their_load()).max()
    return [
        against("log-mel", "our mel", "librosa's mel", f"other: librosa; largest difference {mel:.1g} ln"),
        against(
            "load and resample",
            "our load",
            "librosa's load",
            f"other: librosa; largest difference {resampled:.1g}",
        ),
    ]


if __name__ == "__main__":
    run(main)
