"""Log-mel back to sound: ours against librosa's, by time and by spectral convergence (paper 3.5).

python benchmarks/inversion.py --out results/benchmarks/inversion.csv    (a minute)
"""

import os
import statistics
import tempfile
from pathlib import Path

import librosa
import numpy as np

from harness import ROOT, alternate, row, save
from vimusic.data.miniurmp.piece import write_piece
from vimusic.data.urmp import read_stems
from vimusic.features import audio
from vimusic.options import program

RATE, N_FFT, HOP, BANDS, ITERATIONS = 22050, 1024, 256, 80, 64
LIBROSA = {"sr": RATE, "n_fft": N_FFT, "fmin": audio.FMIN, "fmax": audio.FMAX}
REAL = ROOT.parent / "shared/urmp-real/Dataset"
SECONDS, RECORDINGS, REPEATS = 5, 4, 3


def recordings(folder):
    """Paths of real stems where they are, else of drawn ones in ``folder``; and which it was."""
    if REAL.is_dir():
        return sorted(REAL.glob("*/AuSep_*.wav")), "real stems"
    stems = read_stems(ROOT / "workflow/resources/miniurmp.tsv")
    for piece, rows in list(stems.groupby("piece"))[:2]:
        write_piece(rows.to_dict("records"), folder / piece, seed=0, seconds=12, scale=0.05)
    return sorted(folder.glob("*/AuSep_*.wav")), "SYNTHETIC stems"


def excerpts(paths):
    """The ends of ``RECORDINGS`` of ``paths``, from the quietest to the loudest: (N,) each."""
    ends = sorted((audio.load(path, RATE)[-SECONDS * RATE :] for path in paths), key=np.std)
    return [ends[k] for k in np.linspace(0, len(ends) - 1, RECORDINGS).astype(int)]


def magnitude(signal):
    return np.abs(librosa.stft(signal, n_fft=N_FFT, hop_length=HOP))


def convergence(true, found):
    """Spectral convergence ||S - S'|| / ||S|| (0 is perfect), averaged over recordings."""
    errors = [np.linalg.norm(s - f) / np.linalg.norm(s) for s, f in zip(true, found, strict=True)]
    return statistics.mean(map(float, errors))


def compare(name, ours, other, inputs, true, spectrum, note):
    """Rows of the table: time and convergence of two functions of one recording's input."""
    found = {}

    def contestant(who, function):
        def run():
            found[who] = [function(each) for each in inputs]

        return run

    seconds = alternate({"ours": contestant("ours", ours), "other": contestant("other", other)}, REPEATS)
    mine, theirs = (statistics.median(seconds[who]) for who in ("ours", "other"))
    near, far = (convergence(true, map(spectrum, found[who])) for who in ("ours", "other"))
    return [
        row(name, mine, theirs, theirs / mine, "s", note),
        row(f"{name}: spectral convergence", near, far, far / near, "of 1", note),
    ]


@program
def main(out: Path):
    with tempfile.TemporaryDirectory() as folder:
        paths, source = recordings(Path(folder))
        signals = excerpts(paths)
    length = SECONDS * RATE
    true = [magnitude(signal) for signal in signals]
    mels = [audio.log_mel(signal, RATE, N_FFT, HOP, BANDS) for signal in signals]
    inverse = librosa.feature.inverse
    note = f"{RECORDINGS} x {SECONDS} s, {source}; {os.cpu_count()} cores"
    rows = compare(
        "mel inversion",
        lambda mel: np.sqrt(audio.invert_mel(mel, RATE, N_FFT)),
        lambda mel: inverse.mel_to_stft(np.exp(mel.T), **LIBROSA),
        mels, true, lambda spectrum: spectrum,
        f"other: librosa mel_to_stft (NNLS); {note}",
    )  # fmt: skip
    rows += compare(
        "Griffin-Lim",
        lambda s: audio.griffin_lim(s**2, HOP, ITERATIONS, length, seed=0),
        lambda s: librosa.griffinlim(s, n_iter=ITERATIONS, hop_length=HOP, length=length, random_state=0),
        true, true, magnitude,
        f"other: librosa.griffinlim, which ours calls; true spectrograms, {note}",
    )  # fmt: skip
    rows += compare(
        "log-mel to sound",
        lambda mel: audio.synthesize(mel, RATE, N_FFT, HOP, ITERATIONS, length),
        lambda mel: inverse.mel_to_audio(
            np.exp(mel.T), n_iter=ITERATIONS, hop_length=HOP, length=length, **LIBROSA
        ),
        mels, true, magnitude,
        f"other: librosa mel_to_audio; {note}",
    )  # fmt: skip
    save(out, rows)


if __name__ == "__main__":
    main()
