"""Draws what the doctor found: aligned, wrapped to the screen, marked by words and colour."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from ...render import visible
from .check import NOTE, OK, PROBLEM, Check, age, many, size
from .retention import Kept

__all__ = ["draw"]

_MARKS = {OK: ("ok", "32"), NOTE: ("note", "33"), PROBLEM: ("PROBLEM", "1;31")}
_INDENT = 24
# Where nobody looks at a screen, a finding is one line.
_ENDLESS = 1_000_000


def draw(checks: Sequence[Check], channels: Iterable[Kept], now: float) -> None:
    """Print the checks, what is kept of each channel, and the sum."""
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = _width()
    topic = ""
    for check in checks:
        mark, style = _MARKS[check.state]
        name = "" if check.topic == topic else check.topic
        topic = check.topic
        head = f"{mark:<7}  {name:<13}  "
        first, *more = _wrapped(check.text, width - _INDENT)
        print(_paint(head[:7], style, color) + head[7:] + first)
        if check.remedy:
            remedy = _wrapped(check.remedy, width - _INDENT - 3)
            more += [f"{'-> ' if number == 0 else '   '}{row}" for number, row in enumerate(remedy)]
        for row in more:
            print(" " * _INDENT + row)
    rows = [_row(one, now) for one in channels]
    if rows:
        print()
        _table([("channel", "kept at most", "on disk", "oldest record"), *rows])
    counts = [sum(check.state == state for check in checks) for state in (PROBLEM, NOTE)]
    print(f"\n{many(counts[0], 'problem')}, {many(counts[1], 'note')}")


def _width() -> int:
    if os.environ.get("COLUMNS", "").isdigit():
        return max(60, int(os.environ["COLUMNS"]))
    if not sys.stdout.isatty():
        return _ENDLESS
    return max(60, os.get_terminal_size(sys.stdout.fileno()).columns)


def _wrapped(text: str, width: int) -> list[str]:
    """Break text between words, and words that are too long; wide letters count as two."""
    text = visible(text)
    if len(text) * 2 <= width:
        return [text]
    from rich.console import Console
    from rich.text import Text

    console = Console(width=width, color_system=None)
    return [line.plain.rstrip() for line in Text(text).wrap(console, width)]


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
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color else text
