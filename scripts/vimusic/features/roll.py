"""Notes to aligned MIDI to piano-roll on the mel grid (paper 3.1, MIDI)."""

from collections.abc import Iterable
from pathlib import Path

import mido
import numpy as np
import pretty_midi

from vimusic.data.urmp import INSTRUMENTS, Notes
from vimusic.errors import UserError, whole_file
from vimusic.timebase import TimeBase

RESOLUTION = 960  # ticks per beat; 0.52 ms at pretty_midi's 120 bpm, below URMP's 1 ms
PITCHES = 128
DRUMS = 9  # General MIDI's channel 10, counted from 0
SOUNDING, ONSET = 1.0, 2.0


def write_midi(path: Path | str, notes: Notes, instrument: str) -> None:
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


def read_midi(path: Path | str) -> list[tuple[float, float, int]]:
    """All notes of a MIDI file as (onset s, end s, pitch), sorted; raises like ``read_parts``."""
    return sorted(note for part in read_parts(path) for note in part)


def read_parts(path: Path | str) -> list[list[tuple[float, float, int]]]:
    """Notes of each part of a MIDI file that has any: lists of (onset s, end s, pitch), sorted.

    Raises
    ------
    UserError
        As ``read_midi_score``.
    """
    return [
        sorted((note.start, note.end, note.pitch) for note in part.notes)
        for part in read_midi_score(path).instruments
    ]


def read_midi_score(path: Path | str) -> pretty_midi.PrettyMIDI:
    """A ``pretty_midi.PrettyMIDI`` with one instrument for each track and channel that has notes, in that
    order, with its track's name and first program. Drums (channel 10) and pitch bends are left out with a
    notice on stdout.

    Raises
    ------
    UserError
        A missing file, one that is no MIDI, or one without notes other than drums'.
    """
    try:
        return pretty_midi.PrettyMIDI(mido_object=_laid_out(path))
    except FileNotFoundError:
        raise UserError(f"{path}: MIDI file not found") from None
    except UserError:
        raise
    except Exception as error:  # mido raises whatever its parser trips over
        raise UserError(f"{path}: cannot be read as MIDI ({error})") from None


def _laid_out(path: Path | str) -> mido.MidiFile:
    """The MIDI file as pretty_midi reads it rightly, a ``mido.MidiFile``: every tempo on the first track,
    then a track for each part, its first program before its notes, and an end for each note.

    pretty_midi takes tempos from the first track only, orders parts by their first note's end, splits a
    part where its program changes, and drops notes that never end.
    """
    file = mido.MidiFile(str(path))
    if file.ticks_per_beat <= 0:
        raise UserError(f"{path}: counts in SMPTE time; save it with ticks per beat")
    tempos, parts, end, bends = [], {}, 0, 0
    for number, track in enumerate(file.tracks):
        now, name = 0, ""
        for message in track:
            now += message.time
            if message.type == "track_name":
                name = message.name
            elif message.type == "set_tempo":
                tempos.append(message.copy(time=now))
            elif message.type in ("note_on", "note_off", "program_change"):
                parts.setdefault((number, message.channel), (name, []))[1].append(message.copy(time=now))
            elif message.type == "pitchwheel":
                bends += message.pitch != 0
        end = max(end, now)
    tempos.append(mido.MetaMessage("end_of_track", time=end))
    laid_out = mido.MidiFile(ticks_per_beat=file.ticks_per_beat)
    laid_out.tracks.append(_in_steps(tempos))
    drums = 0
    for (_, channel), (name, messages) in sorted(parts.items()):
        begins = {m.note: m.time for m in messages if m.type == "note_on" and m.velocity > 0}
        if channel == DRUMS:
            drums += len(begins)
        elif begins:
            program = next((m.program for m in messages if m.type == "program_change"), 0)
            notes = _lasting([m for m in messages if m.type != "program_change"])
            # What never ends does so with the file; what begins there lasts a beat.
            for note, time in begins.items():
                at = end + file.ticks_per_beat * (time == end)
                notes.append(mido.Message("note_off", note=note, channel=channel, time=at))
            head = [
                mido.MetaMessage("track_name", name=name),
                mido.Message("program_change", program=program, channel=channel),
            ]
            laid_out.tracks.append(mido.MidiTrack(head + _in_steps(notes)))
    if len(laid_out.tracks) == 1:
        raise UserError(f"{path}: holds no note" + " but drums'" * (drums > 0))
    if drums:
        print(f"{path}: drums (channel 10) left out")
    if bends:
        print(f"{path}: pitch bends left out")
    return laid_out


def _lasting(messages: Iterable[mido.Message]) -> list[mido.Message]:
    """``messages`` of notes at absolute ticks, in which a note that ends where it begins lasts a tick:
    pretty_midi would hold it until its pitch ends again."""
    begun, lasting = {}, []
    for message in messages:
        open_notes = begun.setdefault(message.note, [])
        if message.type == "note_on" and message.velocity > 0:
            open_notes.append(message.time)
        elif open_notes and open_notes[0] == message.time:
            message = message.copy(time=message.time + 1)
            open_notes.clear()
        else:  # it ends what began before, as in pretty_midi
            open_notes[:] = [time for time in open_notes if time == message.time]
        lasting.append(message)
    return lasting


def _in_steps(messages: Iterable[mido.Message | mido.MetaMessage]) -> mido.MidiTrack:
    """A track of ``messages`` at absolute ticks, in their order, each with the ticks since the one before."""
    messages = sorted(messages, key=lambda message: message.time)
    before = [0, *(message.time for message in messages)]
    return mido.MidiTrack(m.copy(time=m.time - b) for m, b in zip(messages, before, strict=False))


def piano_roll(notes: Iterable[tuple[float, float, int]], mel_frames: int, timebase: TimeBase) -> np.ndarray:
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
