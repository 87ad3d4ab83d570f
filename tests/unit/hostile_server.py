"""A web server on 127.0.0.1 that serves one file and misbehaves as told, request by request."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class HostileServer(ThreadingHTTPServer):
    """Serves ``content`` at every address; ``moods`` holds one behaviour for each request to come.

    ``requests`` lists (path, Range header) of what was asked. Without a mood left it does as
    ``forever`` says, which is to behave.
    A mood is a dict: ``status``, ``headers``, ``cut`` (drop the connection after so many bytes),
    ``stall`` (seconds of silence after ``cut``), ``declare`` (Content-Length to announce, None for none),
    ``chunked``, ``ranges=False``, ``shift`` (bytes by which a range starts late), ``pace`` (seconds for each
    64 kB), ``content`` and ``etag`` (of another version of the file), ``deaf`` (to If-Range).
    """

    daemon_threads = True

    def __init__(self, content=b"", moods=(), forever=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.moods, self.forever = content, list(moods), forever or {}
        self.etag, self.modified = '"one"', None
        self.requests = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/Dataset.tar.gz"

    def handle_error(self, request, client_address):
        """A client that was killed is part of the tests."""


@contextmanager
def serving(*args, **options):
    server = HostileServer(*args, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("no_proxy", "127.0.0.1")
            yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        mood = server.moods.pop(0) if server.moods else server.forever
        asked = self.headers.get("Range")
        server.requests.append((self.path, asked))
        status, body, headers = mood.get("status", 200), mood.get("content", server.content), {}
        etag = mood.get("etag", server.etag)
        if status == 200:
            condition = None if mood.get("deaf") else self.headers.get("If-Range")
            known = condition in [None, *filter(None, (etag, server.modified))]
            if asked and known and mood.get("ranges", True):
                first = int(asked.removeprefix("bytes=").removesuffix("-")) + mood.get("shift", 0)
                status = 206 if first < len(body) else 416
                span = f"{first}-{len(body) - 1}" if status == 206 else "*"
                headers["Content-Range"] = f"bytes {span}/{len(body)}"
                body = body[first:]
        else:
            body = b"a page about the error"
        self.send_response(status)
        if etag:
            headers["ETag"] = etag
        if server.modified:
            headers["Last-Modified"] = server.modified
        if mood.get("chunked"):
            headers["Transfer-Encoding"] = "chunked"
        if mood.get("declare", len(body)) is not None:
            headers["Content-Length"] = mood.get("declare", len(body))
        for name, value in (headers | mood.get("headers", {})).items():
            self.send_header(name, str(value))
        self.end_headers()
        if mood.get("chunked"):
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        body = body[: mood.get("cut")]
        for k in range(0, len(body), 1 << 16):
            time.sleep(mood.get("pace", 0))
            self.wfile.write(body[k : k + (1 << 16)])
        if "cut" in mood or "declare" in mood:
            self.wfile.flush()
            time.sleep(mood.get("stall", 0))
            self.close_connection = True
