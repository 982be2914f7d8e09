"""A real HTTP server on the loopback interface that answers as badly as it is told to."""

import contextlib
import http.server
import re
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Page:
    """How one path is answered.

    Args:
        data: Bytes of the file.
        ranges: Boolean, whether `Range` is honoured.
        drops: List of integers; each next response ends after so many bytes of its body.
        etag: String, the validator of this version.
        chunked: Boolean, whether the length is left out.
        shift: Integer, how far from the asked-for byte a range begins.
        gate: Event that is waited for before a body is sent, or `None`.
    """

    data: bytes
    ranges: bool = True
    drops: list = field(default_factory=list)
    etag: str = ""
    chunked: bool = False
    shift: int = 0
    gate: threading.Event | None = None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.path, self.headers["Range"]))
        if self.path in self.server.pages:
            self.send_page(self.server.pages[self.path])
        else:
            self.send_error(404)

    def send_page(self, page):
        start, size = self.start_of(page), len(page.data)
        if start is not None and start >= size:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.end_headers()
            return
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start + page.shift}-{size - 1}/{size}")
        body = page.data[start or 0 :]
        if page.etag:
            self.send_header("ETag", page.etag)
        if not page.chunked:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if page.gate is not None:
            page.gate.wait(30)
        self.wfile.write(body[: page.drops.pop(0)] if page.drops else body)

    def start_of(self, page):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        same = self.headers["If-Range"] in (None, page.etag)
        return int(asked[1]) if asked and same and page.ranges else None

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def local_server():
    """A running server with `url`, `pages` (path to `Page`, to be filled) and `requests` (pairs of path and range)."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.pages, server.requests = {}, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def closed_address():
    """An address where nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"
