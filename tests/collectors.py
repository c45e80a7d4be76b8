"""Collectors for the tests: a receiver that keeps what it gets, and the real rotel before it."""

from __future__ import annotations

import gzip
import socket
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from waiting import wait_for


class Receiver:
    """An OTLP/HTTP server on loopback.

    Attributes:
        answers: status, headers and body of the next answers; then it is 200.
        requests: path, headers and unpacked body of what came.
        hold: while it is set, nothing is answered.
    """

    def __init__(self, port: int = 0, certificate: Path | None = None) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.hold = threading.Event()
        self._read = 0
        self._decoded: list[ExportLogsServiceRequest] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        if certificate is not None:
            import ssl

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "http" if certificate is None else "https"
        self.endpoint = f"{scheme}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.hold.clear()
        self.server.shutdown()
        self.server.server_close()

    def logs(self) -> list[ExportLogsServiceRequest]:
        """The requests with log records."""
        for path, _, body in self.requests[self._read :]:
            self._read += 1
            if path == "/v1/logs":
                self._decoded.append(ExportLogsServiceRequest.FromString(body))
        return self._decoded

    def records(self) -> list[tuple[str, LogRecord]]:
        """All log records, with the names of their scopes."""
        return [
            (scope.scope.name, record)
            for request in self.logs()
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def size(self, request: ExportLogsServiceRequest) -> int:
        """How many records a request has."""
        resources = request.resource_logs
        return sum(len(scope.log_records) for r in resources for scope in r.scope_logs)

    def bodies(self) -> list[str]:
        return [record.body.string_value for _, record in self.records()]

    def metrics(self) -> dict[str, Any]:
        """The metrics of the last request, by name."""
        last = [body for path, _, body in self.requests if path == "/v1/metrics"][-1]
        request = ExportMetricsServiceRequest.FromString(last)
        return {m.name: m for m in request.resource_metrics[0].scope_metrics[0].metrics}

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                encoding = self.headers.get("Content-Encoding")
                if encoding == "gzip":
                    body = gzip.decompress(body)
                elif encoding == "deflate":
                    body = zlib.decompress(body)
                while receiver.hold.is_set():
                    time.sleep(0.01)
                status, headers, answer = (
                    receiver.answers.pop(0) if receiver.answers else (200, {}, b"")
                )
                if status < 300:
                    receiver.requests.append((self.path, dict(self.headers), body))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


def value_of(value: AnyValue) -> Any:
    """An OTLP value as a Python one."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return table_of(value.kvlist_value.values)
    return getattr(value, kind) if kind else None


def table_of(pairs: Any) -> dict[str, Any]:
    """OTLP attributes as a dictionary; no key comes twice."""
    found: list[KeyValue] = list(pairs)
    table = {pair.key: value_of(pair.value) for pair in found}
    assert len(table) == len(found)
    return table


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def rotel(receiver: Receiver, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real collector `rotel`: takes OTLP/HTTP on `port`, gives it to the receiver."""
    found = find_spec("rotel")
    assert found
    assert found.origin
    agent = Path(found.origin).parent / "rotel-agent"
    with (folder / "rotel.txt").open("ab") as output:
        process = subprocess.Popen(
            [
                *(agent, "start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"),
                *("--otlp-http-endpoint", f"127.0.0.1:{port}"),
                *("--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}"),
                *("--otlp-exporter-endpoint", receiver.endpoint),
                *("--pid-file", folder / "rotel.pid", "--log-file", folder / "rotel.log"),
            ],
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: process.poll() is not None or _listens(port))
        assert process.poll() is None, (folder / "rotel.txt").read_text()
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
