"""Draws what the doctor found: aligned, wrapped to the screen, marked by words and colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from ...render import visible
from ..screen import Screen, cells, padded, wrapped
from .check import NOTE, OK, PROBLEM, Check, age, many, size
from .retention import Kept

__all__ = ["draw"]

_MARKS = {OK: ("ok", "32"), NOTE: ("note", "33"), PROBLEM: ("PROBLEM", "1;31")}
_INDENT = " " * 24


def draw(checks: Iterable[Check], channels: Iterable[Kept], now: float, screen: Screen) -> None:
    """Print the checks, what is kept of each channel, and the sum."""
    states = []
    topic = ""
    for check in checks:
        states.append(check.state)
        mark, style = _MARKS[check.state]
        name = "" if check.topic == topic else check.topic
        topic = check.topic
        head = f"{screen.style(mark, style)}{' ' * (9 - len(mark))}{name:<15}"
        print(head + f"\n{_INDENT}".join(_lines(check.text, screen, len(_INDENT))))
        if check.remedy:
            indent = f"{_INDENT}   "
            print(f"{_INDENT}-> " + f"\n{indent}".join(_lines(check.remedy, screen, len(indent))))
    rows = [_row(one, now) for one in channels]
    if rows:
        print()
        _table([("channel", "kept at most", "on disk", "oldest record"), *rows])
    print(f"\n{many(states.count(PROBLEM), 'problem')}, {many(states.count(NOTE), 'note')}")


def _lines(text: str, screen: Screen, indent: int) -> list[str]:
    """Break text between words, and words that are too long, to what is right of `indent`."""
    text = visible(text)
    if screen.width is None:
        return [text]
    rows = wrapped([(word, "") for word in text.split()], max(screen.width - indent, 20))
    return [" ".join(word for word, _ in row) for row in rows]


def _row(one: Kept, now: float) -> tuple[str, str, str, str]:
    keep = one.retention
    limits = [
        many(keep.days, "day") if keep.days else "",
        many(keep.count, "backup") if keep.count else "",
        size(keep.max_bytes) if keep.max_bytes else "",
    ]
    policy = ", ".join(filter(None, limits)) or "everything"
    there = f"{many(one.files, 'file')}, {size(one.bytes)}" if one.files else "nothing"
    oldest = "-"
    if one.oldest:
        moment = datetime.fromisoformat(one.oldest[:-1]).replace(tzinfo=timezone.utc)
        oldest = f"{one.oldest[:10]}, {age(max(0.0, now - moment.timestamp()))}"
    return visible(one.channel), policy, there, oldest


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(padded, row, widths)).rstrip())
