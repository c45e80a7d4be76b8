"""A record as text for people: one line, aligned, its stack trace indented below.

Nothing of what a file holds reaches the terminal unescaped, see `render.visible`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone, tzinfo
from typing import Any

from ..render import visible
from .screen import DIM, LEVEL_STYLES, Screen, cells, cut, padded, pieces, wrapped

__all__ = ["RecordText", "is_error", "is_said", "local"]

_SIMPLE = re.compile(r"[^\s=\"'{}\[\],]+")
_LONGEST = 120
_ROWS = 3
_ROOM = 600
_INDENT = "    "


def local(stamp: str, zone: tzinfo | None) -> datetime:
    """Return the moment of a stamp in a zone; the machine's if that is None."""
    try:
        return datetime.fromisoformat(stamp[:-1]).replace(tzinfo=timezone.utc).astimezone(zone)
    except (OverflowError, OSError):  # a year that the zone's rules do not reach
        return datetime.fromisoformat(stamp[:-1]).replace(tzinfo=timezone.utc)


class RecordText:
    """Makes the text of records, one after the other.

    On a terminal the day stands on a line of its own where it changes, long ids are cut, and what
    is wider than the screen goes on under the message. Elsewhere each line has the day.

    Args:
        screen: where it is shown.
        zone: of the times; the machine's if None.
        full: no field is cut or left out for its length.
    """

    def __init__(self, screen: Screen, zone: tzinfo | None = None, full: bool = False) -> None:
        self._screen = screen
        self._zone = zone
        self._full = full
        self._day = ""
        self._component = 9

    def of(self, document: Mapping[str, Any]) -> str:
        """Return the text of a record, with its newlines."""
        screen = self._screen
        moment = local(document["timestamp"], self._zone)
        clock = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
        day = f"{moment.year:04d}-{moment:%m-%d}"
        if screen.width is None:
            clock = f"{day} {clock}"
        level = visible(document["level"])
        component, request = self._names(document)
        letter = screen.style(level[:1] or "?", LEVEL_STYLES.get(level, "1"))
        head = f"{screen.style(clock, DIM)} {letter} {screen.style(component, '36')} "
        head += screen.style(request, "35") + " "
        indent = len(clock) + 4 + cells(component) + cells(request) + 1
        return self._ruled(day) + head + self.body(document, indent)

    def body(self, document: Mapping[str, Any], indent: int) -> str:
        """Return message, fields and stack trace, for a line with `indent` cells before them."""
        return self._said(document, indent) + self._stack(document)

    def brief(self, document: Mapping[str, Any], indent: int) -> str:
        """Return the same, but of an exception only its type and message, unless all is full."""
        exception = document.get("exception")
        if not exception or self._full:
            return self.body(document, indent)
        width = None if self._screen.width is None else max(self._screen.width - indent, 20)
        text = visible(f"{exception.get('type', '')}: {exception.get('message', '')}")
        if text in visible(document["message"]):
            return self._said(document, indent)
        rows = [text] if width is None else pieces(text, width)
        raised = "".join(f"{' ' * indent}{self._screen.style(row, '31')}\n" for row in rows)
        return self._said(document, indent) + raised

    def _said(self, document: Mapping[str, Any], indent: int) -> str:
        return f"\n{' ' * indent}".join(self._rows(document, indent)) + "\n"

    def broken(self, data: bytes) -> str:
        """Return the text of a line that holds no record."""
        text = visible(data.decode("utf-8", "backslashreplace"))
        text = text if self._screen.width is None else cut(text, 10 * self._screen.width)
        return self._screen.style(f"? {text}".rstrip(), DIM) + "\n"

    def _names(self, document: Mapping[str, Any]) -> tuple[str, str]:
        component = visible(document["component"])
        request = visible(document.get("request_id", ""))
        if self._screen.width is not None:
            ellipsis = self._screen.sign("…", "*")
            component = cut(component, 14, ellipsis)
            request = cut(request, 8, ellipsis)
        self._component = min(max(self._component, cells(component)), 14)
        return padded(component, self._component), padded(request, 8)

    def _ruled(self, day: str) -> str:
        if self._screen.width is None or day == self._day:
            return ""
        self._day = day
        sign = self._screen.sign("─", "-")
        return self._screen.style(f"{sign * 2} {day} {sign * 28}", DIM) + "\n"

    def _rows(self, document: Mapping[str, Any], indent: int) -> Iterator[str]:
        screen, message = self._screen, visible(document["message"])
        style = LEVEL_STYLES.get(document["level"], "") if is_error(document) else ""
        fields = list(self._fields(document, message))
        width = None if screen.width is None else max(screen.width - indent, 20)
        if not self._full:
            room = _ROOM if width is None else _ROWS * width
            fields = _fitting(fields, room, screen.sign("…", "..."))
        extra = ("  " if message else "") + " ".join(fields) if fields else ""
        if width is None or cells(message) + cells(extra) <= width:
            yield screen.style(message, style) + screen.style(extra, DIM)
            return
        words = [(word, style) for word in message.split(" ")]
        words += [(" " + field if not n else field, DIM) for n, field in enumerate(fields)]
        for row in wrapped(words, width):
            yield " ".join(screen.style(text, how) for text, how in row)

    def _fields(self, document: Mapping[str, Any], message: str) -> Iterator[str]:
        longest = None if self._full else _LONGEST
        return (
            pair
            for key, value in document.get("fields", {}).items()
            for pair in [_pair(key, value, longest)]
            if not is_said(key, value, message)
        )

    def _stack(self, document: Mapping[str, Any]) -> str:
        exception = document.get("exception")
        if not exception:
            return ""
        lines = str(exception.get("stacktrace", "")).splitlines()
        if not lines:
            lines = [f"{exception.get('type', '')}: {exception.get('message', '')}"]
        style, width = self._screen.style, self._screen.width
        text = ""
        for line in map(visible, lines):
            how = DIM if line.startswith(" ") else "31"
            rows = [line] if width is None else pieces(line, width - len(_INDENT))
            text += "".join(f"{_INDENT}{style(row, how)}\n" for row in rows)
        return text


def is_error(document: Mapping[str, Any]) -> bool:
    """Whether a record is of level ERROR or CRITICAL."""
    return document["level"] in ("ERROR", "CRITICAL")


def is_said(key: str, value: object, message: str) -> bool:
    """Whether a message already says what a field holds, so that it need not be shown again."""
    if value is True:
        return re.search(rf"(?<!\w){re.escape(key)}(?!\w)", message, re.IGNORECASE) is not None
    if isinstance(value, str):
        return bool(value) and _stands_in(visible(value), message)
    if type(value) is int:
        return _stands_in(str(value), message)
    if type(value) is float:
        return _stands_in(str(value), message) or _stands_in(f"{value:.1f}", message)
    return False


def _stands_in(text: str, message: str) -> bool:
    """Whether `text` is in `message` by itself, not as a part of a longer word or number."""
    place = message.find(text)
    while place >= 0:
        before, after = message[place - 1 : place], message[place + len(text) :][:1]
        if not (before.isalnum() and text[0].isalnum()) and not (
            after.isalnum() and text[-1].isalnum()
        ):
            return True
        place = message.find(text, place + 1)
    return False


def _pair(key: str, value: object, longest: int | None) -> str:
    simple = type(value) is str and _SIMPLE.fullmatch(value)
    text = str(value) if simple else json.dumps(value, ensure_ascii=False)
    text = visible(text)
    return f"{visible(key)}={text if longest is None else cut(text, longest)}"


def _fitting(fields: list[str], room: int, ellipsis: str) -> list[str]:
    """As many fields as have room, and how many do not."""
    used = 0
    for number, field in enumerate(fields):
        used += cells(field) + 1
        if used > room:
            return [*fields[:number], f"{ellipsis} {len(fields) - number} more"]
    return fields
