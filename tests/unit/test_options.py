"""A program's options follow from its parameters and the settings it names; a mistake is one line."""

import copy
import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import pytest

from vimusic import registry
from vimusic.errors import UserError, run
from vimusic.options import Bare, Named, program, settings
from vimusic.settings import Variant


@program
@settings("audio.sample_rate", "split.unit", "split.test_titles", "training.learning_rate", "encoder.centre")
def given(
    mels: list[Path],
    track: int,
    variant: Variant,
    settings,
    how: Annotated[Literal["plain", "fancy"], "in which way"] = "plain",
    rates: list[float] = [],  # noqa: B006
    notes: Path | None = None,
    loud: bool = False,
):
    """What it was given."""
    return locals()


WORDS = {
    "--mels": ["a.npz", "b c.npz"],
    "--track": ["2"],
    "--variant": ['{"inputs": ["video", "roll"], "crops": "auto"}'],
    "--audio.sample_rate": ["44100"],
    "--split.unit": ["title"],
    "--training.learning_rate": ["1e-3"],
}


def words(**changes):
    """The command line, with other words behind some options; None leaves the option out."""
    changed = WORDS | {f"--{name.replace('__', '.')}": value for name, value in changes.items()}
    return [word for option, parts in changed.items() if parts is not None for word in (option, *parts)]


def test_words_become_values_of_the_annotated_types():
    found = given(words())
    assert found["mels"] == [Path("a.npz"), Path("b c.npz")]
    assert found["track"] == 2 and found["how"] == "plain"
    assert found["rates"] == [] and found["notes"] is None and found["loud"] is False
    assert found["variant"] == Variant(inputs=["video", "roll"], crops="auto")
    assert found["settings"].audio == {"sample_rate": 44100}
    assert found["settings"].training.learning_rate == 1e-3
    assert found["settings"].split == {"unit": "title", "test_titles": []}
    assert found["settings"].encoder.centre is False


def test_what_may_be_left_out_may_be_given():
    more = {"rates": ["1", "2.5"], "notes": ["n.txt"], "loud": [], "how": ["fancy"]}
    found = given(words(**more, encoder__centre=[], split__test_titles=["Jupiter", "La Folia"]))
    assert found["rates"] == [1.0, 2.5] and found["notes"] == Path("n.txt") and found["loud"] is True
    assert found["how"] == "fancy" and found["settings"].encoder.centre is True
    assert found["settings"].split.test_titles == ["Jupiter", "La Folia"]


WRONG = {
    "missing option": ({"track": None}, "--track"),
    "missing setting": ({"audio__sample_rate": None}, "--audio.sample_rate"),
    "unknown option": ({"volume": ["11"]}, "--volume"),
    "part of a name": ({"audio__sample_rate": None, "audio__sample": ["44100"]}, "--audio.sample"),
    "no number": ({"track": ["two"]}, "--track"),
    "empty list": ({"mels": []}, "--mels"),
    "no choice of a program": ({"how": ["odd"]}, "--how"),
    "no choice of a setting": ({"split__unit": ["stem"]}, "--split.unit"),
    "below its limit": ({"audio__sample_rate": ["8000"]}, "--audio.sample_rate"),
    "at its limit": ({"training__learning_rate": ["0"]}, "--training.learning_rate"),
    "infinite": ({"training__learning_rate": ["inf"]}, "--training.learning_rate"),
    "twice": ({"split__test_titles": ["A", "A"]}, "--split.test_titles"),
    "no JSON": ({"variant": ["video"]}, "--variant"),
    "no entry": ({"variant": ['{"inputs": ["smell"]}']}, "--variant.inputs.0"),
    "unknown key": ({"variant": ['{"inputs": ["video"], "crop": "auto"}']}, "--variant.crop"),
}


@pytest.mark.parametrize(("change", "named"), WRONG.values(), ids=WRONG)
def test_a_wrong_word_is_one_line_that_names_its_option(change, named):
    with pytest.raises(UserError) as caught:
        given(words(**change))
    told = str(caught.value)
    assert named in told and "\n" not in told


def test_a_limit_and_the_value_beyond_it_are_told():
    with pytest.raises(UserError, match=r"--audio\.sample_rate: .*16000, not 8000"):
        given(words(audio__sample_rate=["8000"]))


def test_run_takes_the_command_line_and_shows_one_line(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["given.py", "--track", "2"])
    with pytest.raises(SystemExit) as caught:
        run(given)
    assert caught.value.code.startswith("error: ") and "--mels" in caught.value.code


def test_help_explains_paths_settings_and_what_the_program_says_itself(capsys):
    with pytest.raises(SystemExit) as caught:
        given(["--help"])
    assert caught.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "in which way" in shown and "Notes_*.txt" in shown and "LEAK" in shown


@program
def placed(
    film: Annotated[Path | None, Bare("what it is of")] = None,
    out: Path | None = None,
    squares: list[tuple[int, int]] = [],  # noqa: B006
    codes: tuple[str, ...] = (),
    shift: float = 0.0,
):
    return film, out, squares, codes, shift


@pytest.mark.parametrize(
    "words",
    [
        "a.mp4 -o b.mp4 --squares 1,2 --squares 3,4 --codes vn,cl --shift -1.5",
        "--squares 1,2 --codes vn,cl a.mp4 --squares 3,4 --out b.mp4 --shift -1.5",
        "--shift=-1.5 --out=b.mp4 --codes vn,cl --squares 1,2 --squares 3,4 -- a.mp4",
    ],
)
def test_a_word_may_stand_alone_and_hold_commas(words):
    assert placed(words.split()) == (Path("a.mp4"), Path("b.mp4"), [(1, 2), (3, 4)], ("vn", "cl"), -1.5)


def test_a_word_that_stands_alone_may_be_left_out_and_begin_with_a_dash():
    assert placed([]) == (None, None, [], (), 0.0)
    assert placed(["--out=-b.mp4", "--", "-a.mp4"])[:2] == (Path("-a.mp4"), Path("-b.mp4"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a", "b"], "unrecognized arguments: b"),
        (["--squares", "1,2,3"], "--squares: 1,2,3 is not int,int"),
        (["--squares", "1,b"], "--squares: 1,b is not int,int"),
        (["-a.mp4"], "unrecognized arguments: -a.mp4"),
    ],
)
def test_what_is_no_such_word_is_one_line(words, told):
    with pytest.raises(UserError, match=told):
        placed(words)


def test_a_program_may_have_no_setting():
    assert program(lambda: "done")([]) == "done"


def test_named_settings_are_copied_and_passed_on():
    section = Named(n_fft=1024)
    assert copy.deepcopy(section) == section == Named(**section)
    with pytest.raises(AttributeError, match="n_mels"):
        section.n_mels  # noqa: B018


def test_what_a_registry_holds_is_read_off_its_folder(tmp_path, monkeypatch):
    folder = tmp_path / "toyhouse/tools"
    folder.mkdir(parents=True)
    (tmp_path / "toyhouse/__init__.py").write_text("")
    (folder / "__init__.py").write_text("")
    (folder / "saw.py").write_text("raise RuntimeError('imported')\n")
    (folder / "hammer.py").write_text("def tool():\n    return 'bang'\n")
    (folder / "nail.py").write_text("")
    (folder / "_shared.py").write_text("")
    monkeypatch.setattr(registry, "PACKAGE", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    tools = registry.Registry("toyhouse.tools", "tool")
    assert list(tools) == registry.names("toyhouse.tools") == ["hammer", "nail", "saw"]
    assert tools["hammer"]() == "bang"
    with pytest.raises(UserError, match=r"no drill; there are hammer, nail, saw"):
        tools["drill"]
    with pytest.raises(UserError, match=r"nail\.py: defines no tool"):
        tools["nail"]


def test_every_folder_of_entries_keeps_its_promise():
    for folder in ("features.crops", "features.sources", "models.vocoders", "models.baselines"):
        package = registry.import_module(f"vimusic.{folder}")
        [entries] = [thing for thing in vars(package).values() if isinstance(thing, registry.Registry)]
        assert [entries[name] for name in entries]


def test_json_of_a_variant_comes_back():
    variant = Variant(inputs=["video"], finetune=True)
    told = json.dumps(variant.model_dump())
    assert given(words(variant=[told]))["variant"] == variant


def test_a_word_without_a_name_is_missed_by_its_own():
    @program
    def eat(what: Annotated[Path, Bare("a dish")], salt: bool = False):
        return what, salt

    assert eat(["--salt", "soup"]) == eat(["soup", "--salt"]) == (Path("soup"), True)
    with pytest.raises(UserError, match="what"):
        eat(["--salt"])
