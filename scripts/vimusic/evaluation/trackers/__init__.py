"""f0 trackers: each file's ``track(signal)`` hears a signal (N,) float32 at 16 kHz.

It returns (times s, f0 Hz, confidence 0..1), each (n,); f0 is its best guess in every frame, so that accuracy
does not hang on a voicing threshold.
"""

from vimusic.registry import Registry

TRACKERS = Registry(__name__, "track")
RATE = 16000  # Hz: CREPE and SwiftF0 were trained at it
LOWEST, HIGHEST = 32.7, 2093.0  # C1, CREPE's lowest bin, to C7
HOP = 160  # 10 ms: frames centred on exact multiples, URMP's annotation hop
