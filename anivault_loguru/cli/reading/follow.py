"""Follows live files: what is appended, through rotation, compression, deletion and new files.

No line is lost or comes twice. A file that is rotated is read on by the descriptor that is held,
for a writer may notice the rotation late. One that came and was rotated between two looks is
found as a backup that was not there before.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from .files import Source, sources_of
from .lines import LONGEST, Line, lines_of

__all__ = ["Follower", "Part"]

_CHUNK = 1 << 18
# Far more than a writer takes to notice that another process rotated the file.
_IDLE = 10.0


class Part:
    """The first bytes of an opened file, to be read while the file grows."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file = file
        self.end = end

    def seek(self, place: int) -> int:
        """Go to a byte."""
        return self._file.seek(place)

    def read1(self, size: int) -> bytes:
        """Read at most that many bytes, nothing at the end of the part."""
        return self._file.read(min(size, self.end - self._file.tell()))


class Follower:
    """Follows the files that `paths` name: folders with all their channels, or single live files.

    Args:
        paths: need not be there yet.
        tail: the first look begins that many bytes before the end of each live file.
        clock: seconds, of any beginning.

    Attributes:
        sources: the files that were there at the beginning, in the order of `sources_of`.
        unread: what could not be read, or not to its end, as texts.
        before: by path, the part of each live file that the first look leaves out.
    """

    def __init__(
        self,
        paths: Iterable[str],
        *,
        tail: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._paths = list(paths)
        self._clock = clock
        self._files: dict[tuple[int, int], _Followed] = {}
        self.unread: list[str] = []
        now, named = self._in_folders(), [path for path in self._paths if os.path.isfile(path)]
        self._known = {_key(source) for source in [*now, *self._beside()] if not source.is_live}
        # From the same look: what comes later is new.
        self.sources = sources_of([*(source.path for source in now), *named])
        self.before: dict[str, Part] = {}
        for source in self.sources:
            is_plain = os.path.isfile(source.path) and not source.path.endswith(".gz")
            if source.is_live and is_plain:
                file = self._open(source)
                if file is not None:
                    self.before[source.path] = Part(file.file, file.begin(tail))

    def poll(self) -> Iterator[tuple[Source, Line]]:
        """Yield the whole lines that came in since the last call, file by file."""
        # Before the look at the folders: what is gone by then has its `.gz` among what they hold,
        # which is known by the lines that were read already.
        gone = {inode for inode, file in self._files.items() if file.is_unlinked()}
        now = [*self._in_folders(), *self._beside()]
        for file in list(self._files.values()):
            file.is_live = False
            yield from file.lines()
        for source in now:
            if source.path.endswith(".gz"):
                yield from self._compressed(source)
            else:
                yield from self._plain(source)
        for inode, file in list(self._files.items()):
            yield from file.lines()  # what was written before it was gone
            if inode in gone or (not file.is_live and self._clock() - file.moved > _IDLE):
                file.file.close()
                del self._files[inode]

    def _in_folders(self) -> list[Source]:
        return sources_of(path for path in self._paths if os.path.isdir(path))

    def _beside(self) -> list[Source]:
        """The single files that are followed, and the backups that stand beside them."""
        found: list[Source] = []
        for path in self._paths:
            source = Source.of(path)
            if source.is_live and not os.path.isdir(path):
                name = os.path.basename(source.channel)
                there = sources_of([os.path.dirname(path) or "."])
                found += [row for row in there if os.path.basename(row.channel) == name]
        return found

    def _plain(self, source: Source) -> Iterator[tuple[Source, Line]]:
        try:
            there = os.stat(source.path)
        except OSError:
            return  # renamed meanwhile: the next look finds it under its new name
        if not stat.S_ISREG(there.st_mode):
            return
        file = self._files.get((there.st_dev, there.st_ino))
        if file is None and _key(source) not in self._known:
            file = self._open(source)
            if file is not None:
                yield from file.lines()
        if source.is_live:
            if file is not None:
                file.is_live = True
        else:
            self._known.add(_key(source))

    def _compressed(self, source: Source) -> Iterator[tuple[Source, Line]]:
        key = _key(source)
        if source.is_live or key in self._known:
            return
        self._known.add(key)
        try:
            start = next(lines_of(source.path), None)
            if start and not any(file.starts_with(start.data) for file in self._files.values()):
                for line in lines_of(source.path):
                    yield source, line
        except OSError as error:
            self.unread.append(str(error))

    def _open(self, source: Source) -> _Followed | None:
        try:
            file = _Followed(source, self._clock)
        except OSError:
            return None
        return self._files.setdefault(file.inode, file)


class _Followed:
    def __init__(self, source: Source, clock: Callable[[], float]) -> None:
        self.source = source
        self.file: BinaryIO = open(source.path, "rb", buffering=0)  # noqa: SIM115
        found = os.fstat(self.file.fileno())
        self.inode = found.st_dev, found.st_ino
        self.is_live = True
        self.moved = clock()
        self._clock = clock
        self._next = 0
        self._rest = b""

    def begin(self, tail: int) -> int:
        """Leave out all whole lines but those of the last `tail` bytes; return where they end."""
        size = os.fstat(self.file.fileno()).st_size
        place = max(size - tail, 0)
        if tail:
            self.file.seek(max(place - 1, 0))
            found = self.file.read(tail).find(b"\n") + 1
            self._next = (place - 1 + found if found else size) if place else 0
            return self._next
        while place:
            start = max(place - _CHUNK, 0)
            self.file.seek(start)
            found = self.file.read(place - start).rfind(b"\n")
            place = start + found + 1 if found >= 0 else start
            if found >= 0:
                break
        self._next = place
        return place

    def lines(self) -> Iterator[tuple[Source, Line]]:
        if os.fstat(self.file.fileno()).st_size < self._next:
            self._next, self._rest = 0, b""  # somebody emptied it
        self.file.seek(self._next)
        while data := self.file.read(_CHUNK):
            self.moved = self._clock()
            self._next += len(data)
            offset = self._next - len(data) - len(self._rest)
            *whole, self._rest = (self._rest + data).split(b"\n")
            if len(self._rest) > LONGEST:
                whole, self._rest = [*whole, self._rest], b""
            for line in whole:
                yield self.source, Line(0, offset, line)
                offset += len(line) + 1

    def is_unlinked(self) -> bool:
        return os.fstat(self.file.fileno()).st_nlink == 0

    def starts_with(self, data: bytes) -> bool:
        self.file.seek(0)
        found = self.file.read(len(data) + 1)
        self.file.seek(self._next)
        return found == data + b"\n"


def _key(source: Source) -> tuple[str, str]:
    return os.path.abspath(source.channel), source.closed
