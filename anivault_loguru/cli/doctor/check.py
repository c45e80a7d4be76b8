"""What the doctor says of one thing it looked at, and the words it says it with."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["NOTE", "OK", "PROBLEM", "Check", "age", "many", "size"]

OK, NOTE, PROBLEM = "ok", "note", "problem"


class Check(NamedTuple):
    """One thing that was looked at: how it is, and what to do about it if it is a problem."""

    topic: str
    state: str
    text: str
    remedy: str = ""


def size(count: float) -> str:
    """Write bytes with three digits: `1.23 MB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} PB"


def age(seconds: float) -> str:
    """Write a time span by its largest unit: `3 days`."""
    for length, noun in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= length:
            return many(int(seconds // length), noun)
    return "0 seconds"


def many(count: int, noun: str) -> str:
    """Write a number and its noun: `1 file`, `2 files`, `2 processes`."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
