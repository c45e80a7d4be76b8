"""The lines of all files as they were at one moment, twice if need be, in constant memory.

Programs go on logging meanwhile: live files are opened at the start, before a rotation renames
them, and read up to the size that they had then, so that no file is ahead of the others.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, cast

from ..reading import STDIN, Source, blocks_of

__all__ = ["Files", "Numbered", "Place"]


class Place(NamedTuple):
    """Where a line begins: file, line from 1, byte from 0 (in what was unpacked)."""

    path: str
    line: int
    byte: int


class Numbered(NamedTuple):
    """A line and its place. One that is too long to be looked at is empty, with a `fault`."""

    place: Place
    data: bytes
    ended: bool = True
    fault: str = ""


class _Part:
    """A part of a file, as a file to read from."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        file.seek(start)
        self._file = file
        self._left = end - start

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes; nothing at the end."""
        data = self._file.read(min(count, self._left))
        self._left -= len(data)
        return data


@dataclass
class _Held:
    """A live file that is open, its size when last looked at, and where its next line begins."""

    file: BinaryIO
    size: int
    line: int = 1
    byte: int = 0

    def look(self) -> bool:
        """Take over the size that it has now; false if that is no other."""
        before, self.size = self.size, os.fstat(self.file.fileno()).st_size
        return self.size > before


class Files:
    """Reads sources; a context that closes what it holds.

    Args:
        sources: what is read.
        named: paths that are read whatever they are; other pipes and devices are not.

    Attributes:
        sources: what is read, by channel and time.
        unread: path and reason of what could not be read, or not to its end.
    """

    def __init__(self, sources: Sequence[Source], named: Collection[str] = ()) -> None:
        self.sources = list(sources)
        self.unread: dict[str, OSError] = {}
        self._named = named
        self._held: dict[str, _Held] = {}
        for source in self.sources:
            if source.path != STDIN:
                self._hold(source)

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *error: object) -> None:
        for held in self._held.values():
            held.file.close()

    def _hold(self, source: Source) -> None:
        path = source.path
        try:
            kind = stat.S_IFMT(os.stat(path).st_mode)
            if kind == stat.S_IFREG and source.is_live:
                file = open(path, "rb")  # noqa: SIM115
                self._held[path] = _Held(file, os.fstat(file.fileno()).st_size)
            elif kind not in (stat.S_IFREG, stat.S_IFDIR) and path not in self._named:
                # A pipe in a folder would be waited for, until somebody writes to it.
                raise OSError(f"{path!r} is no plain file")
        except FileNotFoundError as error:
            if source.is_live:
                self.unread[path] = error  # a backup may be a .gz by now
        except OSError as error:
            self.unread[path] = error

    def lines(self) -> Iterator[tuple[Source, Numbered]]:
        """Yield every line of every source."""
        for held in self._held.values():
            held.line, held.byte = 1, 0
        yield from self._lines(self.sources)

    def more(self) -> Iterator[tuple[Source, Numbered]]:
        """Yield the lines that were appended to the live files since `lines` came to their ends."""
        grown = {path for path, held in self._held.items() if held.look()}
        yield from self._lines([source for source in self.sources if source.path in grown])

    def _lines(self, sources: Iterable[Source]) -> Iterator[tuple[Source, Numbered]]:
        for source in sources:
            if source.path in self.unread:
                continue
            try:
                for line in self._numbered(source.path):
                    yield source, line
            except OSError as error:
                self.unread[source.path] = error

    def _numbered(self, path: str) -> Iterator[Numbered]:
        held = self._held.get(path)
        number, byte = (held.line, held.byte) if held else (1, 0)
        part = _Part(held.file, held.byte, held.size) if held else None
        open_end: Numbered | None = None
        for block in blocks_of(path, cast("BinaryIO | None", part)):
            if open_end and open_end.data:
                yield Numbered(open_end.place, b"", fault="a line of more than 32 MB")
                open_end = Numbered(open_end.place, b"")
            *whole, last = block.split(b"\n")
            for data in whole:
                if open_end is None:
                    yield Numbered(Place(path, number, byte), data)
                open_end = None
                number += 1
                byte += len(data) + 1
            if last:
                open_end = open_end or Numbered(Place(path, number, byte), last, ended=False)
                byte += len(last)
        if open_end and open_end.data:
            if held and held.look():
                byte = open_end.place.byte  # it was being written: `more` has all of it
            else:
                yield open_end
        if held:
            held.line, held.byte = number, byte
