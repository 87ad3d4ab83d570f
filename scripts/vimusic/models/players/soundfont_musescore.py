"""A stem's MIDI played by MuseScore's General soundfont, which is larger."""

from vimusic.models.players import soundfont

KNOWS = ("roll", "instrument")
NEEDS = "inference.musescore"

play = soundfont.play  # see ``vimusic.models.players``
