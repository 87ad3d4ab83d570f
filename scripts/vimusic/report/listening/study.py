"""The blind study: one self-contained page, and the key that says what each sound was (paper 4.4)."""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import soundfile
from markupsafe import Markup

REFERENCE, ANCHOR = "recording", "anchor"
ID_BYTES = 6


def flac(clip: np.ndarray, sample_rate: int) -> str:
    """``clip`` (N,) as 16-bit FLAC in base64; the file carries no name and no tags."""
    buffer = io.BytesIO()
    soundfile.write(buffer, clip, sample_rate, format="FLAC", subtype="PCM_16")
    return base64.b64encode(buffer.getvalue()).decode()


def blind(sounds: dict[str, dict[str, str]], level: str, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The page's study and the key to it.

    Each sound but the anchor is a trial with the paper's two questions; each stem is one more trial
    that compares all its sounds with its recording (MUSHRA, ITU-R BS.1534-3). The recording is
    among them as the hidden reference. Ids are drawn at random and everything is sorted by id, so
    that neither names nor order tell which system made a sound.

    Parameters
    ----------
    sounds : stem -> system -> base64 FLAC, with ``REFERENCE`` and ``ANCHOR`` among the systems.
    level : base64 FLAC to set the volume by.

    Returns
    -------
    study : ``study`` (id), ``level`` (index into audio), ``audio`` (base64 FLACs), ``trials``.
    trials : trial id -> part, stem, clips (clip id -> system).
    """
    rng = np.random.default_rng(seed)
    pool = sorted({level, *(data for systems in sounds.values() for data in systems.values())})
    pool = [pool[k] for k in rng.permutation(len(pool))]
    place = {data: k for k, data in enumerate(pool)}

    def new_id() -> str:
        return rng.bytes(ID_BYTES).hex()

    trials, shown = {}, {}
    for stem, systems in sounds.items():
        alone = [{new_id(): system} for system in systems if system != ANCHOR]
        for part, clips in [("questions", clips) for clips in alone] + [
            ("comparison", {new_id(): system for system in systems})
        ]:
            trial = new_id()
            trials[trial] = {"part": part, "stem": stem, "clips": clips}
            shown[trial] = {
                "part": part,
                "clips": {clip: place[systems[system]] for clip, system in clips.items()},
                "reference": place[systems[REFERENCE]] if part == "comparison" else None,
            }
    study = {"level": place[level], "audio": pool, "trials": shown}
    digest = hashlib.sha256(json.dumps(study, sort_keys=True).encode()).hexdigest()
    return {"study": digest[: 2 * ID_BYTES], **study}, trials


def page(study: dict[str, Any]) -> str:
    """The study as one HTML page that needs nothing else."""
    style, session, screens, frame = (
        Path(__file__).with_name(name).read_text(encoding="utf-8")
        for name in ("page.css", "session.js", "page.js", "page.html")
    )
    template = jinja2.Environment(autoescape=True, keep_trailing_newline=True).from_string(frame)
    return template.render(style=Markup(style), study=study, script=Markup(session + screens))
