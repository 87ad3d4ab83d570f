"""What a player knows of the score at every mel frame: the note being played and its neighbours.

Computed from the same notes as the roll (``roll.read_midi``), whole semitones and times, so that rows
called midi know nothing that the roll does not: no dynamics and no intonation.
"""

import numpy as np

from vimusic.timebase import TimeBase

DECAYS = {"50ms": 0.05, "500ms": 0.5}  # s: an attack, and the body of a note
MIDDLE = 60  # MIDI pitch where there is no note at all
COLUMNS = (
    "sounding",  # 1 while a note sounds, 0 in a rest
    "pitch",  # MIDI semitones; in a rest of the note before, ahead of the first note of that
    "length",  # ln seconds of the note
    "interval_before",  # semitones up from the previous note, 0 for the first
    "interval_after",  # semitones up to the next note, 0 for the last
    # exp(-seconds / decay) since the onset, from the end (before and after it), to the next onset
    *(f"{name}_{decay}" for name in ("since_onset", "from_end", "to_next") for decay in DECAYS),
)


def note_features(notes: list[tuple[float, float, float]], mel_frames: int, timebase: TimeBase) -> np.ndarray:
    """Features (mel_frames, len(COLUMNS)) float32 of one player's notes; columns as ``COLUMNS``.

    Of notes that overlap the one that began last counts, the highest if they begin together. A note
    sounds in the frames of ``roll.piano_roll``.

    Parameters
    ----------
    notes : (onset s, end s, MIDI pitch) triples; without any all is rest.
    """
    if not notes:
        rest = np.zeros((mel_frames, len(COLUMNS)), np.float32)
        rest[:, COLUMNS.index("pitch")] = MIDDLE
        return rest
    onset, end, pitch = np.array(sorted(notes), dtype=float).T
    rate = timebase.sample_rate / timebase.hop_length
    first = np.array([round(x) for x in onset * rate])
    last = np.maximum(first + 1, [round(x) for x in end * rate])
    playing = np.full(mel_frames, -1)
    for note, (start, stop) in enumerate(zip(first, last, strict=True)):
        playing[start:stop] = note
    sounding = playing >= 0
    # In a rest, the note that sounded in the frame before it.
    latest = np.maximum.accumulate(np.where(sounding, np.arange(mel_frames), -1))
    now = np.maximum(playing[latest], 0)  # playing[-1] may sound: the first frames are set below
    now[latest < 0] = 0
    following = np.searchsorted(first, np.arange(mel_frames), side="right")
    has_next = following < len(onset)
    after = np.minimum(following, len(onset) - 1)
    before = np.maximum(now - 1, 0)

    times = timebase.mel_times(mel_frames)
    begun = latest >= 0
    columns = {
        "sounding": sounding,
        "pitch": pitch[now],
        "length": np.log(np.maximum(end - onset, 1 / rate))[now],
        "interval_before": pitch[now] - pitch[before],
        "interval_after": np.where(has_next, pitch[after] - pitch[now], 0),
    }
    for decay, seconds in DECAYS.items():
        since = np.maximum(times - onset[now], 0)
        columns[f"since_onset_{decay}"] = np.where(begun, np.exp(-since / seconds), 0)
        columns[f"from_end_{decay}"] = np.where(begun, np.exp(-np.abs(times - end[now]) / seconds), 0)
        wait = np.maximum(onset[after] - times, 0)
        columns[f"to_next_{decay}"] = np.where(has_next, np.exp(-wait / seconds), 0)
    return np.stack([columns[name] for name in COLUMNS], 1).astype(np.float32)
