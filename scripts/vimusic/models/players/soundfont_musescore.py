"""The same by MuseScore's General soundfont, which is fourteen times as large."""

from vimusic.models.players import soundfont

KNOWS = ("roll", "instrument")
NEEDS = "inference.musescore"

play = soundfont.play  # see ``vimusic.models.players``
