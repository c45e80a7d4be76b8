"""A line becomes a document under the native key names; what is no record becomes nothing."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import orjson

from ...schemas import native_of
from .moments import stamp_of

__all__ = ["decode"]

_TEXTS = ("timestamp", "level", "component", "event", "message")
_OPTIONAL: dict[str, type] = {"request_id": str, "fields": dict, "exception": dict}
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def decode(data: bytes) -> dict[str, Any] | None:
    """Return the record that a line holds, or None if it holds none.

    What readers rely on is certain then: `timestamp` has the native form, `level`, `component`,
    `event` and `message` are texts, `request_id` too if it is there, `fields` and `exception` are
    objects if they are there.
    """
    try:
        found = orjson.loads(data)
    except ValueError:
        return None
    document = native_of(found) if isinstance(found, dict) else None
    if document is None or not all(type(document.get(key)) is str for key in _TEXTS):
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
    if _STAMP.fullmatch(stamp):
        datetime.fromisoformat(stamp[:-1])  # there is such a day
        return stamp
    return stamp_of(datetime.fromisoformat(stamp.replace("Z", "+00:00")))
