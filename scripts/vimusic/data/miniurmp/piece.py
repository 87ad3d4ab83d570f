"""Writes one piece as URMP lays it out: stems, mix, notes, f0, score and video."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg
import numpy as np
import pretty_midi
import soundfile

from vimusic.data.miniurmp.motion import gestures
from vimusic.data.miniurmp.music import RATE, Performance, ScoreNote, compose, perform, tempo
from vimusic.data.miniurmp.picture import Picture, frame_size
from vimusic.data.miniurmp.player import draw_look
from vimusic.data.miniurmp.seeds import generator
from vimusic.data.miniurmp.sound import SAMPLE_RATE, synthesize
from vimusic.data.urmp import INSTRUMENTS
from vimusic.errors import UserError, whole_file

FPS = (30000, 1001)
F0_HOP, F0_FIRST = 0.010, 0.023  # seconds: URMP's annotation grid
SHORTEST = 4.0  # seconds, below which no phrase fits


def write_piece(
    rows: Iterable[Mapping[str, Any]], folder: Path | str, seed: int, seconds: float, scale: float
) -> None:
    """Write all files of one piece into ``folder``.

    Parameters
    ----------
    rows : one dict per player with the columns of the inventory table (``vimusic.data.urmp.COLUMNS``).
    seconds : length of the audio.
    scale : picture size relative to 1920 x 1080.

    Pieces of one ``take`` share performance, sound and looks of a track; nothing else is shared.
    """
    folder = Path(folder)
    if seconds < SHORTEST:
        raise UserError(f"{folder}: {seconds} s hold no phrase; ask for {SHORTEST} s or more")
    if not 0.05 <= scale <= 1:
        raise UserError(f"{folder}: scale {scale} is not within 0.05 to 1; use 1 for 1920 x 1080")
    rows = sorted(rows, key=lambda row: int(row["slot"]))
    scores, players, stems = {}, [], []
    frames = _frame_count(rows, seconds)
    for row in rows:
        instrument, track, take = row["instrument"], int(row["track"]), row["take"]
        score = compose(row["title"], track, instrument, seconds, seed)
        performance = perform(score, instrument, seconds, take, track, seed)
        sound = synthesize(performance, instrument, generator(seed, "sound", take, track))
        times = (np.arange(frames) - int(row["lead_frames"])) * FPS[1] / FPS[0]
        moves = gestures(performance, instrument, times, generator(seed, "body", take, track))
        look = draw_look(generator(seed, "look", take, track))
        scores[track] = (instrument, score)
        players.append((instrument, moves, look))
        stems.append(_to_24_bits(sound))
        _write_wav(folder / row["audio"], stems[-1])
        _write_text(folder / row["notes"], _notes_text(performance))
        _write_text(folder / row["f0s"], _f0s_text(performance))
    piece, take = rows[0]["piece"], rows[0]["take"]
    mix = folder / f"AuMix_{piece}.wav"
    _write_wav(mix, np.sum(stems, axis=0))
    _write_score(folder / rows[0]["score"], scores, tempo(rows[0]["title"], seed))
    stage, camera = generator(seed, "stage", take), generator(seed, "camera", piece)
    picture = Picture(players, scale, stage, camera)
    _write_video(folder / rows[0]["video"], picture, frames, scale, mix)


def _frame_count(rows: Iterable[Mapping[str, Any]], seconds: float) -> int:
    """Video frames that show the whole audio for every player, whatever the lead."""
    lead = max(int(row["lead_frames"]) for row in rows)
    return int(np.ceil(seconds * FPS[0] / FPS[1])) + lead + 1


def _to_24_bits(sound: np.ndarray) -> np.ndarray:
    """Round to what the file can hold, so that the mix is the exact sum of the stems."""
    return np.round(sound * 2**23) / 2**23


def _write_wav(path: Path, sound: np.ndarray) -> None:
    """48 kHz, 24-bit, mono."""
    with whole_file(path) as temporary:
        soundfile.write(temporary, sound, SAMPLE_RATE, subtype="PCM_24")


def _write_text(path: Path, lines: Iterable[str]) -> None:
    """Lines end in CR LF, as in URMP."""
    with whole_file(path) as temporary:
        temporary.write_bytes("".join(f"{line}\r\n" for line in lines).encode())


def _notes_text(performance: Performance) -> list[str]:
    """onset (s), mean f0 (Hz), duration (s), separated by two tabs; no loudness."""
    rows = zip(performance.onsets, performance.hertz(), performance.durations, strict=True)
    return [f"{onset:.3f}\t\t{hertz:.3f}\t\t{duration:.3f}" for onset, hertz, duration in rows]


def _f0s_text(performance: Performance) -> list[str]:
    """time (s), f0 (Hz, 0 where unvoiced) every 10 ms."""
    seconds = len(performance.f0) / RATE
    times = F0_FIRST + F0_HOP * np.arange(int((seconds - F0_FIRST) / F0_HOP))
    hertz = performance.f0[np.round(times * RATE).astype(int)]
    return [f"{time:.3f}\t{value:.3f}" for time, value in zip(times, hertz, strict=True)]


def _write_score(path: Path, scores: Mapping[int, tuple[str, Sequence[ScoreNote]]], beat: float) -> None:
    """Every part at strict tempo; ``scores`` maps track to (instrument, notes)."""
    midi = pretty_midi.PrettyMIDI(initial_tempo=60 / beat)
    for track in sorted(scores):
        instrument, notes = scores[track]
        name, _, program = INSTRUMENTS[instrument]
        part = pretty_midi.Instrument(program, name=f"{track} {name}")
        part.notes = [
            pretty_midi.Note(80, note.pitch, note.onset, note.onset + note.duration) for note in notes
        ]
        midi.instruments.append(part)
    with whole_file(path) as temporary:
        midi.write(str(temporary))


def _write_video(path: Path, picture: Picture, frames: int, scale: float, mix: Path) -> None:
    """Stream the frames to H.264 with the mix as AAC; one thread, so bytes repeat."""
    width, height = frame_size(scale)
    rate = f"{FPS[0]}/{FPS[1]}"
    images = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{width}x{height}", framerate=rate)
    with whole_file(path) as temporary:
        process = (
            ffmpeg.output(
                images.video,
                ffmpeg.input(str(mix)).audio,
                str(temporary),
                vcodec="libx264",
                preset="ultrafast",
                crf=20,
                pix_fmt="yuv420p",
                r=rate,
                acodec="aac",
                audio_bitrate="128k",
                threads=1,
                fflags="+bitexact",
                loglevel="error",
            )
            .overwrite_output()
            .run_async(pipe_stdin=True, cmd=imageio_ffmpeg.get_ffmpeg_exe())
        )
        try:
            for index in range(frames):
                process.stdin.write(picture.draw(index).data)
            process.stdin.close()
        except BrokenPipeError:
            pass  # ffmpeg has stopped; its exit code below says so
        if process.wait():
            raise UserError(f"{path}: ffmpeg could not write it; see its message above")
