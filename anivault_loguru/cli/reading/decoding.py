"""A line becomes a document under the native key names; what is no record becomes nothing."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson

from ...schemas import native_of
from .moments import stamp_of

__all__ = ["decode"]

_texts_of = itemgetter("timestamp", "level", "component", "event", "message")
_OPTIONAL: dict[str, type] = {"request_id": str, "fields": dict, "exception": dict}
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z")


def decode(data: bytes) -> dict[str, Any] | None:
    """Return the record that a line holds, or None if it holds none.

    What readers rely on is certain then: `timestamp` has the native form, `level`, `component`,
    `event` and `message` are texts, `request_id` too if it is there, `fields` and `exception` are
    objects if they are there.
    """
    try:
        found = orjson.loads(data)
        document = native_of(found) if type(found) is dict else None
        if document is None or {*map(type, _texts_of(document))} != {str}:
            return None
    except (KeyError, ValueError):
        return None
    for key, kind in _OPTIONAL.items():
        if key in document and type(document[key]) is not kind:
            return None
    try:
        document["timestamp"] = _native_stamp(document["timestamp"])
    except (ValueError, OverflowError):
        return None
    return document


def _native_stamp(stamp: str) -> str:
    if (native := _STAMP.fullmatch(stamp)) and _is_day(native[1]):
        return stamp
    return stamp_of(datetime.fromisoformat(stamp.replace("Z", "+00:00")))


@lru_cache(64)
def _is_day(text: str) -> bool:
    """Whether the calendar has that day; ValueError if not."""
    return bool(date.fromisoformat(text))
