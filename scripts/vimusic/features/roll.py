"""Notes to aligned MIDI to piano-roll on the mel grid (paper 3.1, MIDI)."""

import numpy as np
import pretty_midi

from vimusic.errors import UserError, whole_file
from vimusic.data.urmp import INSTRUMENTS

RESOLUTION = 960  # ticks per beat; 0.52 ms at pretty_midi's 120 bpm, below URMP's 1 ms
PITCHES = 128
SOUNDING, ONSET = 1.0, 2.0


def write_midi(path, notes, instrument):
    """Aligned MIDI of one stem from its ``Notes``: nearest semitones, one velocity (URMP's notes
    carry no dynamics), General MIDI program of the ``instrument`` code."""
    name, _, program = INSTRUMENTS[instrument]
    part = pretty_midi.Instrument(program, name=name)
    for onset, pitch, duration in zip(notes.onset, notes.midi, notes.duration, strict=True):
        part.notes.append(pretty_midi.Note(80, int(pitch), float(onset), float(onset + duration)))
    score = pretty_midi.PrettyMIDI(resolution=RESOLUTION)
    score.instruments.append(part)
    with whole_file(path) as temporary:
        score.write(str(temporary))


def read_midi(path):
    """All notes of a MIDI file as (onset s, end s, pitch), sorted; raises like ``read_parts``."""
    return sorted(note for part in read_parts(path) for note in part)


def read_parts(path):
    """Notes of each part of a MIDI file that has any: lists of (onset s, end s, pitch), sorted.

    Raises
    ------
    UserError
        A missing file, one that is no MIDI, or one without notes.
    """
    try:
        score = pretty_midi.PrettyMIDI(str(path))
    except FileNotFoundError:
        raise UserError(f"{path}: MIDI file not found") from None
    except Exception as error:  # mido raises whatever its parser trips over
        raise UserError(f"{path}: cannot be read as MIDI ({error})") from None
    parts = [sorted((n.start, n.end, n.pitch) for n in part.notes) for part in score.instruments]
    if not any(parts):
        raise UserError(f"{path}: holds no note")
    return [part for part in parts if part]


def piano_roll(notes, mel_frames, timebase):
    """Piano-roll (mel_frames, 128) float32: 2 in the frame of an onset, 1 while the note sounds.

    The onset's own value keeps a repeated note apart from a held one. Every note keeps at least
    its onset frame; notes beyond the last frame are dropped.

    Parameters
    ----------
    notes : (onset s, end s, MIDI pitch) triples.
    """
    roll = np.zeros((mel_frames, PITCHES), dtype=np.float32)
    rate = timebase.sample_rate / timebase.hop_length
    for onset, end, pitch in notes:
        first, last = round(onset * rate), round(end * rate)
        if first < mel_frames:
            roll[first:last, pitch] = np.maximum(roll[first:last, pitch], SOUNDING)
            roll[first, pitch] = ONSET
    return roll
