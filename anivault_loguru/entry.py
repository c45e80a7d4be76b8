"""The entry: one log record in our own shape, and the line that stands for it in a file.

loguru's record (a dictionary of objects) becomes an `Entry` (typed, plain values), and an entry
becomes a line (bytes: one JSON object and a newline). The keys, their order and their meaning are
the schema that users' tools depend on.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .plain import dumps, text_of

__all__ = [
    "KEYS",
    "OPTIONAL_KEYS",
    "Entry",
    "Run",
    "component_of",
    "document_of",
    "encode",
    "from_record",
    "problems",
    "stamp",
    "text_of",
]

KEYS = (
    "timestamp",
    "level",
    "component",
    "event",
    "message",
    "request_id",
    "trace_id",
    "span_id",
    "fields",
    "logger",
    "function",
    "line",
    "process",
    "thread",
    "run",
    "seq",
    "exception",
)
"""The keys of the native schema, in the order in which they are written."""

OPTIONAL_KEYS = frozenset({"request_id", "trace_id", "span_id", "exception"})
"""The keys that are left out where there is nothing to say."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NAMED = ("component", "event", "request_id", "trace_id", "span_id")


@dataclass(slots=True)
class Entry:
    """One record, ready to be encoded. `time` is in microseconds since 1970 UTC.

    `line` holds the encoded, masked line once the entry is sealed, and is empty before.
    """

    time: int
    level: str
    level_no: int
    component: str
    event: str
    message: str
    request_id: str | None
    trace_id: str | None
    span_id: str | None
    fields: dict[str, Any]
    logger: str
    function: str
    lineno: int
    process: int
    thread: str
    run: str
    seq: int
    exception: dict[str, str] | None = None
    line: bytes = b""


class Run:
    """The identity of one process: 8 hex digits, and the count of its records from 1.

    A forked child is a process of its own: `renew` gives it a new identity and a new count.
    """

    def __init__(self, draw: Callable[[], str] = lambda: os.urandom(4).hex()) -> None:
        self._draw = draw
        self.renew()

    def renew(self) -> None:
        """Draw a new id and count from 1 again."""
        self.id = self._draw()
        # next() on a count is one step of the interpreter: no two threads get the same number.
        self.next: Callable[[], int] = itertools.count(1).__next__


def stamp(time: int) -> str:
    """Write microseconds since 1970 as `2026-11-23T01:02:03.456789Z` (RFC 3339, six digits)."""
    return (_EPOCH + timedelta(microseconds=time)).isoformat(timespec="microseconds")[:-6] + "Z"


def from_record(record: Mapping[str, Any], run: Run, exception: dict[str, str] | None) -> Entry:
    """Make the entry of a loguru record, and give it the next number of `run`."""
    extra = record["extra"]
    fields = {key: value for key, value in extra.items() if key not in _NAMED}
    level = record["level"]
    return Entry(
        time=(record["time"] - _EPOCH) // _MICROSECOND,
        level=level.name,
        level_no=level.no,
        component=component_of(extra),
        event=_name(extra.get("event")) or "log",
        message=record["message"],
        request_id=_name(extra.get("request_id")),
        trace_id=_name(extra.get("trace_id")),
        span_id=_name(extra.get("span_id")),
        fields=fields,
        logger=record["name"] or "",
        function=record["function"],
        lineno=record["line"],
        process=record["process"].id,
        thread=record["thread"].name,
        run=run.id,
        seq=run.next(),
        exception=exception,
    )


_MICROSECOND = datetime.resolution


def component_of(extra: Mapping[str, Any]) -> str:
    """Return the component that a record's extra names; `app` where it names none."""
    component = extra.get("component", "app")
    return component if type(component) is str and component else _name(component) or "app"


def _name(value: object) -> str | None:
    if value is None or type(value) is str:
        return value
    return text_of(value)


def document_of(entry: Entry) -> dict[str, Any]:
    """Lay out an entry in the native schema, keys in order, absent ones left out."""
    document: dict[str, Any] = {
        "timestamp": stamp(entry.time),
        "level": entry.level,
        "component": entry.component,
        "event": entry.event,
        "message": entry.message,
    }
    if entry.request_id is not None:
        document["request_id"] = entry.request_id
    if entry.trace_id is not None:
        document["trace_id"] = entry.trace_id
    if entry.span_id is not None:
        document["span_id"] = entry.span_id
    document["fields"] = entry.fields
    document["logger"] = entry.logger
    document["function"] = entry.function
    document["line"] = entry.lineno
    document["process"] = entry.process
    document["thread"] = entry.thread
    document["run"] = entry.run
    document["seq"] = entry.seq
    if entry.exception is not None:
        document["exception"] = entry.exception
    return document


def encode(entry: Entry) -> bytes:
    """Encode an entry as its line, unmasked. Never raises, whatever the fields hold."""
    return dumps(document_of(entry))


_TYPES: dict[str, type] = {
    **dict.fromkeys(KEYS, str),
    **dict.fromkeys(("line", "process", "seq"), int),
    **dict.fromkeys(("fields", "exception"), dict),
}


def problems(document: object) -> list[str]:
    """List what is wrong with a decoded line under the native schema; empty if nothing is."""
    if not isinstance(document, dict):
        return ["not a JSON object"]
    found = [f"unknown key {key!r}" for key in document if key not in _TYPES]
    found += [f"missing key {k!r}" for k in KEYS if k not in document and k not in OPTIONAL_KEYS]
    found += [
        f"{key!r} is {type(value).__name__}, not {_TYPES[key].__name__}"
        for key, value in document.items()
        if key in _TYPES and type(value) is not _TYPES[key]
    ]
    if not found and [key for key in KEYS if key in document] != list(document):
        found.append("keys are out of order")
    return found
