"""The printed score, which runs on its own clock, and its alignment to the recording.

Chroma features with onsets and dynamic time warping (Mueller, Fundamentals of Music Processing,
chapter 3; Ewert et al. 2009 for the onset part), through librosa.
"""

import difflib
from pathlib import Path

import librosa
import numpy as np

from vimusic.data.urmp import Notes
from vimusic.errors import UserError
from vimusic.features.roll import read_parts

RATE, HOP = 22050, 512  # 23 ms: the resolution of the alignment
QUIET = 1e-3  # 60 dB below the loudest frame
DECAY = 0.7  # of an onset's mark from frame to frame
STEPS = np.array([[1, 1], [1, 0], [0, 1]])


def read_score(path: Path | str, track: int, players: int) -> Notes:
    """Notes of part ``track`` (from 1) of a score with ``players`` parts, on the score's clock.

    Raises
    ------
    UserError
        No MIDI, another number of parts, or an empty part.
    """
    parts = read_parts(path)
    if len(parts) != players:
        raise UserError(f"{path}: has {len(parts)} parts for {players} players; use roll.source: notes")
    return Notes.of(parts[track - 1])


def warp(notes: Notes, signal: np.ndarray) -> Notes:
    """``notes`` of a score moved to the time of the recording ``signal`` (N,) at ``RATE``.

    Each onset and end goes where the warping path puts it. Notes keep at least one hop.
    """
    hop = HOP / RATE
    heard = audio_features(signal)
    written = score_features(notes)
    # The score starts and ends with the music; the recording waits before and after.
    path = librosa.sequence.dtw(written, heard, metric="cosine", step_sizes_sigma=STEPS, backtrack=True)[1]
    path = path[::-1]
    score_frames, first = np.unique(path[:, 0], return_index=True)
    places = path[first, 1]

    def move(seconds: np.ndarray) -> np.ndarray:
        # One frame of silence stands before the score.
        return np.interp(seconds / hop + 1, score_frames, places) * hop

    onset = move(notes.onset)
    return Notes(onset, notes.hertz, np.maximum(move(notes.onset + notes.duration) - onset, hop))


def audio_features(signal: np.ndarray) -> np.ndarray:
    """(25, frames) of a ``signal`` (N,): chroma, decaying chroma onsets, silence; frames of unit length."""
    chroma = librosa.feature.chroma_stft(y=signal, sr=RATE, hop_length=HOP, n_fft=4096, norm=None)
    rms = librosa.feature.rms(y=signal, frame_length=2048, hop_length=HOP)[0]
    sounding = rms > QUIET * rms.max()
    chroma = np.sqrt(chroma * sounding)
    return _features(chroma)


def score_features(notes: Notes) -> np.ndarray:
    """(25, frames) of a score, with a frame of silence before and after."""
    hop = HOP / RATE
    frames = int(np.ceil((notes.onset + notes.duration).max() / hop)) + 2
    chroma = np.zeros((12, frames))
    for onset, pitch, duration in zip(notes.onset, notes.midi, notes.duration, strict=True):
        first = round(onset / hop) + 1
        chroma[pitch % 12, first : max(first + 1, round((onset + duration) / hop) + 1)] = 1
    return _features(chroma)


def _features(chroma: np.ndarray) -> np.ndarray:
    """Chroma, its decaying onsets, silence; columns normalised."""
    rise = np.maximum(np.diff(chroma, axis=1, prepend=0), 0)
    onsets = np.zeros_like(rise)
    for frame in range(rise.shape[1]):
        onsets[:, frame] = np.maximum(rise[:, frame], DECAY * onsets[:, frame - 1])
    level = np.linalg.norm(chroma, axis=0)
    silent = level < 1e-3 * max(level.max(), 1e-9)
    strength = np.linalg.norm(onsets, axis=0).max()
    features = np.vstack(
        [
            chroma / np.maximum(level, 1e-9) * ~silent,
            onsets / max(strength, 1e-9),
            silent,
        ]
    )
    return features / np.linalg.norm(features, axis=0)


def onset_errors(notes: Notes, reference: Notes) -> np.ndarray:
    """Seconds by which the onsets of ``notes`` lie after those of ``reference``, for the notes that
    both hold in the same order (longest common run of pitches, by difflib), shape (n,)."""
    matcher = difflib.SequenceMatcher(None, list(notes.midi), list(reference.midi), autojunk=False)
    pairs = [
        (notes.onset[block.a + k], reference.onset[block.b + k])
        for block in matcher.get_matching_blocks()
        for k in range(block.size)
    ]
    return np.array([ours - theirs for ours, theirs in pairs])
