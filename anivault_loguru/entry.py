"""The entry: one log record in our own shape, and the line that stands for it in a file.

A record (loguru's dictionary of objects, or a call on the express lane) becomes an `Entry`: what
routes it, and its line. The keys of the line, their order and their meaning are the schema that
users' tools depend on.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .plain import text_of

__all__ = [
    "KEYS",
    "OPTIONAL_KEYS",
    "Entry",
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

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(slots=True)
class Entry:
    """One record: what routes it, and its masked line."""

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


_second = (-1, "")


def stamp(time: int) -> str:
    """Write microseconds since 1970 as `2026-11-23T01:02:03.456789Z` (RFC 3339, six digits)."""
    global _second
    seconds, micros = divmod(time, 1_000_000)
    # One tuple, replaced whole: another thread's second never meets this one's text.
    known, text = _second
    if known != seconds:
        text = (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
        _second = (seconds, text)
    return f"{text}.{micros:06d}Z"


def component_of(extra: Mapping[str, Any]) -> str:
    """Return the component that a record's extra names; `app` where it names none."""
    component = extra.get("component", "app")
    return component if type(component) is str and component else name_of(component) or "app"


def name_of(value: object) -> str | None:
    """Return an id or name as text; None stays None."""
    return value if value is None or type(value) is str else text_of(value)


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
