"""Is a stem what the inventory says? Figures, a verdict and a reason.

Each check gives figures, a (verdict, reason) pair for whatever is wrong, and what it has read; none
stops the others, so that one broken file costs one row of the table.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from swift_f0 import SwiftF0

from vimusic.data import urmp
from vimusic.errors import UserError
from vimusic.features import audio, score, video

OK, WARN, FAIL = VERDICTS = "ok", "warn", "fail"
FIGURES = [
    *("seconds", "sample_rate", "channels", "peak", "clipped", "sounding"),
    *("notes", "notes_end", "f0_coverage", "agreement"),
    *("video_seconds", "fps", "width", "height", "frames", "motion"),
]
RATE = 16000  # Hz: what SwiftF0 was trained on
URMP_RATE = 48000  # Hz
URMP_FPS = 29.97
CLIPPED = 1e-4  # share of samples at full scale
BLOCK = 1024  # samples whose loudest tells whether it sounds
QUIET = 1e-2  # 40 dB below the loudest: not sounding
LITTLE = 0.2  # share of the time that a stem should sound
MISMATCH = 1.0  # s by which video or notes may end away from the sound before it is worth a word
# 20 dB below the loudest: played, not dying away. After the last note of 21 real stems, that goes on for
# at most 0.05 s; with the last 5 % of their notes cut off, in each for over 1 s.
PLAYED = 0.1
SHORT = 0.9  # of the sound that a video must cover
CENTS = 50  # a note agrees when the median f0 of its frames is this near
BELONG, DOUBT = 0.5, 0.85  # share of agreeing notes: below, the notes belong to another stem; look again
BY_NOTES = "pitch is scored against the notes"
STILL = 0.002  # share of a slot's pixels that move where nobody plays

Figures = dict[str, float | int | None]
Findings = list[tuple[str, str]]  # (verdict, reason)


def _tried(check: Callable[..., tuple], path: Path, *args: Any) -> tuple[Figures, Findings, Any]:
    """What ``check`` says of the file at ``path``; what it trips over, foreseen or not, is a finding."""
    try:
        return check(path, *args)
    except UserError as error:
        return {}, [(FAIL, str(error))], None
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return {}, [(FAIL, f"{path}: cannot be checked ({reason})")], None


def check_audio(path: Path) -> tuple[Figures, Findings, np.ndarray]:
    """(figures, findings, signal at ``RATE``) of a stem's wav."""
    signal = audio.load(path, RATE)
    info = soundfile.info(audio.source(path))
    raw = soundfile.read(audio.source(path), dtype="float32")[0]
    level = np.abs(raw)
    figures = {
        "seconds": info.frames / info.samplerate,
        "sample_rate": info.samplerate,
        "channels": info.channels,
        "peak": float(level.max()),
        "clipped": float(np.mean(level >= 0.9999)),
        "sounding": float(np.mean(_peaks(level) > QUIET * level.max())),
    }
    findings = []
    if figures["clipped"] > CLIPPED:
        findings.append((WARN, f"{figures['clipped']:.2%} of samples clip"))
    if figures["sounding"] < LITTLE:
        findings.append((WARN, f"sounds only {figures['sounding']:.0%} of the time"))
    return figures, findings, signal


def _peaks(level: np.ndarray) -> np.ndarray:
    """Largest of each ``BLOCK`` samples of ``level`` (N,)."""
    return np.maximum.reduceat(level, range(0, len(level), BLOCK)) if len(level) else level


def check_notes(
    path: Path, seconds: float | None, signal: np.ndarray | None
) -> tuple[Figures, Findings, urmp.Notes]:
    """(figures, findings, notes): the annotated notes against the stem's sound.

    Parameters
    ----------
    seconds : length of the sound, None if unknown.
    signal : (N,) at ``RATE``, or None where there is no sound to compare with.
    """
    notes = urmp.read_notes(path, seconds)
    end = float((notes.onset + notes.duration).max())
    figures = {"notes": len(notes.onset), "notes_end": end}
    findings = []
    if seconds is not None and end > seconds + MISMATCH:
        findings.append((WARN, f"last note ends {end - seconds:.1f} s after the sound"))
    if signal is not None:
        level = np.abs(signal)
        beyond = np.sum(_peaks(level[round(end * RATE) :]) > PLAYED * level.max()) * BLOCK / RATE
        if beyond > MISMATCH:
            findings.append((WARN, f"{path.name} ends at {end:.1f} s, the stem plays on; is it cut short?"))
        agreement = note_agreement(notes, *f0_track(signal))
        figures["agreement"] = float(np.mean(agreement))
        share = f"{figures['agreement']:.0%} of the notes lie within {CENTS} cents of the sound's f0"
        if figures["agreement"] < BELONG:
            findings.append((FAIL, f"{path}: only {share}; notes and audio are of different stems"))
        elif figures["agreement"] < DOUBT:
            findings.append((WARN, f"only {share}"))
    return figures, findings, notes


def f0_track(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) and best guesses of f0 (Hz), each (n,), of ``signal`` (N,) at ``RATE``; by SwiftF0
    whatever the tracker of the evaluation, so that choosing another one leaves the data as they are."""
    result = SwiftF0(threads=1).detect(signal, RATE)
    return result.timestamps, result.pitch_hz


def note_agreement(notes: urmp.Notes, times: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Whether each note's annotated f0 lies within ``CENTS`` of the median of the tracked f0 while
    it sounds, (n,) bool. A note without a frame of f0 does not agree.

    Parameters
    ----------
    times, hertz : s and Hz, each (n,); 0 Hz where there is no f0.
    """
    agrees = np.zeros(len(notes.onset), dtype=bool)
    for k, (onset, f0, duration) in enumerate(zip(notes.onset, notes.hertz, notes.duration, strict=True)):
        heard = hertz[(times >= onset) & (times < onset + duration)]
        heard = heard[heard > 0]
        agrees[k] = len(heard) > 0 and abs(1200 * np.log2(np.median(heard) / f0)) <= CENTS
    return agrees


def check_f0s(path: Path, notes: urmp.Notes | None) -> tuple[Figures, Findings, None]:
    """(figures, findings, None) of the annotated f0: the share of the time of ``notes`` (None if they
    are broken) in which it is voiced."""
    if not path.is_file():
        # An inventory that names none leaves the piece's folder.
        missing = [] if path.is_dir() else [(WARN, f"{path.name} missing: {BY_NOTES}")]
        return {}, missing, None
    times, hertz = urmp.read_f0s(path)
    if notes is None:
        return {}, [], None
    end = float((notes.onset + notes.duration).max())
    grid, hertz_of_notes = urmp.notes_to_f0(notes, end)
    voiced = np.interp(grid[hertz_of_notes > 0], times, hertz > 0, left=0, right=0) >= 0.5
    coverage = float(np.mean(voiced)) if len(voiced) else 0.0
    findings = []
    if times[-1] < end - MISMATCH:
        findings.append(
            (WARN, f"{path.name} ends at {times[-1]:.1f} s, the notes at {end:.1f} s; is it cut short?")
        )
    if coverage < BELONG:
        findings.append((WARN, f"f0 is voiced in only {coverage:.0%} of the notes' time"))
    return {"f0_coverage": coverage}, findings, None


def check_score(path: Path, track: int, players: int) -> tuple[Figures, Findings, urmp.Notes]:
    """({}, [], notes) of the printed score, which needs a part for each of the ``players``."""
    return {}, [], score.read_score(path, track, players)


def check_video(path: Path, players: Sequence[Any]) -> tuple[Figures, Findings, list[float]]:
    """(figures, findings, motion per player) of a piece's video.

    Parameters
    ----------
    players : inventory rows of all players, with slot and players.
    """
    width, height = video.dimensions(path)
    with video.open_video(path) as (container, stream):
        seconds = video.length(container, stream)
        count = sum(packet.pts is not None for packet in container.demux(stream))
    rate = count / seconds
    rows = video.picture_rows(path)
    slots = [video.equal_crop(width, height, rows, row.slot, row.players, margin=0) for row in players]
    motion = video.motion(path, slots)
    figures = {"video_seconds": seconds, "fps": rate, "width": width, "height": height, "frames": count}
    return figures, [], motion


def unlike_urmp(figures: Figures, f0s: str) -> Findings:
    """What is otherwise than in URMP's files, and no fault in other recordings; ``f0s`` is the name of a
    stem's, empty if it has none."""
    findings = []
    rate = figures.get("sample_rate", URMP_RATE)
    if rate != URMP_RATE:
        findings.append((WARN, f"{rate} Hz, not {URMP_RATE}: nothing above {rate // 2} Hz"))
    if not f0s:
        findings.append((WARN, f"no F0s named: {BY_NOTES}"))
    if "fps" in figures:
        if abs(figures["fps"] - URMP_FPS) > 0.05:
            findings.append((WARN, f"{figures['fps']:.2f} frames/s, not {URMP_FPS}"))
        width, height = figures["width"], figures["height"]
        if abs(width / height - 16 / 9) > 0.02:
            told = f"picture is {width}x{height}, not 16:9 as slots and published squares assume"
            findings.append((WARN, told))
    return findings


def check_piece(
    stems: pd.DataFrame, folder: Path, with_video: bool, with_score: bool = False, as_urmp: bool = True
) -> list[dict[str, Any]]:
    """Rows of the validation table, one dict per stem: stem, verdict, reason, and ``FIGURES``.

    Parameters
    ----------
    stems : inventory rows of one piece (a DataFrame indexed by stem).
    folder : Path of the piece.
    with_video, with_score : whether the run reads them; otherwise they are not looked at.
    as_urmp : whether they should be as URMP's files are.
    """
    players = list(stems.itertuples())
    seen, blame, motion = {}, [], None
    if with_video:
        seen, blame, motion = _tried(check_video, folder / players[0].video, players)
    rows = []
    for player, moving in zip(players, motion or [None] * len(players), strict=True):
        figures, findings, signal = _tried(check_audio, folder / player.audio)
        seconds = figures.get("seconds")
        noted, doubts, notes = _tried(check_notes, folder / player.notes, seconds, signal)
        checks = [(noted, doubts), _tried(check_f0s, folder / player.f0s, notes)[:2], (seen, blame)]
        if with_score:
            checks.append(_tried(check_score, folder / player.score, player.track, player.players)[:2])
        for part, found in checks:
            figures |= part
            findings = findings + found
        findings = findings + (unlike_urmp(figures, player.f0s) if as_urmp else [])
        if moving is not None and moving < STILL:
            findings.append((WARN, f"nothing moves in slot {player.slot} of {player.players}"))
        if seconds and "video_seconds" in figures:
            findings += _lengths(seconds, figures["video_seconds"], folder / player.video)
        figures["motion"] = moving
        verdict = max((verdict for verdict, _ in findings), key=VERDICTS.index, default=OK)
        reason = "; ".join(reason for _, reason in sorted(findings, key=lambda f: -VERDICTS.index(f[0])))
        rows.append(
            {"stem": player.Index, "verdict": verdict, "reason": reason}
            | {name: figures.get(name) for name in FIGURES}
        )
    return rows


def _lengths(seconds: float, video_seconds: float, path: Path) -> Findings:
    """Findings on the video's length against the sound's."""
    if video_seconds < SHORT * seconds:
        return [(FAIL, f"{path}: lasts {video_seconds:.1f} s, the sound {seconds:.1f} s; fetch it again")]
    if abs(video_seconds - seconds) > MISMATCH:
        return [(WARN, f"video lasts {video_seconds:.1f} s, the sound {seconds:.1f} s")]
    return []
