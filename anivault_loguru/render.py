"""A decoded line as text for people: one line of it, the stack trace indented below.

Nothing of what an application logged can drive the terminal: control characters, line separators
and bidi controls are shown as their escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from .patterns import pattern

__all__ = ["human", "visible"]

# C0, DEL, C1, line and paragraph separators, bidi controls, surrogates, the byte order mark.
_UNSEEN = pattern(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_SIMPLE = pattern(r"[^\s=\"'{}\[\]]+")
_STYLES = {
    "TRACE": "2",
    "DEBUG": "34",
    "INFO": "1",
    "SUCCESS": "1;32",
    "WARNING": "33",
    "ERROR": "31",
    "CRITICAL": "1;37;41",
}


def visible(text: str) -> str:
    """Return `text` with what a terminal would obey or not show written as escapes."""
    # Most texts can be printed; of those that Python would escape, we show some as they are.
    return text if text.isprintable() else _UNSEEN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return (
        json.dumps(match[0])[1:-1]
        if match[0] < "\x7f" or match[0] > "\xff"
        else (f"\\x{ord(match[0]):02x}")
    )


def human(
    document: Mapping[str, Any],
    *,
    color: bool = False,
    zone: tzinfo | None = None,
    dated: bool = False,
) -> str:
    """Return a decoded line as text with its newline.

    Args:
        document: the decoded line, masked.
        color: with ANSI colours.
        zone: of the time shown; local time if None.
        dated: with the whole UTC stamp instead, as a file needs it that is kept.
    """
    timestamp = document["timestamp"]
    stamp = visible(timestamp) if dated else _clock(timestamp[:19], zone) + timestamp[19:23]
    head = _paint(stamp, "2", color) + _kind(document["level"], document["component"], color)
    parts = [head, visible(document["message"])]
    fields = document.get("fields")
    if fields:
        pairs = (f"{visible(key)}={_value(value)}" for key, value in fields.items())
        parts.append(_paint("  " + " ".join(pairs), "2", color))
    if "request_id" in document:
        parts.append(_paint(f"  [{visible(document['request_id'])}]", "35", color))
    text = " ".join(parts[:2]) + "".join(parts[2:]) + "\n"
    exception = document.get("exception")
    if exception:
        lines = exception["stacktrace"].splitlines()
        text += "".join(_paint(f"    {visible(line)}", "31", color) + "\n" for line in lines)
    return text


@lru_cache(maxsize=4)
def _clock(second: str, zone: tzinfo | None) -> str:
    """Return the time of day of a second in UTC; the next record is likely to be of the same."""
    return f"{datetime.fromisoformat(second + '+00:00').astimezone(zone):%H:%M:%S}"


@lru_cache(maxsize=64)
def _kind(level: str, component: str, color: bool) -> str:
    level, component = visible(level), visible(component)
    painted = _paint(f"{level:<8}", _STYLES.get(level, "1"), color)
    return f" {painted} " + _paint(f"{component:<11}", "36", color)


def _value(value: object) -> str:
    if type(value) is int:
        return str(value)
    if type(value) is str and _SIMPLE.fullmatch(value):
        return visible(value)
    return visible(json.dumps(value, ensure_ascii=False))


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color else text
