"""A score's parts find their players, and their place in the film."""

import pytest
from mido import Message, MetaMessage
from odd_films import midi_file

from vimusic.errors import UserError
from vimusic.features.parts import Part, match, placed, read_score_parts, span


def part(number, name="", program=0, notes=((0, 1, 60),)):
    return Part(number, name, program, list(notes))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Violin I", "vn"),
        ("VIOLINS", "vn"),
        ("violin2", "vn"),
        ("Vln. 1", "vn"),
        ("Viola", "va"),
        ("Violoncello", "vc"),
        ("Solo Cello", "vc"),
        ("Double Bass", "db"),
        ("Kontrabass", "db"),
        ("Flöte", "fl"),
        ("Bb Clarinet", "cl"),
        ("Alto Saxophone", "sax"),
        ("Bassoon", "bn"),
        ("Bass_Trombone", "tbn"),
        ("Horn in F", "hn"),
        ("vn", "vn"),
        ("English Horn", None),
        ("Piano", None),
        ("", None),
        ("Violence", None),
        ("Cornflakes", None),
    ],
)
def test_a_name_tells_its_instrument(name, code):
    assert part(1, name).named == code


def test_the_program_tells_where_the_name_does_not():
    assert part(1, "Track 1", 73).instrument == "fl"
    assert part(1, "Viola", 40).instrument == "va"
    assert part(1, "Piano", 0).instrument is None


SCORE = [part(1, "Cello", 42), part(2, "Violin", 40), part(3, "", 73)]


@pytest.mark.parametrize(
    ("codes", "numbers", "how"),
    [
        ((), [1, 2, 3], ["order"] * 3),
        (("vn", "vc", "fl"), [2, 1, 3], ["name", "name", "program"]),
        (("fl", "tpt", "vc"), [3, 2, 1], ["program", "order", "name"]),
        (("vn", "vn", "vn"), [2, 1, 3], ["name", "order", "order"]),
    ],
)
def test_players_find_their_parts_by_name_program_and_order(codes, numbers, how):
    found = match(SCORE, 3, codes)
    assert [[each.number for each in parts] for parts, _ in found] == [[number] for number in numbers]
    assert [told for _, told in found] == how


def test_tracks_may_be_told_shared_and_put_together():
    found = match(SCORE, 3, ("vn", "vc", "fl"), ("3", "1 + 2", "3"))
    assert [[each.number for each in parts] for parts, _ in found] == [[3], [1, 2], [3]]


@pytest.mark.parametrize(
    ("players", "tracks", "told"),
    [
        (4, (), r"3 parts for 4 players: track 1 \(Cello\), .*track 3 \(Flute\); .*--tracks"),
        (2, ("1", "4"), "no track 4; there are track 1"),
        (1, ("1+",), "no track ; there are"),
        (1, ("one",), "no track one"),
    ],
)
def test_what_cannot_be_matched_is_one_line(players, tracks, told):
    with pytest.raises(UserError, match=told) as caught:
        match(SCORE, players, (), tracks)
    assert "\n" not in str(caught.value)


def test_notes_are_moved_stretched_and_cut_to_the_film():
    notes = [(0, 1, 60), (1, 2, 62), (9, 20, 64), (10, 11, 65)]
    assert placed(notes, 10) == [(0, 1, 60), (1, 2, 62), (9, 10, 64)]
    assert placed(notes, 10, -1.5) == [(0, 0.5, 62), (7.5, 10, 64), (8.5, 9.5, 65)]
    assert placed(notes, 40, 1, 2) == [(1, 3, 60), (3, 5, 62), (19, 40, 64), (21, 23, 65)]


def test_parts_are_read_with_name_program_and_span(tmp_path):
    def track(name, program, onset, pitch):
        return [
            (0, MetaMessage("track_name", name=name)),
            (0, Message("program_change", program=program)),
            (onset, Message("note_on", note=pitch)),
            (onset + 480, Message("note_off", note=pitch)),
        ]

    path = midi_file(tmp_path / "a.mid", [track("Violin", 40, 960, 76), track("Cello", 42, 480, 48)])
    parts = read_score_parts(path)
    assert [(each.number, each.name, each.program) for each in parts] == [(1, "Violin", 40), (2, "Cello", 42)]
    assert parts[0].notes == [(1.0, 1.5, 76)]
    assert span(parts) == (0.5, 1.5)
