"""A folder of one's own recordings becomes the data of a run, or is told what it lacks and left alone."""

import errno
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from clips_io import numbered, write_video
from odd_films import score
from recordings_io import DOWN, SECONDS, UP, player, wav

from vimusic import settings
from vimusic.__main__ import command
from vimusic.data.split import deal_folds, split_fold
from vimusic.data.urmp import COLUMNS, read_notes, read_stems
from vimusic.errors import UserError
from vimusic.features.recordings import kept, listed, main
from vimusic.models.inference import donors


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """``mine`` in the working directory: a duet with notes each, one with a score, and a solo with a text."""
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "mine"
    player(mine / "duet", "2 violin", UP)
    player(mine / "duet", "10 cello", DOWN)
    wav(mine / "song/a_vc.wav")
    wav(mine / "song/b_vn.wav")
    score(mine / "song/score.mid", ("Violin", 40, *UP), ("Cello", 42, *DOWN))
    wav(mine / "solo/flute.wav")
    (mine / "solo/flute.txt").write_text("0.5\t440\t1\n")
    return mine


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(folder, capsys):
    """What ``vimusic init`` says is wrong, a line each; it writes nothing."""
    before = everything(folder)
    with pytest.raises(UserError) as caught:
        main([str(folder)])
    assert everything(folder) == before
    assert "\n" not in str(caught.value)
    lines = capsys.readouterr().err.splitlines()
    if lines:
        told = "1 thing" if len(lines) == 1 else f"{len(lines)} things"
        assert f"nothing written; {told} to repair" in str(caught.value)
    return lines or [str(caught.value)]


def config_and_stems(folder):
    config = settings.checked(yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8")))
    return config, read_stems(config["data"]["stems"])


def test_the_written_config_and_inventory_are_those_of_a_run(folder, capsys):
    command(["init", "mine"])
    config, stems = config_and_stems(folder)
    assert config["run"] == "mine"
    assert config["data"]["name"] == "custom"
    assert (config["data"]["path"], config["data"]["stems"]) == ("mine", "mine/stems.tsv")
    assert config["rows"] == ["midi", "midi_harmonic", "midi_ddsp"]
    assert config["split"]["folds"] == 3 and not config["split"]["validation"]
    assert list(stems.columns) == COLUMNS
    assert list(stems.index) == ["duet.1", "duet.2", "solo.1", "song.1", "song.2"]
    assert list(stems.instrument) == ["vn", "vc", "fl", "vc", "vn"]
    assert list(stems.audio) == ["2 violin.wav", "10 cello.wav", "flute.wav", "a_vc.wav", "b_vn.wav"]
    assert list(stems.slot) == list(stems.track) == [1, 2, 1, 1, 2]
    assert list(stems.players) == [2, 2, 1, 2, 2]
    assert set(stems.video) == set(stems.f0s) == {""}
    assert list(stems["take"]) == list(stems.title) == list(stems.piece)


def test_it_says_what_it_found_and_what_is_next(folder, capsys):
    main(["mine"])
    assert capsys.readouterr().out.splitlines() == [
        "duet: no video",
        "  1 violin: 2 violin.wav, 3.00 s, 3 notes from 2 violin.mid",
        "  2 cello: 10 cello.wav, 3.00 s, 2 notes from 10 cello.mid",
        "solo: no video",
        "  1 flute: flute.wav, 3.00 s, 1 note from flute.txt",
        "song: no video",
        "  1 cello: a_vc.wav, 3.00 s, 2 notes from score.mid, track 2 (Cello) by name",
        "  2 violin: b_vn.wav, 3.00 s, 3 notes from score.mid, track 1 (Violin) by name",
        "written: mine/config.yaml, mine/stems.tsv and 4 Notes_*.txt",
        "no video of duet, solo, song: only rows that read notes (midi, midi_harmonic, midi_ddsp)",
        "3 pieces: each is held out in turn",
        "next: snakemake --cores all --configfile mine/config.yaml",
    ]


def test_the_notes_are_those_of_the_score(folder):
    main(["mine"])
    stems = read_stems(folder / "stems.tsv")
    for stem, played in [("duet.1", UP), ("duet.2", DOWN), ("song.1", DOWN), ("song.2", UP)]:
        row = stems.loc[stem]
        assert row.notes == f"Notes_{row.track}_{row.instrument}.txt"
        notes = read_notes(folder / row.piece / row.notes, SECONDS)
        np.testing.assert_allclose(notes.onset, [onset for onset, _ in played], atol=1e-6)
        np.testing.assert_allclose(notes.duration, 0.2, atol=1e-6)
        assert list(notes.midi) == [pitch for _, pitch in played]
        np.testing.assert_allclose(12 * np.log2(notes.hertz / 440) + 69, notes.midi, atol=1e-6)


def test_a_text_stays_as_it_is_and_is_named(folder):
    main(["mine"])
    assert read_stems(folder / "stems.tsv").notes["solo.1"] == "flute.txt"
    assert (folder / "solo/flute.txt").read_text() == "0.5\t440\t1\n"
    assert not list(folder.glob("solo/Notes_*"))


def test_where_all_have_a_video_models_see(folder):
    for piece in ("duet", "song", "solo"):
        write_video(folder / piece / "film.MP4", numbered(30), rate=30)
    main(["mine"])
    config, stems = config_and_stems(folder)
    assert config["rows"] == ["vision", "vision_midi", "midi", "midi_harmonic", "midi_ddsp"]
    # Of three titles one trains, one is tested, and one lends the control its video.
    folds = deal_folds(stems, pd.Series(1.0, stems.index), 0, config["split"]["folds"])
    split = split_fold(folds, 1, config["split"]["validation"])
    assert set(donors(stems.assign(split=split, family="strings"))) == set(split.index[split == "test"])
    assert set(stems.video) == {"film.MP4"}


def test_ten_pieces_are_divided_as_in_the_paper(folder):
    for number in range(7):
        player(folder / f"take {number}", "violin")
    main(["mine"])
    assert config_and_stems(folder)[0]["split"]["folds"] == 0


def test_the_midi_says_the_instrument_where_the_wav_does_not(folder):
    player(folder / "hers", "left", UP, program=73)
    main(["mine"])
    assert read_stems(folder / "stems.tsv").instrument["hers.1"] == "fl"


def test_odd_names_are_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = ['Für Oma\'s "Fest"', "$HOME; ls", "曲 *"]
    for name in names:
        player(tmp_path / "my 'tapes' für" / name, "1. Flöte, rechts")
    main(["my 'tapes' für"])
    config, stems = config_and_stems(tmp_path / "my 'tapes' für")
    assert config["run"] == "my_tapes_f_r"
    assert set(stems.piece) == set(names) and set(stems.instrument) == {"fl"}
    assert "--configfile 'my '\"'\"'tapes'\"'\"' für/config.yaml'" in capsys.readouterr().out


def test_a_folder_may_be_the_working_directory(folder, monkeypatch):
    monkeypatch.chdir(folder)
    main(["."])
    assert config_and_stems(folder)[0]["run"] == "mine"


@pytest.mark.parametrize("name", ["Aria", "01 Aria", "2024-05-01", "a.b", 'a "b", c', "Ärger"])
def test_a_name_of_a_piece(name):
    assert kept(name)


@pytest.mark.parametrize("name", ["01", "1e5", "NA", "True", "-a", "a\nb", "a\udcff"])
def test_no_name_of_a_piece(name):
    assert not kept(name)


def test_files_are_sorted_as_people_count(tmp_path):
    names = ["1.wav", "2.wav", "a2.wav", "A10.wav", "b"]
    for name in [*names, ".hidden"]:
        (tmp_path / name).touch()
    assert [path.name for path in listed(tmp_path)] == names


def cut(path):
    path.write_bytes(path.read_bytes()[:1000])


def two_scores(mine):
    score(mine / "song/other.mid", ("", 0, *UP))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: (m / "duet/10 cello.mid").unlink(), ["10 cello.wav: no notes; put 10 cello.mid"]),
        (two_scores, ["song/a_vc.wav: no notes; put a_vc.mid beside it", "song/b_vn.wav: no notes"]),
        (lambda m: (m / "song/score.mid").unlink(), ["a_vc.wav: no notes; put a_vc.mid", "b_vn.wav: no"]),
        (
            lambda m: wav(m / "song/c_vn.wav"),
            ["mine/song: 3 wavs and 2 parts in score.mid: track 1 (Violin)"],
        ),
        (
            lambda m: player(m / "duet", "x"),
            ["duet/x.wav: no instrument in its name; call it like 'x violin"],
        ),
        (
            lambda m: score(m / "solo/flute.mid", ("", 0, *UP)),
            ["flute.wav: has notes in flute.mid, flute.txt"],
        ),
        (lambda m: score(m / "duet/2 violin.mid", ("a", 0, *UP), ("b", 0, *UP)), ["2 parts for one player"]),
        (lambda m: (m / "duet/2 violin.mid").write_text("no"), ["2 violin.mid: cannot be read as MIDI"]),
        (lambda m: (m / "solo/flute.txt").write_text("a b c"), ["flute.txt: line 1: 'a b c' is not a note"]),
        (lambda m: (m / "new").mkdir(), ["mine/new: no wav; put in one for each player"]),
        (lambda m: (m / "duet").rename(m / "07"), ["mine/07: no name for a piece"]),
        (lambda m: (m / "duet").rename(m / "a{b}"), ["mine/a{b}: braces in a name"]),
        (lambda m: player(m / "new", "{vn}"), ["{vn}.wav: braces in", "{vn}.mid: braces in a name"]),
        (lambda m: cut(m / "solo/flute.wav"), ["flute.wav: holds 992 of"]),
        (lambda m: (m / "solo/flute.wav").write_text("no"), ["flute.wav: cannot be read as audio"]),
        (lambda m: wav(m / "solo/flute.wav", channels=2), ["flute.wav: has 2 channels; a stem is mono"]),
        (
            lambda m: wav(m / "duet/2 violin.wav", 2),
            ["2 violin.mid: a note starts at 2.50 s, but 2 violin.w"],
        ),
        (lambda m: (m / "solo/a.mov").write_text("no"), ["a.mov: cannot be decoded"]),
        (lambda m: (m / "duet").rename(m.parent / "duet"), ["mine: 2 pieces, a folder each; add some"]),
    ],
)
def test_what_is_missing_or_odd_is_a_line(folder, capsys, change, told):
    change(folder)
    lines = refused(folder, capsys)
    assert len(lines) == len(told)
    assert all(words in line for line, words in zip(lines, told, strict=True)), lines


def test_two_videos_are_a_line(folder, capsys):
    for name in ("a.mp4", "b.mov"):
        write_video(folder / "solo" / name, numbered(10), rate=30)
    assert refused(folder, capsys) == [f"{folder}/solo: 2 videos, a.mp4, b.mov; keep one"]


def test_all_is_told_at_once(folder, capsys):
    (folder / "solo/flute.txt").unlink()
    (folder / "solo/flute.wav").rename(folder / "solo/x.wav")
    wav(folder / "solo/x.wav", channels=2)
    (folder / "new").mkdir()
    lines = refused(folder, capsys)
    assert [line.split(": ")[1].split(";")[0] for line in lines] == [
        *("no wav", "no notes"),
        *("has 2 channels", "no instrument in its name"),
    ]


@pytest.mark.parametrize("name", ["stems.tsv", "config.yaml", "duet/Notes_1_vn.txt"])
def test_what_is_there_is_not_overwritten(folder, capsys, name):
    (folder / name).write_text("mine")
    assert refused(folder, capsys) == [f"{folder}/{name}: there already; remove or rename to begin anew"]


def test_a_second_time_is_one_line(folder, capsys):
    main([str(folder)])
    capsys.readouterr()
    assert "config.yaml and 5 files more: there already" in refused(folder, capsys)[0]


def test_a_full_disk_leaves_nothing(folder, monkeypatch):
    write = Path.write_text

    def full(path, text, encoding):
        if path.parent.name == "song":
            raise OSError(errno.ENOSPC, "full")
        return write(path, text, encoding)

    before = everything(folder)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UserError, match="free some space"):
        main(["mine"])
    assert everything(folder) == before


def test_no_folder_is_a_line(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        main([str(tmp_path / "none")])
