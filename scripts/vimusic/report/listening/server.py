"""Show the listening study on this machine and keep every answer: page and key of ``listening_kit``, a folder
for a file a listener.

It listens on 127.0.0.1 only, serves the page and nothing else, and confirms an answer once it is on the disk.
"""

import http.server
import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

from vimusic.errors import UserError, run
from vimusic.options import program
from vimusic.report.listening.answers import check, read_key, store

HOST = "127.0.0.1"
ANSWER_BYTES = 20_000


class Handler(http.server.BaseHTTPRequestHandler):
    """GET / gives the page, POST /answers takes one answer; all else is 404."""

    timeout = 30  # s that a silent connection may last
    turn = threading.Lock()

    def __init__(self, *args: Any, page: bytes, key: dict[str, Any], folder: Path) -> None:
        self.page, self.key, self.folder = page, key, folder
        super().__init__(*args)

    def reply(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        """Send ``body`` as UTF-8 text of a ``kind``, never to be cached or guessed at."""
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def ours(self) -> bool:
        """Whether the request names this server: a foreign page's name that resolves here does not."""
        port = self.server.server_address[1]
        return self.headers.get("Host") in (f"{HOST}:{port}", f"localhost:{port}")

    def do_GET(self) -> None:
        """The page."""
        if self.path == "/" and self.ours():
            self.reply(200, self.page, "text/html")
        else:
            self.reply(404, b"not here\n")

    def do_POST(self) -> None:
        """Check and store one answer."""
        # Another site's page may post a form here unasked, but not JSON.
        plain_json = self.headers.get_content_type() == "application/json"
        if self.path != "/answers" or not self.ours() or not plain_json:
            return self.reply(404, b"not here\n")
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > ANSWER_BYTES:
            self.close_connection = True
            return self.reply(413, b"too long for an answer\n")
        try:
            record = json.loads(self.rfile.read(int(length)))
            check(record, self.key)
            with self.turn:
                store(self.folder, record)
        except (ValueError, RecursionError):
            return self.reply(400, b"not JSON\n")
        except UserError as error:
            return self.reply(400, f"{error}\n".encode())
        self.reply(200, b"saved\n")


def serve(page: bytes, key: dict[str, Any], folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of the ``page`` of a study that stores answers in ``folder``; port 0 is any free one."""
    handler = partial(Handler, page=page, key=key, folder=folder)
    return http.server.ThreadingHTTPServer((HOST, port), handler)


@program
def main(page: Path, key: Path, answers: Path, port: int = 8000) -> None:
    study = read_key(key)
    try:
        html = page.read_bytes()
        server = serve(html, study, answers, port)
    except OSError as error:
        raise UserError(f"{error.filename or f'port {port}'}: {error.strerror}; name another") from None
    if study["study"].encode() not in html:
        raise UserError(f"{page}: is not the page of {key}; make both again")
    print(f"http://{HOST}:{server.server_address[1]}/ (end with Ctrl-C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("ended")


if __name__ == "__main__":
    run(main)
