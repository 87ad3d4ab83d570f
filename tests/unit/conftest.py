"""Fixtures of several files."""

import pytest
from clicks_io import Clicking

from vimusic.models.predictor import Predictor


@pytest.fixture
def clicking(monkeypatch):
    """Lets ``sonify`` load a ``Clicking`` of the given inputs, which sees if none is given."""

    def made(*inputs):
        monkeypatch.setattr(Predictor, "load", lambda path, arithmetic="auto", voice=None: Clicking(*inputs))

    made("video")
    return made
