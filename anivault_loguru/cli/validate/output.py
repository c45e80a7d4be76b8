"""Prints findings as they come, as text or as one JSON object; keeps only their counts."""

from __future__ import annotations

import json
import sys
from typing import Any

from ...render import visible
from ..reading import STDIN
from ..saying import say
from .files import Place

__all__ = ["Json", "Report", "Text"]


class Report:
    """Counts lines and findings, and shows the first `limit` of each file; 0 is all."""

    def __init__(self, limit: int) -> None:
        self.lines = self.findings = self.notes = self.unreads = 0
        self._limit = limit
        self._path: str | None = None
        self._here = 0

    def line(self, path: str) -> None:
        """Count a line."""
        self.lines += 1

    def finding(self, place: Place | None, text: str) -> None:
        """Count something wrong, and show it."""
        self.findings += 1
        path = place.path if place else None
        if path != self._path:
            self._close()
            self._path, self._here = path, 0
        self._here += 1
        if not self._limit or self._here <= self._limit:
            self._show("finding", place, text)

    def note(self, place: Place | None, text: str) -> None:
        """Show something that explains itself."""
        self.notes += 1
        self._show("note", place, text)

    def unread(self, path: str, error: OSError) -> None:
        """Count a file that could not be read, or not to its end, and show why."""
        self.unreads += 1
        self._unread(path, error)

    def end(self, files: int) -> int:
        """Show the counts, and return the exit status."""
        self._close()
        self._sum(files)
        return 2 if self.unreads else 1 if self.findings else 0

    def _close(self) -> None:
        if self._limit and self._here > self._limit:
            self._more(self._here - self._limit)
        self._here = 0

    def _show(self, kind: str, place: Place | None, text: str) -> None:
        raise NotImplementedError

    def _unread(self, path: str, error: OSError) -> None:
        raise NotImplementedError

    def _more(self, count: int) -> None:
        raise NotImplementedError

    def _sum(self, files: int) -> None:
        raise NotImplementedError


class Text(Report):
    """One line for each finding, on stdout; the sum on stderr."""

    def _show(self, kind: str, place: Place | None, text: str) -> None:
        where = f"{_name(place.path)}:{place.line}: byte {place.byte}: " if place else ""
        print(f"{where}{'note: ' * (kind == 'note')}{visible(text)}")

    def _unread(self, path: str, error: OSError) -> None:
        say(f"{path}: {error}")

    def _more(self, count: int) -> None:
        print(f"{_name(self._path or '')}: {count} more findings (--limit 0 shows them)")

    def _sum(self, files: int) -> None:
        notes = f", {_many(self.notes, 'note')}" * bool(self.notes)
        sum_ = f"{_many(self.lines, 'line')} in {_many(files, 'file')}"
        print(f"{sum_}, {_many(self.findings, 'finding')}{notes}", file=sys.stderr)


class Json(Report):
    """One object, written piece by piece: findings may be many."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._separator = '{"shown":['

    def _show(self, kind: str, place: Place | None, text: str) -> None:
        found: dict[str, Any] = {"kind": kind, "text": text}
        if place:
            found |= {"file": place.path, "line": place.line, "byte": place.byte}
        self._put(found)

    def _unread(self, path: str, error: OSError) -> None:
        self._put({"kind": "unread", "file": path, "text": str(error)})

    def _more(self, count: int) -> None:
        self._put({"kind": "more", "file": self._path, "count": count})

    def _put(self, found: dict[str, Any]) -> None:
        print(f"{self._separator}\n{json.dumps(found)}", end="")
        self._separator = ","

    def _sum(self, files: int) -> None:
        start = "" if self._separator == "," else self._separator
        counts = {
            "files": files,
            "lines": self.lines,
            "findings": self.findings,
            "notes": self.notes,
            "unread": self.unreads,
        }
        print(f"{start}],{json.dumps(counts)[1:]}")


def _name(path: str) -> str:
    return "standard input" if path == STDIN else visible(path)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
