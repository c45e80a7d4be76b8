"""The schemas of a line: `native`, and the same record under Elastic's and OpenTelemetry's names.

`ecs`: Elastic Common Schema 8 and 9 (https://www.elastic.co/docs/reference/ecs), dotted keys, as
the ECS loggers write them. `labels` hold single values only; other fields are in `anivault.fields`.

`otel`: the log data model (https://opentelemetry.io/docs/specs/otel/logs/data-model/); attributes
by the semantic conventions. A field of the application that is named like one of these attributes
is in the attribute `fields`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from .entry import KEYS, stamp
from .plain import plain

__all__ = ["NAMES", "TAKEN", "document_of", "nanoseconds", "native_of", "schema_of", "severity"]

NAMES = ("native", "ecs", "otel")
"""The schemas there are."""

ECS_VERSION = "8.11.0"

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
_ECS_ERROR = {
    "type": "error.type",
    "message": "error.message",
    "stacktrace": "error.stack_trace",
}
_NESTED = "anivault.fields"

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
_OTEL_EXCEPTION = {
    "type": "exception.type",
    "message": "exception.message",
    "stacktrace": "exception.stacktrace",
}
TAKEN = frozenset({*_OTEL_ATTRIBUTES.values(), *_OTEL_EXCEPTION.values(), "fields"})
"""The attributes of an OpenTelemetry record that are not the application's fields."""

_SINGLE = frozenset({str, int, float, bool, type(None)})


def document_of(schema: str, service: str) -> Callable[..., dict[str, Any]]:
    """Return what makes the JSON object of a record's values, in the order of its keys.

    It takes, by position: stamp, level name and number, component, event, message, request, trace
    and span id (None if absent), fields, logger, function, line, process, thread, run, number and
    exception (None if absent). The stamp is `stamp` of the time, for `otel` its `nanoseconds`.
    `service` names the program; `native` does not say it.
    """
    if schema == "native":
        return _native
    return partial(_ecs if schema == "ecs" else _otel, service)


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


def nanoseconds(time: int) -> str:
    """Write microseconds since 1970 UTC as nanoseconds, in text: JSON's numbers are too short."""
    return str(time * 1000)


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


def _native(stamp: Any, level: str, level_no: int, *values: Any) -> dict[str, Any]:
    return _there(zip(KEYS, (stamp, level, *values), strict=True))


def _ecs(
    service: str,
    stamp: Any,
    level: str,
    level_no: int,
    component: str,
    event: str,
    message: str,
    request_id: str | None,
    trace_id: str | None,
    span_id: str | None,
    fields: Any,
    *values: Any,
) -> dict[str, Any]:
    logger, function, line, process, thread, run, seq, exception = values
    labels, nested = single_apart(fields) if type(fields) is dict else (fields, None)
    document = {
        "@timestamp": stamp,
        "log.level": level,
        "message": message,
        "ecs.version": ECS_VERSION,
        "service.name": service,
        "event.dataset": component,
        "event.action": event,
        "http.request.id": request_id,
        "trace.id": trace_id,
        "span.id": span_id,
        "labels": labels,
        _NESTED: nested,
        "log.logger": logger,
        "log.origin.function": function,
        "log.origin.file.line": line,
        "process.pid": process,
        "process.thread.name": thread,
        "process.entity_id": run,
        "event.sequence": seq,
    }
    document.update((key, (exception or {}).get(name)) for name, key in _ECS_ERROR.items())
    return _there(document.items())


def _otel(
    service: str,
    stamp: Any,
    level: str,
    level_no: int,
    component: str,
    event: str,
    message: str,
    request_id: str | None,
    trace_id: str | None,
    span_id: str | None,
    fields: Any,
    *values: Any,
) -> dict[str, Any]:
    logger, function, line, process, thread, run, seq, exception = values
    attributes = {
        "component": component,
        "request_id": request_id,
        "code.function.name": function,
        "code.line.number": line,
        "thread.name": thread,
        "seq": seq,
    }
    attributes.update((key, (exception or {}).get(name)) for name, key in _OTEL_EXCEPTION.items())
    document = {
        "Timestamp": stamp,
        "SeverityText": level,
        "SeverityNumber": severity(level_no),
        "Body": message,
        # A record with an EventName is an event, by the data model: one that has no name is none.
        "EventName": None if event == "log" else event,
        "TraceId": trace_id,
        "SpanId": span_id,
        "Resource": {"service.name": service, "service.instance.id": run, "process.pid": process},
        "InstrumentationScope": {"Name": logger},
        "Attributes": {**_there(attributes.items()), **clash_free(fields)},
    }
    return _there(document.items())


def single_apart(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the fields that are one value, and the others; None if there are no others."""
    if _SINGLE.issuperset(map(type, fields.values())):
        return fields, None
    labels: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    for key, given in fields.items():
        # A path or a date becomes text when it is written; a set or a dataclass does not.
        value = given if type(given) in _SINGLE else plain(given)
        (labels if type(value) in _SINGLE else nested)[key] = value
    return labels, nested or None


def clash_free(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as attributes: those that are named like one of ours in `fields`."""
    if TAKEN.isdisjoint(fields):
        return fields
    clashing = {key: fields[key] for key in fields if key in TAKEN}
    return {**{key: fields[key] for key in fields if key not in TAKEN}, "fields": clashing}


def _from_ecs(document: dict[str, Any]) -> dict[str, Any]:
    left = dict(document)
    found = _taken(left, _ECS)
    found["fields"] = {**_table(left.pop("labels", None)), **_table(left.pop(_NESTED, None))}
    error = _taken(left, _ECS_ERROR)
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
    exception = _taken(attributes, _OTEL_EXCEPTION)
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


def _there(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in items if value is not None}
