"""The ``vimusic`` command."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from vimusic.__main__ import COMMANDS, command
from vimusic.errors import UserError

ROOT = Path(__file__).parents[2]


def vimusic(*words):
    """The command as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "vimusic", *words], cwd=ROOT / "scripts", capture_output=True, text=True
    )


def test_settings_are_config_yaml():
    done = vimusic("settings")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout == (ROOT / "config.yaml").read_text()


@pytest.mark.parametrize("words", [[], ["sing"], ["settings", "--all"]])
def test_a_wrong_word_is_one_line(words):
    done = vimusic(*words)
    assert done.returncode == 1 and done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("error: vimusic")


def test_an_unknown_command_lists_those_there_are():
    with pytest.raises(
        UserError, match="no command sing; there are sonify, web, init, listen, pack, settings"
    ):
        command(["sing"])


def test_help_names_every_command(capsys):
    command(["--help"])
    shown = capsys.readouterr().out
    assert all(f"vimusic {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", ["sonify", "web", "init", "listen", "pack"])
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as caught:
        command([name, "--help"])
    assert caught.value.code == 0
    assert f"usage: vimusic {name} " in capsys.readouterr().out


def test_the_page_says_what_it_needs_and_where_it_may_not_listen(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = vimusic("web", "--port", str(port))
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.startswith(f"error: port {port}: ") and "--port" in done.stderr
    assert vimusic("web", "--port", "70000").stderr.startswith("error: port 70000: ")
    monkeypatch.setattr("vimusic.report.web.launch.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs Streamlit; pip install 'visually-indicated-music\[web\]'"):
        command(["web"])
