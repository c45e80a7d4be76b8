"""The lines of all files as they were at one moment, twice if need be, in constant memory.

Programs go on logging meanwhile: files are opened at the start, before they are renamed, compressed
or pruned, and live files are read up to the size that they had then, so that none is ahead of the
others by much. `later` tells what came since.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, cast

from ..reading import STDIN, Source, blocks_of, sources_of
from ..reading.lines import open_either

__all__ = ["Files", "Numbered", "Place"]

# macOS lets a process have 256 files open.
_MOST_HELD = 200


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
    """A file that is open, which it is, its size when last looked at, and its next line's start."""

    file: BinaryIO
    inode: tuple[int, int]
    size: int
    line: int = 1
    byte: int = 0

    @classmethod
    def of(cls, file: BinaryIO) -> _Held:
        found = os.fstat(file.fileno())
        return cls(file, (found.st_dev, found.st_ino), found.st_size)

    def look(self) -> bool:
        """Take over the size that it has now; false if that is no other."""
        before, self.size = self.size, os.fstat(self.file.fileno()).st_size
        return self.size > before


class Files:
    """Reads what `paths` name; a context that closes what it holds.

    Args:
        paths: files, read whatever they are, and folders, in which only plain files are read.
        is_wanted: tells which of them are.

    Attributes:
        sources: what is read, by channel and time.
        unread: path and reason of what could not be read, or not to its end.
    """

    def __init__(
        self, paths: Sequence[str], is_wanted: Callable[[Source], bool] = lambda _: True
    ) -> None:
        self.unread: dict[str, OSError] = {}
        self._paths = paths
        self._is_wanted = is_wanted
        self._held: dict[str, _Held] = {}
        live = [source for source in self._listed() if source.is_live and self._hold(source)]
        self.sources = sorted({*live, *self._others()})

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *error: object) -> None:
        for held in self._held.values():
            held.file.close()

    def _listed(self) -> list[Source]:
        return [source for source in sources_of(self._paths) if self._is_wanted(source)]

    def _others(self) -> Iterator[Source]:
        """List once more, and hold all but what was a live file when that was opened, or later."""
        known = {held.inode for held in self._held.values()}
        rotated: set[str] = set()
        for source in self._listed():
            if not source.is_live and _inode(source.path) in known:
                rotated.add(source.channel)
            was_there = source.is_live or source.channel not in rotated
            if source.path not in self._held and was_there and self._hold(source):
                yield source

    def _hold(self, source: Source) -> bool:
        """Open a file for later; false if it was rotated away or pruned since it was listed."""
        path = source.path
        if path == STDIN or len(self._held) >= _MOST_HELD:
            return True
        try:
            kind = stat.S_IFMT(os.stat(_there(path)).st_mode)
            if kind not in (stat.S_IFREG, stat.S_IFDIR) and path not in self._paths:
                # A pipe in a folder would be waited for, until somebody writes to it.
                raise OSError(f"{path!r} is no plain file")
            if kind == stat.S_IFREG:
                self._held[path] = _Held.of(open_either(path))
        except FileNotFoundError as error:
            if path not in self._paths:
                return False
            self.unread[path] = error
        except OSError as error:
            self.unread[path] = error
        return True

    def lines(self) -> Iterator[tuple[Source, Numbered]]:
        """Yield every line of every source."""
        for held in self._held.values():
            held.line, held.byte = 1, 0
        yield from self._lines(self.sources)

    def later(self) -> Iterator[tuple[Source, Numbered]]:
        """Yield the lines that came since `lines` was at its end, and some of before once more."""
        grown = {path for path, held in self._held.items() if held.look()}
        yield from self._lines([source for source in self.sources if source.path in grown])
        known = {held.inode for held in self._held.values()}
        for source in self._listed():
            inode = _inode(source.path)
            if inode is None or inode in known or source.path in self.unread:
                continue
            try:
                for line in self._numbered(source, None):
                    yield source, line
            except OSError:
                continue  # gone by now, or torn: what it held is not known

    def _lines(self, sources: Iterable[Source]) -> Iterator[tuple[Source, Numbered]]:
        for source in sources:
            try:
                for line in self.lines_of(source):
                    yield source, line
            except OSError as error:
                self.unread[source.path] = error

    def lines_of(self, source: Source) -> Iterator[Numbered]:
        """Yield the lines of one source, from where `lines` was at its end, if it was.

        Raises:
            OSError: it can't be read, or not to its end.
        """
        if source.path not in self.unread:
            yield from self._numbered(source, self._held.get(source.path))

    def _numbered(self, source: Source, held: _Held | None) -> Iterator[Numbered]:
        path = source.path
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
                byte = open_end.place.byte  # it was being written: `later` has all of it
            else:
                yield open_end
        if held and source.is_live:
            held.line, held.byte = number, byte


def _there(path: str) -> str:
    """Return the path of a backup that may be compressed by now."""
    packed = f"{path}.gz"
    return packed if os.path.lexists(packed) and not os.path.lexists(path) else path


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
