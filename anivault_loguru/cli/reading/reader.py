"""Reads records: all channels merged in the order of time, copies once, damage counted."""

from __future__ import annotations

import heapq
import os
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count, groupby
from operator import attrgetter
from typing import Any, BinaryIO, NamedTuple, cast

from .copies import Copies
from .decoding import decode
from .files import STDIN, Source, sources_of
from .follow import Follower, Part
from .lines import Line, lines_of
from .moments import stamp_of
from .selection import Selection

__all__ = ["Found", "Reader"]

# Processes that share a file write each within microseconds, not in the order of their stamps.
_NEARBY = 64
# A process notices another one's rotation a little later and writes to the backup meanwhile.
_LATE = timedelta(minutes=1)
_PLACES = 5
# The first part that is read from the end of a file, and how much larger each next one is.
_TAIL = 1 << 16
_WIDER = 16


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
        follower: reads what was there before `follower` began, instead of `paths`.

    Attributes:
        selection: which records are wanted.
        sources: the files that are read.
        broken: how many of the lines looked at held no record. What the selection tells by bytes
            alone is not looked at.
        places: where the first of them are, as texts.
        unread: what could not be read, or not to its end, as texts.
    """

    def __init__(
        self,
        paths: Iterable[str],
        selection: Selection | None = None,
        follower: Follower | None = None,
    ) -> None:
        self.selection = selection or Selection()
        self._selective = bool(self.selection)
        self._named = set(paths)
        sources = follower.sources if follower else sources_of(self._named)
        self.sources = [source for source in sources if self._looks_at(source)]
        self.broken = 0
        self.places: list[str] = []
        self.unread: list[str] = []
        self._copies = Copies()
        self._held: dict[str, BinaryIO | Part] = dict(follower.before) if follower else {}

    @property
    def copies(self) -> int:
        """How many records came once more, and were left out."""
        return self._copies.count

    def records(self, *, last: int | None = None, with_broken: bool = False) -> Iterator[Found]:
        """Yield what is wanted, in constant memory.

        Args:
            last: only so many, the last ones. Large files are read from their end.
            with_broken: the lines that hold no record too.
        """
        channels = [list(same) for _, same in groupby(self.sources, attrgetter("channel"))]
        opened = self._hold_live_files()
        try:
            streams = [
                self._channel(number << 48, sources, with_broken)
                if last is None
                else iter(self._last(number << 48, sources, with_broken, last))
                for number, sources in enumerate(channels)
            ]
            merged = heapq.merge(*streams) if len(streams) != 1 else streams[0]
            found = (row for row in merged if not self.is_copy(row.document))
            yield from found if last is None else deque(found, last)
        finally:
            for file in opened:
                file.close()

    def unordered(self) -> Iterator[Found]:
        """Yield what is wanted file by file, which is faster: where the order does not matter."""
        opened = self._hold_live_files()
        try:
            order = count()
            for source in self.sources:
                for found in self._source(source, order, False):
                    if not self.is_copy(found.document):
                        yield found
        finally:
            for file in opened:
                file.close()

    def problems(self) -> list[str]:
        """What was wrong with what was read so far, in sentences."""
        found = list(self.unread)
        if self.broken:
            lines = "1 line holds" if self.broken == 1 else f"{self.broken} lines hold"
            more = ", …" if self.broken > len(self.places) else ""
            found.append(f"{lines} no record: {', '.join(self.places)}{more}")
        return found

    def is_copy(self, document: dict[str, Any]) -> bool:
        """Say whether a record came before; what it is asked about has come then."""
        return self._copies.has(document)

    def take(self, source: Source, line: Line) -> dict[str, Any] | None:
        """Return the record that a line holds if it is wanted, `{}` if it holds none; else None."""
        if self._selective and self.selection.rejects(line.data):
            return None
        document = decode(line.data)
        if document is None:
            self._note_broken(source, line)
            return {}
        wanted = not self._selective or self.selection.takes(document, line.data)
        return document if wanted else None

    def _looks_at(self, source: Source) -> bool:
        """Leave out a backup that was closed before all that is wanted, and what is no file."""
        since = self.selection.since
        if source.path not in self._named and not os.path.isfile(source.path):
            return False  # a pipe of that name would never end
        if source.is_live or not since:
            return True
        earliest = datetime.fromisoformat(since[:-1] + "+00:00") - _LATE
        return source.closed >= stamp_of(earliest)

    def _hold_live_files(self) -> list[BinaryIO]:
        """Open them now: by the time their turn comes they may have been rotated away."""
        opened: list[BinaryIO] = []
        for source in self.sources:
            if source.is_live and source.path not in self._held and os.path.isfile(source.path):
                try:
                    opened.append(open(source.path, "rb"))  # noqa: SIM115
                except OSError:
                    continue  # its turn comes, and the error is told then
                self._held[source.path] = opened[-1]
        return opened

    def _channel(self, order: int, sources: list[Source], with_broken: bool) -> Iterator[Found]:
        orders = count(order)
        found = (row for source in sources for row in self._source(source, orders, with_broken))
        return found if sources[0].path == STDIN else _ordered(found)

    def _last(self, order: int, sources: list[Source], with_broken: bool, most: int) -> list[Found]:
        found: list[Found] = []
        for number, source in reversed(list(enumerate(sources))):
            if len(found) >= most:
                break
            place = order + (number << 32)
            found[:0] = self._end_of(source, place, with_broken, most - len(found))
        return sorted(found)

    def _end_of(self, source: Source, order: int, with_broken: bool, most: int) -> list[Found]:
        """The last of one file, from a part at its end that is made larger until it is enough."""
        tail, size = _TAIL, self._size(source)
        broken, places = self.broken, list(self.places)
        while True:
            start = max(size - tail, 0)
            self.broken, self.places = broken, list(places)
            rows = self._source(source, count(order), with_broken, start)
            found = [*deque(rows, most)]
            if len(found) == most or not start:
                return found
            tail *= _WIDER

    def _size(self, source: Source) -> int:
        """The size of a file that can be read from its end; 0 for any other."""
        file = self._held.get(source.path)
        if isinstance(file, Part):
            return file.end
        if source.path == STDIN or source.path.endswith(".gz") or not os.path.isfile(source.path):
            return 0
        return os.fstat(file.fileno()).st_size if file else os.stat(source.path).st_size

    def _source(
        self, source: Source, orders: Iterator[int], with_broken: bool, start: int = 0
    ) -> Iterator[Found]:
        stamp, needle = "", self.selection.needle
        file = self._held.get(source.path)
        try:
            if file:
                file.seek(0)
            for line in lines_of(source.path, needle, cast("BinaryIO | None", file), start):
                document = self.take(source, line)
                if document:
                    stamp = document["timestamp"]
                elif document is None or not with_broken:
                    continue
                yield Found(stamp, next(orders), document, line, source)
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
