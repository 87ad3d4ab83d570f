"""Answers are checked, kept whole through anything, and read back; the server gives nothing else away."""

import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from vimusic.errors import UserError
from vimusic.report.listening import answers
from vimusic.report.listening.server import ANSWER_BYTES, main, serve

KEY = {
    "study": "77f73e081939",
    "data": "custom",
    "stems": {},
    "trials": {
        "q1": {"part": "questions", "stem": "A.1", "clips": {"c1": "vision"}},
        "m1": {"part": "comparison", "stem": "A.1", "clips": {"c2": "vision", "c3": "recording"}},
    },
}
SESSION = "0123456789abcdef" * 2
START = {
    "study": KEY["study"], "session": SESSION, "trial": "start", "place": 0, "seconds": 3,
    "shown": [], "answer": {"seed": 5, "headphones": "yes"},
}  # fmt: skip
ASKED = START | {
    "trial": "q1", "place": 1, "shown": ["c1"], "answer": {"coherent": "no", "family": "rhythmic"},
}  # fmt: skip
COMPARED = START | {"trial": "m1", "place": 2, "shown": ["c3", "c2"], "answer": {"c2": 0, "c3": 100}}


@pytest.mark.parametrize("record", [START, ASKED, COMPARED])
def test_what_the_page_sends_is_accepted(record):
    answers.check(record, KEY)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ([], "not an answer"),
        ({**START, "name": "me"}, "not an answer"),
        ({**START, "study": "another"}, "another study"),
        ({**START, "session": "../../etc/passwd"}, "session"),
        ({**START, "session": SESSION + "\n"}, "session"),
        ({**START, "session": 5}, "session"),
        ({**ASKED, "trial": "q9"}, "trial"),
        ({**ASKED, "trial": ["q1"]}, "trial"),
        ({**ASKED, "shown": ["c2"]}, "clips"),
        ({**ASKED, "shown": "c1"}, "clips"),
        ({**ASKED, "place": -1}, "place"),
        ({**ASKED, "seconds": "long"}, "seconds"),
        ({**ASKED, "answer": {"coherent": "no"}}, "answer"),
        ({**ASKED, "answer": {"coherent": "no", "family": "keyboard"}}, "answer"),
        ({**ASKED, "answer": None}, "answer"),
        ({**COMPARED, "answer": {"c2": 0}}, "answer"),
        ({**COMPARED, "answer": {"c2": 0, "c3": 101}}, "answer"),
        ({**COMPARED, "answer": {"c2": 0, "c3": True}}, "answer"),
        ({**START, "answer": {"seed": 0, "headphones": "yes"}}, "answer"),
    ],
)
def test_anything_else_is_refused(record, why):
    with pytest.raises(UserError, match=why):
        answers.check(record, KEY)


def test_storing_twice_keeps_one_line(tmp_path):
    assert answers.store(tmp_path / "new", START)
    assert answers.store(tmp_path / "new", ASKED)
    assert not answers.store(tmp_path / "new", START)
    assert answers.read(tmp_path / "new", KEY) == [START, ASKED]


def test_the_last_answer_to_a_trial_counts(tmp_path):
    changed = ASKED | {"answer": {"coherent": "yes", "family": "brass"}}
    for record in (START, ASKED, changed):
        answers.store(tmp_path, record)
    assert answers.read(tmp_path, KEY) == [START, changed]


@pytest.mark.parametrize("left", [1, 20, -1])
def test_a_line_torn_by_a_kill_is_dropped_and_sent_again(tmp_path, left):
    answers.store(tmp_path, START)
    path = tmp_path / f"{SESSION}.jsonl"
    with path.open("a") as file:
        file.write((json.dumps(ASKED, sort_keys=True) + "\n")[:left])
    assert answers.read(tmp_path, KEY) == [START]
    answers.store(tmp_path, ASKED)
    assert answers.read(tmp_path, KEY) == [START, ASKED]


def test_a_page_s_own_file_and_the_server_s_count_once(tmp_path):
    answers.store(tmp_path, START)
    answers.store(tmp_path, ASKED)
    (tmp_path / "answers.json").write_text(json.dumps([START, ASKED, COMPARED]))
    (tmp_path / "notes.txt").write_text("not answers")
    assert sorted(r["place"] for r in answers.read(tmp_path, KEY)) == [0, 1, 2]


def test_a_session_s_file_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "SESSION_BYTES", 300)
    answers.store(tmp_path, START)
    with pytest.raises(UserError, match="too many answers"):
        answers.store(tmp_path, ASKED)
    assert answers.read(tmp_path, KEY) == [START]


def test_a_foreign_file_is_named(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        answers.read(tmp_path / "none", KEY)
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(UserError, match=r"a\.json: is not a file of answers"):
        answers.read(tmp_path, KEY)
    (tmp_path / "a.json").write_text(json.dumps([START, {**ASKED, "study": "old"}]))
    with pytest.raises(UserError, match=r"a\.json: record 2: answers another study"):
        answers.read(tmp_path, KEY)
    with pytest.raises(UserError, match=r"a\.json: is not the key"):
        answers.read_key(tmp_path / "a.json")


@pytest.fixture
def server(tmp_path):
    running = serve(b"<!doctype html>the page", KEY, tmp_path / "answers", 0)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield running.server_address[1], tmp_path / "answers"
    running.shutdown()
    running.server_close()
    thread.join()


def ask(port, method, path, body=None, **headers):
    """(status, body) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
    reply = connection.getresponse()
    return reply.status, reply.read()


def post(port, record, **headers):
    headers = {"Content_Type": "application/json"} | headers
    return ask(port, "POST", "/answers", json.dumps(record), **headers)[0]


def test_server_gives_the_page_and_nothing_else(server):
    port, folder = server
    assert ask(port, "GET", "/") == (200, b"<!doctype html>the page")
    assert post(port, START) == 200
    for path in (
        "/answers",
        f"/answers/{SESSION}.jsonl",
        "/key.json",
        "/../key.json",
        "/%2e%2e/",
        "//etc/passwd",
    ):
        assert ask(port, "GET", path)[0] == 404
    assert ask(port, "POST", "/", "{}", Content_Type="application/json")[0] == 404
    assert ask(port, "PUT", "/answers", "{}")[0] == 501
    assert [path.name for path in folder.iterdir()] == [f"{SESSION}.jsonl"]


def test_server_keeps_a_double_submit_once_and_refuses_the_rest(server):
    port, folder = server
    assert [post(port, record) for record in (START, ASKED, ASKED, COMPARED)] == [200] * 4
    assert answers.read(folder, KEY) == [START, ASKED, COMPARED]
    assert post(port, {**START, "session": "../escape"}) == 400
    assert ask(port, "POST", "/answers", "{", Content_Type="application/json")[0] == 400
    assert ask(port, "POST", "/answers", b"\xff\xfe", Content_Type="application/json")[0] == 400
    assert ask(port, "POST", "/answers", "[" * 5000, Content_Type="application/json")[0] == 400
    assert post(port, {**START, "study": "x" * ANSWER_BYTES}) == 413
    assert answers.read(folder, KEY) == [START, ASKED, COMPARED]
    assert len(list(folder.parent.iterdir())) == 1


def test_server_refuses_what_another_site_could_send(server):
    port, folder = server
    assert post(port, START, Content_Type="text/plain") == 404
    assert post(port, START, Host="evil.example") == 404
    assert ask(port, "GET", "/", Host="evil.example")[0] == 404
    assert not folder.exists()


def test_server_takes_many_listeners_at_once(server):
    port, folder = server
    records = [record | {"session": f"{k:032x}"} for k in range(8) for record in (START, ASKED, COMPARED)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda record: post(port, record), records * 2)) == {200}
    kept = answers.read(folder, KEY)
    assert len(kept) == len(records)
    assert all(record in kept for record in records)
    assert sum(len(path.read_text().splitlines()) for path in folder.iterdir()) == len(records)


def test_a_page_of_another_study_is_not_shown(tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(KEY))
    (tmp_path / "page.html").write_text("the page of another study")
    words = {"--page": "page.html", "--key": "key.json", "--answers": "answers"}
    with pytest.raises(UserError, match=r"page\.html: is not the page of .*key\.json"):
        main(
            [
                *(word for option, name in words.items() for word in (option, str(tmp_path / name))),
                "--port",
                "0",
            ]
        )
