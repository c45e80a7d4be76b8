"""The title service that the demo asks: real HTTP on the loopback address, with faults by number.

What goes wrong goes wrong by the number of the request, not by chance, so that every run, however
short, meets each kind of failure.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ... import logger
from .mishaps import NEVER_ANSWERED
from .secrets import API_KEY, BEARER

__all__ = ["Service"]

_FAILURES = {2: 404, 4: 429, 5: 503, 6: 500}
_PERIOD = 100
_RETRY_AFTER_SECONDS = 1
_BEARER = f"Bearer {BEARER}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        with logger.contextualize(request_id=self.headers.get("X-Request-Id")):
            query = parse_qs(urlsplit(self.path).query)
            title = query.get("query", [""])[0]
            if query.get("api_key") != [API_KEY] or self.headers["Authorization"] != _BEARER:
                self._answer(401, title)
            elif title == NEVER_ANSWERED:
                self._answer(503, title)
            else:
                number = self.server.next_number()
                if number % 6 == 0:
                    time.sleep(0.03 + number % 5 * 0.012)
                self._answer(_FAILURES.get(number % _PERIOD, 200), title)

    def _answer(self, status: int, title: str) -> None:
        body = json.dumps({"status": status, "title": title, "id": len(title) * 97}).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", str(_RETRY_AFTER_SECONDS))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        # http.server's own access log, key in the URL and all: what a library would do.
        access = logger.bind(component="http", event="http.served", client=self.client_address[0])
        access.debug(format % args)


class Service(ThreadingHTTPServer):
    """Answers at `url` from `with` to the end of the block."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._numbers = itertools.count(1)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        # HTTPServer's own asks the resolver for the name of 127.0.0.1, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def next_number(self) -> int:
        """Return 1, 2, 3, … over all threads: `next` of a count is one step in CPython."""
        return next(self._numbers)

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.bind(component="http").opt(exception=True).warning("A request could not be answered")

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
