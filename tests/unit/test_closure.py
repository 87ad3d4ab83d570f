"""Which files a program runs, read off a package of toys."""

from pathlib import Path

import pytest

from vimusic import closure
from vimusic.errors import UserError

FILES = {
    "vimusic/__init__.py": '"""The package."""',
    "vimusic/ground.py": "import json, os.path\nHERE = 'no such file.css'",
    "vimusic/registry.py": "",
    "vimusic/unused.py": "",
    "vimusic/data/__init__.py": "",
    "vimusic/data/table.py": "from ..ground import HERE",
    "vimusic/data/deep.py": "def late():\n    import vimusic.data.table as told\n    return told",
    "vimusic/report/__init__.py": "from . import page",
    "vimusic/report/page.py": "from vimusic.data import deep\nPAGE = 'page.html'\nSTYLE = 'missing.css'",
    "vimusic/report/page.html": "<html>",
    "vimusic/report/circle.py": "from .partner import other",
    "vimusic/report/partner.py": "from . import circle",
    "vimusic/data/tools/__init__.py": "from vimusic.registry import Registry",
    "vimusic/data/tools/saw.py": "from . import _shared",
    "vimusic/data/tools/drill.py": "",
    "vimusic/data/tools/_shared.py": "",
    "report/draw.py": "import json\nimport vimusic.report.page\n",
    "report/choose.py": "from vimusic.data.tools import TOOLS\n",
    "report/turn.py": "from vimusic.report import circle\n",
    "report/star.py": "from vimusic.ground import *\n",
}
GROUND = {"vimusic/__init__.py", "vimusic/ground.py"}
TABLE = GROUND | {"vimusic/data/__init__.py", "vimusic/data/table.py"}
PAGE = TABLE | {
    *(
        "vimusic/data/deep.py",
        "vimusic/report/__init__.py",
        "vimusic/report/page.py",
        "vimusic/report/page.html",
    )
}
TOOLS = {
    *(
        "vimusic/__init__.py",
        "vimusic/registry.py",
        "vimusic/data/__init__.py",
        "vimusic/data/tools/__init__.py",
    )
}


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """Folder of the toy package and its programs."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    monkeypatch.setattr(closure, "ROOT", tmp_path)
    return tmp_path


def code(toys, name, *entries):
    """What ``name`` runs besides itself, as paths below ``toys``."""
    first, *rest = closure.closure(toys / name, entries)
    assert first == toys / name and rest == sorted(rest)
    return {str(path.relative_to(toys)) for path in rest}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vimusic/ground.py", set()),
        ("vimusic/data/table.py", GROUND),
        ("vimusic/data/deep.py", TABLE),
        ("report/draw.py", PAGE),
        ("report/star.py", GROUND),
    ],
    ids=["nothing", "relative", "inside a function", "dotted, from . import, a file beside", "star"],
)
def test_whatever_way_it_is_imported(toys, name, expected):
    assert code(toys, name) == expected


def test_a_circle_ends(toys):
    assert {"vimusic/report/circle.py", "vimusic/report/partner.py"} <= code(toys, "report/turn.py")


def test_entries_of_a_registry_count_when_they_are_asked_for(toys):
    assert code(toys, "report/choose.py") == TOOLS
    saw = {"vimusic/data/tools/saw.py", "vimusic/data/tools/_shared.py"}
    assert code(toys, "report/choose.py", "data.tools.saw") == TOOLS | saw


def test_packages_on_the_way_to_an_entry_run(toys):
    entry = TOOLS | {"vimusic/data/tools/drill.py"}
    assert code(toys, "report/star.py", "data.tools.drill") == GROUND | entry


def test_an_entry_that_is_not_there_is_told(toys):
    with pytest.raises(UserError, match=r"data\.tools\.plane"):
        closure.closure(toys / "report/choose.py", ("data.tools.plane",))


def test_settings_stand_above_main(tmp_path):
    path = tmp_path / "program.py"
    path.write_text('@program\n@settings("audio.n_fft", "video.fps")\ndef main(out, settings):\n    pass\n')
    assert closure.settings_of(path) == ("audio.n_fft", "video.fps")


@pytest.mark.parametrize("text", ["def main(out):\n    pass\n", "@program\ndef main(out):\n    pass\n", ""])
def test_a_program_may_name_no_settings(tmp_path, text):
    path = tmp_path / "program.py"
    path.write_text(text)
    assert closure.settings_of(path) == ()


def test_a_real_program_brings_what_it_runs():
    scripts = Path(__file__).parents[2] / "scripts"
    program = scripts / "models/synthesize.py"
    found = {str(path.relative_to(scripts.resolve())) for path in closure.closure(program)}
    assert {
        "models/synthesize.py",
        "vimusic/options.py",
        "vimusic/settings.py",
        "vimusic/features/audio.py",
    } <= found
    assert "vimusic/models/vocoders/griffin_lim.py" not in found
    assert "audio.n_fft" in closure.settings_of(program)
