"""The page of ``vimusic web``, as Streamlit runs it: a form whose words go to ``vimusic sonify``."""

import io
import re
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from itertools import count, takewhile
from pathlib import Path
from threading import Lock
from typing import Any

import streamlit as st

from vimusic.errors import run

COMES_ALONG = "Real instruments that come along: they play the score and see nothing"
RESULTS = Path("results")


@st.cache_resource
def turn() -> Lock:
    """One at a time: what the command prints is the whole process's, and so is the memory."""
    return Lock()


def sonify(words: Sequence[str], hidden: Path) -> tuple[str, str]:
    """What the command says, and its one line if it fails; neither shows where below ``hidden`` files lie."""
    from vimusic.models.dubbing import main  # brings torch, which takes seconds

    said, wrong = io.StringIO(), ""
    with turn(), redirect_stdout(said):
        try:
            run(lambda: main(words))
        except SystemExit as end:
            wrong = str(end.code).removeprefix("error: ")
    told, wrong = (
        re.sub(rf"{re.escape(str(hidden))}/[\w-]+/", "", text) for text in (said.getvalue(), wrong)
    )
    return told, wrong


def kept(upload: Any, folder: Path) -> Path | None:
    """Path of an uploaded file, in a place of its own below ``folder``; None if there is none."""
    if upload is None:
        return None
    path = folder / upload.file_id / Path(upload.name).name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(upload.getbuffer())
    return path


def stop_if(wrong: str) -> None:
    """Show what is ``wrong``, if anything, and nothing after it."""
    if wrong:
        st.error(re.sub(r"([!-/:-@[-`{-~])", r"\\\1", wrong))  # Markdown leaves it as it is
        st.stop()


st.set_page_config("vimusic")
st.title("A voice for a silent video")
st.caption("Nothing leaves this machine. A score is a MIDI file with a part for each player.")
state = st.session_state
if "folder" not in state:
    state.folder = tempfile.TemporaryDirectory(prefix="vimusic-")
folder = Path(state.folder.name)

left, right = st.columns(2)
video = kept(left.file_uploader("Video of players side by side"), folder)
midi = kept(right.file_uploader("Score, on the video's clock", ["mid", "midi"]), folder)
models = [None, *sorted(str(path.parent) for path in RESULTS.glob("**/models/*/model.safetensors"))]
model = st.selectbox("Model", models, format_func=lambda path: path or COMES_ALONG)
with st.expander("Players, instruments, times"):
    left, right = st.columns(2)
    players = left.number_input("Players (0: as the score says)", min_value=0)
    instruments = right.text_input("Instruments, from the left", placeholder="as the score says; or vn,cl")
    offset = left.number_input("Seconds by which the score is moved", step=0.1)
    voice = right.selectbox(
        "Voice of a model that sees notes", models, format_func=lambda path: path or "none"
    )
if not video and not midi:
    st.stop()

suffix = (".webm" if video.suffix.lower() == ".webm" else ".mp4") if video else ".wav"
given = {"midi": midi, "model": model, "voice": voice, "players": players, "midi-offset": offset}
words = [f"--{key}={value}" for key, value in {**given, "instruments": instruments}.items() if value]
words += ["--", str(video)] if video else []
if state.get("words") != words:
    state.words, state.heard = words, None
    state.place = tempfile.TemporaryDirectory(dir=folder)  # what other words made goes with theirs
    state.out = Path(state.place.name, (video or midi).stem + suffix)
    with st.spinner("Looking at it"):
        state.understood = sonify(["--dry-run", f"--out={state.out}", *words], folder)
told, wrong = state.understood
stop_if(wrong)
preview = state.out.with_suffix(".preview.png")
if preview.exists():
    st.image(preview.read_bytes(), "What the model sees of each player")
st.code(told, language=None, wrap_lines=True)
if st.button("Play", type="primary"):
    with st.spinner("Playing"):
        state.heard = sonify([f"--out={state.out}", *words], folder)
if state.heard:
    told, wrong = state.heard
    stop_if(wrong)
    if video:
        st.video(str(state.out), format=f"video/{suffix[1:]}")
    else:
        st.audio(str(state.out))
    each = (state.out.with_suffix(f".{number}.wav") for number in count(1))
    for number, wav in enumerate(takewhile(Path.exists, each), 1):
        st.caption(f"Player {number} alone")
        st.audio(str(wav))
    st.download_button("Download", state.out.read_bytes(), state.out.name)
    st.caption(told.splitlines()[-1])
