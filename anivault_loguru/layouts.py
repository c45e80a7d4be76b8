"""The layouts of a line: how a record's values become the JSON object of each schema.

Written by the log call as the native line is: a place that is met again pours its values into the
line of its schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from orjson import dumps

from .compiled import Table, made
from .entry import NATIVE, Layout, stamp, stamped
from .plain import FRAGMENT, plain, simpler
from .schemas import ECS_ERROR, NESTED, OTEL_EXCEPTION, TAKEN, severity

__all__ = ["document_of", "layout_of", "nanoseconds"]

ECS_VERSION = "8.11.0"

Poured: TypeAlias = "Callable[[dict[str, Any]], bytes]"
"""Encodes fields, as `Layout.poured` says."""

_SINGLE = frozenset({str, int, float, bool, type(None)})
_CONTAINERS = frozenset({list, dict})


def layout_of(schema: str, service: str) -> Layout:
    """Return the layout of a schema; `service` names the program, which `native` does not say."""
    if schema == "ecs":
        tables = ("labels", NESTED)
        return Layout(stamp, stamped, _labels, partial(_ecs, service), tables)
    if schema == "otel":
        otel = partial(_otel, service)
        return Layout(nanoseconds, _as_json, _attributes, otel, ("Attributes",), b"")
    return NATIVE


def document_of(schema: str, service: str) -> Callable[..., dict[str, Any]]:
    """Return what makes the JSON object of a record's values, as `Layout.document` says."""
    return layout_of(schema, service).document


def nanoseconds(time: int) -> str:
    """Write microseconds since 1970 UTC as nanoseconds, in text: JSON's numbers are too short."""
    return str(time * 1000)


def _as_json(time: int) -> bytes:
    return b'"%d"' % (time * 1000)


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
    labels, nested = (fields, None) if type(fields) is str else _apart(fields)
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
        NESTED: nested,
        "log.logger": logger,
        "log.origin.function": function,
        "log.origin.file.line": line,
        "process.pid": process,
        "process.thread.name": thread,
        "process.entity_id": run,
        "event.sequence": seq,
    }
    document.update((key, (exception or {}).get(name)) for name, key in ECS_ERROR.items())
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
    attributes.update((key, (exception or {}).get(name)) for name, key in OTEL_EXCEPTION.items())
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
        "Attributes": {**_there(attributes.items()), **_members(fields)},
    }
    return _there(document.items())


def _apart(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the fields that are one value, and the others; None if there are no others."""
    labels: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    for key, value in fields.items():
        kind = type(value)
        if kind in _SINGLE:
            labels[key] = value
        elif kind in _CONTAINERS:
            nested[key] = value
        else:
            # A path or a date becomes text when it is written; a set or a dataclass does not.
            value = plain(value)  # noqa: PLW2901
            (labels if type(value) in _SINGLE else nested)[key] = value
    return labels, nested or None


def _poured_labels(fields: dict[str, Any]) -> bytes:
    found = dumps(fields, simpler, FRAGMENT)
    if b"[" in found or found.rfind(b"{"):
        labels, nested = _apart(fields)
        if nested is not None:
            return dumps({"": labels, NESTED: nested}, simpler, FRAGMENT)[4:-1]
    return found


def _members(fields: Any) -> dict[str, Any]:
    """Return the fields as attributes: those that are named like one of ours in `fields`."""
    if type(fields) is str:
        return {"\0": fields}  # a mark: see `mould`
    if TAKEN.isdisjoint(fields):
        return fields  # type: ignore[no-any-return]
    clashing = {key: fields[key] for key in fields if key in TAKEN}
    return {**{key: fields[key] for key in fields if key not in TAKEN}, "fields": clashing}


def _poured_attributes(fields: dict[str, Any]) -> bytes:
    return b"," + dumps(_members(fields), simpler, FRAGMENT)[1:-1]


def _table(poured: Poured, apart: bytes | frozenset[str]) -> Poured:
    return made(Table, poured, poured, apart, dumps, simpler, FRAGMENT)


_labels = _table(_poured_labels, b',"%b":{' % NESTED.encode())
_attributes = _table(_poured_attributes, TAKEN)


def _there(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in items if value is not None}
