"""Show the listening study on this machine and keep every answer.

    python scripts/listening_server.py --page page.html --key key.json --answers answers/

It listens on 127.0.0.1 only, serves the page and nothing else, and confirms an answer once it is on the disk.
"""

import http.server
import json
import threading
from functools import partial
from pathlib import Path

from vimusic.errors import UserError, run
from vimusic.report.listening import answers
from vimusic.options import parser

HOST = "127.0.0.1"
ANSWER_BYTES = 20_000


class Handler(http.server.BaseHTTPRequestHandler):
    """GET / gives the page, POST /answers takes one answer; all else is 404."""

    timeout = 30  # s that a silent connection may last
    turn = threading.Lock()

    def __init__(self, *args, page, key, folder):
        self.page, self.key, self.folder = page, key, folder
        super().__init__(*args)

    def reply(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def ours(self):
        """Whether the request names this server: a foreign page's name that resolves here does not."""
        port = self.server.server_address[1]
        return self.headers.get("Host") in (f"{HOST}:{port}", f"localhost:{port}")

    def do_GET(self):
        if self.path == "/" and self.ours():
            self.reply(200, self.page, "text/html")
        else:
            self.reply(404, b"not here\n")

    def do_POST(self):
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
            answers.check(record, self.key)
            with self.turn:
                answers.store(self.folder, record)
        except (ValueError, RecursionError):
            return self.reply(400, b"not JSON\n")
        except UserError as error:
            return self.reply(400, f"{error}\n".encode())
        self.reply(200, b"saved\n")


def serve(page, key, folder, port):
    """A server of ``page`` (bytes) and the study ``key`` that stores answers in ``folder`` (Path)."""
    handler = partial(Handler, page=page, key=key, folder=folder)
    return http.server.ThreadingHTTPServer((HOST, port), handler)


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--page", required=True, help=".html of listening_kit.py")
    options.add_argument("--key", required=True, help=".json of listening_kit.py")
    options.add_argument("--answers", required=True, help="folder, one file a listener")
    options.add_argument("--port", type=int, default=8000, help="0: any free one")
    args = options.parse_args(argv)

    key = answers.read_key(args.key)
    try:
        page = Path(args.page).read_bytes()
        server = serve(page, key, Path(args.answers), args.port)
    except OSError as error:
        raise UserError(f"{error.filename or f'port {args.port}'}: {error.strerror}; name another") from None
    if key["study"].encode() not in page:
        raise UserError(f"{args.page}: is not the page of {args.key}; make both again")
    print(f"http://{HOST}:{server.server_address[1]}/ (end with Ctrl-C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("ended")


if __name__ == "__main__":
    run(main)
