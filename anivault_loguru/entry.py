"""The entry: one log record in our own shape, and the line that stands for it in a file.

A record (loguru's dictionary of objects, or a call on the express lane) becomes an `Entry`: what
routes it, and its line. The keys of the line, their order and their meaning are the schema that
users' tools depend on.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from .plain import text_of

__all__ = [
    "KEYS",
    "LINKS",
    "NATIVE",
    "OPTIONAL_KEYS",
    "Entry",
    "Layout",
    "Run",
    "component_of",
    "name_of",
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

LINKS = ("prev", "digest")
"""The keys that come last in a line of the audit file: see `chain`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Entry(NamedTuple):
    """One record: what routes it, and its masked line. `time` is in microseconds since 1970 UTC."""

    time: int
    level: str
    level_no: int
    component: str
    event: str
    line: bytes


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
        self.process = os.getpid()
        # next() on a count is one step of the interpreter: no two threads get the same number.
        self.next: Callable[[], int] = itertools.count(1).__next__


_second = (0, b'"1970-01-01T00:00:00.')


def stamp(time: int) -> str:
    """Write microseconds since 1970 as `2026-11-23T01:02:03.456789Z` (RFC 3339, six digits)."""
    return stamped(time)[1:-1].decode()


def stamped(time: int) -> bytes:
    """Return the stamp as JSON: in its quotes."""
    global _second
    # One tuple, replaced whole: another thread's second never meets this one's text.
    begun, text = _second
    micros = time - begun
    if not 0 <= micros < 1_000_000:
        seconds, micros = divmod(time, 1_000_000)
        text = b'"%b.' % (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19].encode()
        _second = (time - micros, text)
    return b'%b%bZ"' % (text, (b"%d" % (micros + 1_000_000))[1:])


class Layout(NamedTuple):
    """How a record's values become the JSON object of its line; one for each schema.

    Attributes:
        stamp: writes a time, in microseconds since 1970 UTC.
        stamped: gives the JSON of that.
        poured: encodes fields for a mould's hole; None for an object as any. Control characters may
            stand as they are.
        unfilled: what fills that hole where there are no fields.
        document: makes the object of a stamp, level name and number, component, event, message,
            request, trace and span id (None if absent), fields, logger, function, line, process,
            thread, run, number and exception (None if absent). Texts and numbers it puts where they
            belong, as they are; fields may be the text of a mould's mark.
        tables: the keys under which the fields stand; of a record that is cut, the first says so.
    """

    stamp: Callable[[int], str]
    stamped: Callable[[int], bytes]
    poured: Callable[[dict[str, Any]], bytes] | None
    document: Callable[..., dict[str, Any]]
    tables: tuple[str, ...] = ("fields",)
    unfilled: bytes = b"{}"


def _document(
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
    logger: str,
    function: str,
    line_no: int,
    process: int,
    thread: str,
    run: str,
    seq: Any,
    exception: dict[str, str] | None,
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "timestamp": stamp,
        "level": level,
        "component": component,
        "event": event,
        "message": message,
    }
    if request_id is not None:
        document["request_id"] = request_id
    if trace_id is not None:
        document["trace_id"] = trace_id
    if span_id is not None:
        document["span_id"] = span_id
    document["fields"] = fields
    document["logger"] = logger
    document["function"] = function
    document["line"] = line_no
    document["process"] = process
    document["thread"] = thread
    document["run"] = run
    document["seq"] = seq
    if exception is not None:
        document["exception"] = exception
    return document


NATIVE = Layout(stamp, stamped, None, _document)
"""The native schema: `KEYS`, in their order."""


def component_of(extra: Mapping[str, Any]) -> str:
    """Return the component that a record's extra names; `app` where it names none."""
    component = extra.get("component", "app")
    return component if type(component) is str and component else name_of(component) or "app"


def name_of(value: object) -> str | None:
    """Return an id or name as text; None stays None."""
    return value if value is None or type(value) is str else text_of(value)


_TYPES: dict[str, type] = {
    **dict.fromkeys((*KEYS, *LINKS), str),
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
    if not found and [key for key in (*KEYS, *LINKS) if key in document] != list(document):
        found.append("keys are out of order")
    return found
