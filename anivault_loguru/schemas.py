"""The schemas of a line: `native`, and the same record under Elastic's and OpenTelemetry's names.

`ecs`: Elastic Common Schema 8 and 9 (https://www.elastic.co/docs/reference/ecs), dotted keys, as
the ECS loggers write them. `labels` hold single values only; other fields are in `anivault.fields`.

`otel`: the log data model (https://opentelemetry.io/docs/specs/otel/logs/data-model/); attributes
by the semantic conventions. A field of the application that is named like one of these attributes
is in the attribute `fields`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import orjson

from .entry import KEYS, stamp

__all__ = ["NAMES", "TAKEN", "decoded", "native_of", "schema_of", "severity"]

NAMES = ("native", "ecs", "otel")
"""The schemas there are."""

_ECS = {
    "timestamp": "@timestamp",
    "level": "log.level",
    "message": "message",
    "component": "event.dataset",
    "event": "event.action",
    "request_id": "http.request.id",
    "trace_id": "trace.id",
    "span_id": "span.id",
    "logger": "log.logger",
    "function": "log.origin.function",
    "line": "log.origin.file.line",
    "process": "process.pid",
    "thread": "process.thread.name",
    "run": "process.entity_id",
    "seq": "event.sequence",
}
ECS_ERROR = {
    "type": "error.type",
    "message": "error.message",
    "stacktrace": "error.stack_trace",
}
NESTED = "anivault.fields"

_OTEL = {
    "timestamp": "Timestamp",
    "level": "SeverityText",
    "message": "Body",
    "event": "EventName",
    "trace_id": "TraceId",
    "span_id": "SpanId",
}
_OTEL_ATTRIBUTES = {
    "component": "component",
    "request_id": "request_id",
    "function": "code.function.name",
    "line": "code.line.number",
    "thread": "thread.name",
    "seq": "seq",
}
OTEL_EXCEPTION = {
    "type": "exception.type",
    "message": "exception.message",
    "stacktrace": "exception.stacktrace",
}
TAKEN = frozenset({*_OTEL_ATTRIBUTES.values(), *OTEL_EXCEPTION.values(), "fields"})
"""The attributes of an OpenTelemetry record that are not the application's fields."""


def schema_of(document: Mapping[str, Any]) -> str | None:
    """Name the schema of a decoded line; None if it is in none of them."""
    if "timestamp" in document:
        return "native"
    if "@timestamp" in document:
        return "ecs"
    return "otel" if "Timestamp" in document else None


def native_of(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return a decoded line under the native keys, in their order; None if it is no record.

    A native one is returned as it is. Keys that no schema has come last, under their own names.
    Values are taken over whatever their type.
    """
    if "timestamp" in document:
        return document
    if "@timestamp" in document:
        return _from_ecs(document)
    if "Timestamp" in document:
        return _from_otel(document)
    return None


def decoded(line: bytes) -> dict[str, Any]:
    """Return what a line of any schema says, under the native keys.

    Raises:
        ValueError: it is no record.
    """
    document = orjson.loads(line)
    native = native_of(document) if type(document) is dict else None
    if native is None:
        raise ValueError("no record of a known schema")
    return native


def severity(level_no: float) -> int:
    """Return OpenTelemetry's severity number, 1 to 24, for a level's number.

    TRACE 1, DEBUG 5, INFO 9, SUCCESS 11, WARNING 13, ERROR 17, CRITICAL 21; a level in between
    has a number in between.
    """
    ranges = (10, 20, 30, 40, 50)
    step = bisect_right(ranges, level_no)
    start, width = (5, 5) if step == 0 else (step * 10, 10)
    within = int(max(0, min(level_no - start, width - 1)) * 4 / width)
    return 1 + step * 4 + within


def _from_ecs(document: dict[str, Any]) -> dict[str, Any]:
    left = dict(document)
    found = _taken(left, _ECS)
    found["fields"] = {**_table(left.pop("labels", None)), **_table(left.pop(NESTED, None))}
    error = _taken(left, ECS_ERROR)
    if error:
        found["exception"] = error
    for constant in ("ecs.version", "service.name"):
        left.pop(constant, None)
    return _ordered(found, left)


def _from_otel(document: dict[str, Any]) -> dict[str, Any]:
    left = dict(document)
    found = {"event": "log", **_taken(left, _OTEL)}
    found["timestamp"] = _stamp(found["timestamp"])
    attributes = dict(_table(left.pop("Attributes", None)))
    found.update(_taken(attributes, _OTEL_ATTRIBUTES))
    exception = _taken(attributes, OTEL_EXCEPTION)
    if exception:
        found["exception"] = exception
    clashing = _table(attributes.pop("fields", None))
    found["fields"] = {**attributes, **clashing}
    resource = _table(left.pop("Resource", None))
    found.update(_taken(resource, {"process": "process.pid", "run": "service.instance.id"}))
    found.update(_taken(_table(left.pop("InstrumentationScope", None)), {"logger": "Name"}))
    left.pop("SeverityNumber", None)
    return _ordered(found, left)


def _taken(table: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Move out of a table what stands there, under the names that it has with us."""
    return {name: table.pop(key) for name, key in names.items() if key in table}


def _ordered(found: dict[str, Any], left: dict[str, Any]) -> dict[str, Any]:
    return {**{key: found[key] for key in KEYS if key in found}, **left}


def _stamp(nanoseconds: Any) -> Any:
    try:
        return stamp(int(nanoseconds) // 1000)
    except (TypeError, ValueError, OverflowError):
        return nanoseconds


def _table(value: Any) -> dict[str, Any]:
    return dict(value) if type(value) is dict else {}
