"""Reads records: all channels merged in the order of time, copies once, damage counted."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count, groupby
from operator import attrgetter
from typing import Any, BinaryIO, NamedTuple

from .copies import Copies
from .decoding import decode
from .files import STDIN, Source, sources_of
from .lines import Line, lines_of
from .moments import stamp_of
from .selection import Selection

__all__ = ["Found", "Reader"]

# Processes that share a file write each within microseconds, not in the order of their stamps.
_NEARBY = 64
# A process notices another one's rotation a little later and writes to the backup meanwhile.
_LATE = timedelta(minutes=1)
_PLACES = 5


class Found(NamedTuple):
    """A line that was read; in the order of time, and of the files where that is the same.

    `document` is the record, under the native key names. It is empty if the line holds none.
    """

    stamp: str
    order: int
    document: dict[str, Any]
    line: Line
    source: Source


class Reader:
    """Reads the records of files and folders; see the package.

    Args:
        paths: folders, files, `-` for standard input.
        selection: which records are wanted.

    Attributes:
        broken: how many of the lines looked at held no record. What the selection tells by bytes
            alone is not looked at.
        places: where the first of them are, as texts.
        unread: what could not be read, or not to its end, as texts.
        copies: how many records came once more, and were left out.
    """

    def __init__(self, paths: Iterable[str], selection: Selection | None = None) -> None:
        self.selection = selection or Selection()
        self.sources = [
            source for source in sources_of(paths) if source.path == STDIN or self._looks_at(source)
        ]
        self.broken = 0
        self.places: list[str] = []
        self.unread: list[str] = []
        self._copies = Copies()
        self._held: dict[str, BinaryIO] = {}

    @property
    def copies(self) -> int:
        """How many records came once more, and were left out."""
        return self._copies.count

    def records(self, *, with_broken: bool = False) -> Iterator[Found]:
        """Yield what is wanted; `with_broken`, the lines that hold no record too."""
        channels = [list(same) for _, same in groupby(self.sources, attrgetter("channel"))]
        self._hold_live_files()
        try:
            streams = [self._channel(n, sources) for n, sources in enumerate(channels)]
            for found in heapq.merge(*streams) if len(streams) != 1 else streams[0]:
                if not found.document:
                    if with_broken:
                        yield found
                elif not self._copies.has(found.document):
                    yield found
        finally:
            for file in self._held.values():
                file.close()

    def _looks_at(self, source: Source) -> bool:
        """Leave out a backup that was closed before all that is wanted."""
        since = self.selection.since
        if source.is_live or not since:
            return True
        earliest = datetime.fromisoformat(since[:-1] + "+00:00") - _LATE
        return source.closed >= stamp_of(earliest)

    def _hold_live_files(self) -> None:
        """Open them now: by the time their turn comes they may have been rotated away."""
        for source in self.sources:
            if source.is_live and source.path != STDIN and os.path.isfile(source.path):
                try:
                    self._held[source.path] = open(source.path, "rb")  # noqa: SIM115
                except OSError:
                    continue  # its turn comes, and the error is told then

    def _channel(self, number: int, sources: list[Source]) -> Iterator[Found]:
        order = count(number << 48)
        found = (row for source in sources for row in self._source(source, order))
        return found if sources[0].path == STDIN else _ordered(found)

    def _source(self, source: Source, order: Iterator[int]) -> Iterator[Found]:
        selection, stamp = self.selection, ""
        needle, selective = selection.needle, bool(selection)
        try:
            for line in lines_of(source.path, needle, self._held.get(source.path)):
                if selective and selection.rejects(line.data):
                    continue
                document = decode(line.data)
                if document is None:
                    self._note_broken(source, line)
                    yield Found(stamp, next(order), {}, line, source)
                    continue
                stamp = document["timestamp"]
                if not selective or selection.takes(document, line.data):
                    yield Found(stamp, next(order), document, line, source)
        except OSError as error:
            self.unread.append(str(error))

    def _note_broken(self, source: Source, line: Line) -> None:
        self.broken += 1
        if len(self.places) < _PLACES:
            name = "standard input" if source.path == STDIN else source.path
            place = f"{name}:{line.number}" if line.number else f"{name}: byte {line.offset}"
            self.places.append(place)


def _ordered(stream: Iterator[Found]) -> Iterator[Found]:
    """Put in order what is out of order by a few lines."""
    waiting: list[Found] = []
    for found in stream:
        if len(waiting) < _NEARBY:
            heapq.heappush(waiting, found)
        else:
            yield heapq.heappushpop(waiting, found)
    while waiting:
        yield heapq.heappop(waiting)
