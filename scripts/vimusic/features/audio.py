"""Sound to log-mel and back (paper 3.1 and 3.5)."""

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pandas as pd
import scipy.sparse
import soundfile

from vimusic.errors import UserError, whole_file

FLOOR = 1e-10  # power below which the logarithm stops: ln(1e-10) = -23.03 is digital silence
FMIN, FMAX = 0.0, 8000.0
PIPED = 0x7FFFF000  # bytes; a wav that says as many or more was written to a pipe, its length not yet known
LOUD = 10.0  # peak of a wav in floating point, full scale is 1: from 20 dB above, it counts in another scale
NNLS_STEPS = 50  # where the spectral error of the mel inversion stops falling (benchmarks/)


def load(path: Path | str, sample_rate: int) -> np.ndarray:
    """Mono signal of ``path`` at ``sample_rate`` Hz: (N,) float32 in [-1, 1].

    Another sample rate is resampled (soxr, high quality) with a notice on stdout. Raises as ``recorded``.
    """
    signal, rate = recorded(path)
    if rate != sample_rate:
        print(f"{path}: resampled from {rate} Hz to {sample_rate} Hz")
        signal = librosa.resample(signal, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    return signal


def recorded(path: Path | str) -> tuple[np.ndarray, int]:
    """Mono signal of ``path``, (N,) float32 in [-1, 1], and its own sample rate in Hz.

    Raises
    ------
    UserError
        Missing, unreadable, cut short, stereo, empty or silent file, or one in another scale.
    """
    if not Path(path).is_file():
        raise UserError(f"{path}: not found; is this stem complete?")
    try:
        signal, rate = soundfile.read(source(path), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise UserError(f"{path}: cannot be read as audio ({error.error_string})") from None
    if signal.shape[1] != 1:
        raise UserError(f"{path}: has {signal.shape[1]} channels; a stem is mono, mix it down to one channel")
    signal = signal[:, 0]
    if not np.isfinite(signal).all():
        raise UserError(f"{path}: holds samples that are no numbers; write it again")
    peak = np.max(np.abs(signal), initial=0.0)
    if peak > LOUD:
        raise UserError(f"{path}: peaks at {peak:.0f}, full scale is 1; scale it down and write it again")
    if not peak > 1e-5:
        raise UserError(f"{path}: is silent; replace it or leave this stem out (data.select)")
    return signal, rate


def source(path: Path | str) -> Path | str | io.BytesIO:
    """What soundfile reads the sound at ``path`` from: the path, or, where a recorder left the length in
    the header of a wav at 0, its bytes with the length of what is there.

    Raises
    ------
    UserError
        A wav that was cut short: it would still read, but its header promises more than there is.
    """
    with Path(path).open("rb") as file:
        there = file.seek(0, 2) - 8
        file.seek(0)
        head = file.read(12)
        promised = int.from_bytes(head[4:8], "little")
        if head[:4] + head[8:] != b"RIFFWAVE" or promised == there:
            return path
        if there < promised < PIPED:
            raise UserError(f"{path}: holds {there} of {promised} bytes; it was cut short, fetch it again")
        while (head := file.read(8)) and head[:4] != b"data":
            size = int.from_bytes(head[4:], "little")
            file.seek(size + size % 2, 1)
        if head != b"data" + bytes(4):
            return path
        begin = file.tell()
    content = bytearray(Path(path).read_bytes())
    content[4:8] = there.to_bytes(4, "little")
    content[begin - 4 : begin] = (len(content) - begin).to_bytes(4, "little")
    return io.BytesIO(content)


def read(path: Path | str) -> np.ndarray:
    """A wav this pipeline wrote, as it is: (N,) float32."""
    return soundfile.read(path, dtype="float32")[0]


def save(path: Path | str, signal: np.ndarray, sample_rate: int) -> None:
    """Write ``signal`` (N,) as 16-bit mono wav; one that would clip is scaled down with a notice."""
    peak = float(np.max(np.abs(signal), initial=0.0))
    if peak > 1:
        print(f"{path}: peak {peak:.2f} scaled to 1")
        signal = signal / peak
    with whole_file(path) as temporary:
        soundfile.write(temporary, signal, sample_rate, subtype="PCM_16")


def save_stem(stem: str, folder: Path, signal: np.ndarray, sample_rate: int) -> dict[str, Any]:
    """Write a stem's sound (N,) as ``folder/<stem>.wav``; returns its row of the table of wavs."""
    path = folder / f"{stem}.wav"
    save(path, signal, sample_rate)
    print(f"{path}: {len(signal) / sample_rate:.2f} s", flush=True)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"stem": stem, "path": path, "samples": len(signal), "sha256": digest}


def save_row(mels: Path, wavs: Path, played: Iterable[tuple[str, np.ndarray]], **settings: int) -> None:
    """What a row that carries its own sound ``played``: each (stem, signal (N,)) as a wav beside ``wavs``,
    the table of them, and its log-mel in ``mels``. ``settings`` are those of ``log_mel``."""
    found, rows = {}, []
    for stem, signal in played:
        found[stem] = log_mel(signal, **settings)
        rows.append(save_stem(stem, wavs.parent, signal, settings["sample_rate"]))
    with whole_file(mels) as temporary:
        np.savez(temporary, **found)
    with whole_file(wavs) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False)


def mel_filters(sample_rate: int, n_fft: int, n_mels: int) -> np.ndarray:
    """librosa's mel filters, (n_mels, 1 + n_fft // 2) float32."""
    return librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=FMIN, fmax=FMAX)


def log_mel(signal: np.ndarray, sample_rate: int, n_fft: int, hop_length: int, n_mels: int) -> np.ndarray:
    """Log-mel ln(max(power mel, 1e-10)) of ``signal`` (N,): (T, n_mels) float32, T = 1 + N // hop."""
    power = np.abs(librosa.stft(signal, n_fft=n_fft, hop_length=hop_length)) ** 2
    mel = mel_filters(sample_rate, n_fft, n_mels) @ power
    return np.log(np.maximum(mel, FLOOR)).T.astype(np.float32)


def invert_mel(log_mel: np.ndarray, sample_rate: int, n_fft: int) -> np.ndarray:
    """Non-negative power spectrogram whose mels are closest to ``log_mel`` (T, n_mels).

    Multiplicative updates for the Kullback-Leibler divergence (Lee and Seung 2001) from a flat
    start. They keep every bin non-negative, which the pseudo-inverse does not: its clipped
    negative lobes cost the low instruments their pitch. The Euclidean updates do too, but fit the
    loud bins only and end half as near (README, "Differences from the paper").

    Returns (1 + n_fft // 2, T) float32.
    """
    mel = np.exp(log_mel.T)
    dense = mel_filters(sample_rate, n_fft, log_mel.shape[1])
    filters = scipy.sparse.csr_array(dense)
    transposed = scipy.sparse.csr_array(dense.T)
    reach = dense.sum(axis=0)[:, None]
    power = np.where(reach > 0, np.ones_like(mel[:1]), 0)
    for _ in range(NNLS_STEPS):
        power *= (transposed @ (mel / np.maximum(filters @ power, FLOOR))) / np.maximum(reach, FLOOR)
    return power


def griffin_lim(power: np.ndarray, hop_length: int, iterations: int, length: int, seed: int) -> np.ndarray:
    """Waveform (length,) whose STFT has the power ``power`` (1 + n_fft // 2, T) (paper 3.5)."""
    return librosa.griffinlim(
        np.sqrt(power),
        n_iter=iterations,
        hop_length=hop_length,
        length=length,
        random_state=seed,
    )


def synthesize(
    log_mel: np.ndarray,
    sample_rate: int,
    n_fft: int,
    hop_length: int,
    iterations: int,
    length: int,
    seed: int = 0,
) -> np.ndarray:
    """Log-mel (T, n_mels) to waveform (length,): ``invert_mel`` then ``griffin_lim``."""
    power = invert_mel(log_mel, sample_rate, n_fft)
    return griffin_lim(power, hop_length, iterations, length, seed)
