"""OTLP: entries as log records and the registry as metrics, to an OpenTelemetry Collector.

All that is taken from the OpenTelemetry SDK is imported here: its logs modules are not stable yet.
The SDK's exporters write the requests and read `OTEL_EXPORTER_OTLP_*`; when to send again is the
outbox's business, so a session of ours tells what the collector answered
(https://opentelemetry.io/docs/specs/otlp/#otlphttp-response) and leaves them nothing to repeat.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import orjson
import requests
from google.protobuf.message import DecodeError
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import TraceFlags

from .._version import __version__
from ..collected import Collected
from ..entry import KEYS, Entry
from ..layouts import layout_of
from ..schemas import decoded
from .grouped import Mask
from .otlp_metrics import metrics_of
from .wire import Outcome

__all__ = ["Collector", "log_record"]

_LATER = frozenset({429, 502, 503, 504})
_INT64 = 2**63
# Protobuf readers stop at 100 messages inside each other: an object in an object is three.
_DEEP = 12
_LIBRARY = ("opentelemetry.exporter.otlp.proto.http", "opentelemetry.exporter.otlp.proto.common")
_laid_out = layout_of("otel", "").document


class Collector:
    """A wire of the outbox: one OTLP/HTTP collector. To be used by the thread that made it.

    Args:
        endpoint: its base URL; None for that of the environment, as with all that follow.
        headers: sent with each request.
        compression: `gzip`, `deflate` or `none`.
        timeout: seconds that a request may take.
        resource: attributes of the process besides those of `OTEL_RESOURCE_ATTRIBUTES`.
        mask: masks the values of metrics' labels.
    """

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        compression: str | None = None,
        timeout: float | None = None,
        resource: Mapping[str, str | int] | None = None,
        mask: Mask = lambda _name, value: value,
    ) -> None:
        self._session = _Session()
        # Not Resource.create, which asks a pool of threads: there is none any more at exit.
        self._resource = OTELResourceDetector().detect().merge(Resource(dict(resource or {})))
        self._resources: dict[object, Resource] = {}
        self._mask = mask
        self._began = time.time_ns()
        base = endpoint.rstrip("/") if endpoint else None
        options: dict[str, Any] = {
            "headers": dict(headers or {}),
            "compression": Compression(compression) if compression else None,
            "timeout": timeout,
            "session": self._session,
        }
        _sending.add(threading.get_ident())
        self._logs = OTLPLogExporter(endpoint=base and f"{base}/v1/logs", **options)
        self._metrics = OTLPMetricExporter(endpoint=base and f"{base}/v1/metrics", **options)

    def logs(self, entries: Sequence[Entry]) -> Outcome:
        """Send entries."""
        return self._sent(lambda: self._logs.export([self._readable(entry) for entry in entries]))

    def figures(self, figures: Collected) -> Outcome:
        """Send all series, cumulative since this process began to send."""
        metrics = metrics_of(figures, began=self._began, now=time.time_ns(), mask=self._mask)
        scope = ScopeMetrics(InstrumentationScope("anivault_loguru", __version__), metrics, "")
        data = MetricsData([ResourceMetrics(self._resource, [scope], "")])
        return self._sent(lambda: self._metrics.export(data))

    def close(self) -> None:
        """Let go of the connection."""
        _sending.discard(threading.get_ident())
        self._logs.shutdown()  # type: ignore[no-untyped-call]
        self._metrics.shutdown()

    def _readable(self, entry: Entry) -> ReadableLogRecord:
        record, run, logger = log_record(entry)
        resource = self._resources.get(run)
        if resource is None:
            resource = self._resource.merge(Resource({"service.instance.id": str(run)}))
            self._resources = {run: resource}  # there are more only of a process that was forked
        return ReadableLogRecord(record, resource, _scope(logger))

    def _sent(self, export: Callable[[], object]) -> Outcome:
        self._session.outcome = Outcome(sent=False, reason="it could not be encoded")
        try:
            export()
        except Exception as error:
            return Outcome(sent=False, reason=f"{type(error).__name__}: {error}")
        return self._session.outcome


def log_record(entry: Entry) -> tuple[LogRecord, object, str]:
    """Return an entry as OpenTelemetry's log record, its run, and the name of its logger."""
    document = decoded(entry.line)
    laid = _laid_out(0, entry.level, entry.level_no, *(document.get(key) for key in KEYS[2:]))
    attributes = {key: _fitting(value) for key, value in laid["Attributes"].items()}
    ids = {}
    for key, digits in (("TraceId", 32), ("SpanId", 16)):
        text = str(laid.get(key, ""))
        ids[key] = int(text, 16) if len(text) == digits and _is_hex(text) else 0
        if text and not ids[key]:
            attributes["trace_id" if key == "TraceId" else "span_id"] = text
    record = LogRecord(
        timestamp=entry.time * 1000,
        observed_timestamp=entry.time * 1000,
        severity_text=entry.level,
        severity_number=SeverityNumber(laid["SeverityNumber"]),
        body=laid.get("Body"),
        attributes=attributes,
        event_name=laid.get("EventName"),
    )
    record.trace_id, record.span_id = ids["TraceId"], ids["SpanId"]
    record.trace_flags = TraceFlags(0)
    return record, laid["Resource"].get("service.instance.id"), document.get("logger", "")


def _fitting(value: Any, depth: int = 0) -> Any:
    """Return a JSON value as OTLP has it: what is too large or too deep as text."""
    kind = type(value)
    if kind is int:
        return value if value < _INT64 else str(value)
    if kind is list or kind is dict:
        if depth >= _DEEP:
            return orjson.dumps(value).decode()
        if kind is list:
            return [_fitting(item, depth + 1) for item in value]
        return {key: _fitting(item, depth + 1) for key, item in value.items()}
    return value


def _is_hex(text: str) -> bool:
    return set("0123456789abcdefABCDEF").issuperset(text)


@cache
def _scope(logger: str) -> InstrumentationScope:
    return InstrumentationScope(logger)


class _Refused(Exception):
    """An answer that is no success; the SDK's exporter gives up at once for it."""


class _Session(requests.Session):
    """A session that keeps what became of the last request."""

    outcome = Outcome(sent=False)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        # A redirection would send the headers, which may be secret, and a POST as a GET elsewhere.
        kwargs["allow_redirects"] = False
        if self.verify is not True:
            kwargs.setdefault("verify", self.verify)  # else REQUESTS_CA_BUNDLE would come before it
        try:
            response = super().request(*args, **kwargs)
        except requests.RequestException as error:
            passing = isinstance(error, (requests.ConnectionError, requests.Timeout))
            reason = f"{type(error).__name__}: {error}"
            self.outcome = Outcome(sent=False, later=0.0 if passing else None, reason=reason)
            raise _Refused from error
        self.outcome = _outcome_of(response)
        if not self.outcome.sent:
            raise _Refused
        return response


def _outcome_of(response: requests.Response) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        rejected, reason = _rejected(response)
        return Outcome(sent=True, refused=rejected, reason=reason)
    later = _seconds(response.headers.get("Retry-After")) if status in _LATER else None
    return Outcome(
        sent=False, later=later, halve=status == 413, reason=f"{status} {response.reason}"
    )


def _rejected(response: requests.Response) -> tuple[int, str]:
    """Return how many records the collector refused while it took the others, and why."""
    if not response.content or "/logs" not in (response.url or ""):
        return 0, ""
    try:
        partial = ExportLogsServiceResponse.FromString(response.content).partial_success
    except DecodeError:
        return 0, ""
    return partial.rejected_log_records, partial.error_message


def _seconds(retry_after: str | None) -> float:
    """Return the seconds of a Retry-After header, which is a number or a date; an hour at most."""
    if retry_after is None:
        return 0.0
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), 3600.0)


_sending: set[int] = set()


def _is_others(record: logging.LogRecord) -> bool:
    """Keep what the library logs of our requests to itself: the outbox says it, once a minute."""
    return record.thread not in _sending


for _name in (f"{_LIBRARY[0]}._log_exporter", f"{_LIBRARY[0]}.metric_exporter", _LIBRARY[1]):
    logging.getLogger(_name).addFilter(_is_others)


def resource_of(service: str, version: str) -> dict[str, str | int]:
    """Return the attributes of this process, by the semantic conventions; no paths, no arguments.

    `OTEL_SERVICE_NAME` comes before `service`.
    """
    import platform
    import sys

    attributes: dict[str, str | int] = {
        "process.pid": os.getpid(),
        "process.executable.name": os.path.basename(sys.executable or "python"),
        "process.runtime.name": sys.implementation.name,
        "process.runtime.version": platform.python_version(),
        "host.name": platform.node(),
        "host.arch": platform.machine(),
        "os.type": platform.system().lower(),
    }
    if not os.environ.get("OTEL_SERVICE_NAME"):
        attributes["service.name"] = service
    if version:
        attributes["service.version"] = version
    return attributes
