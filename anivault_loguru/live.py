"""The open file of a writer: puts lines at its end, and sees to it that each stands alone.

A process that is killed in the middle of a large write, and a disk that is full, leave a piece of a
line without its newline. A line that was written behind such a piece is written once more.
"""

from __future__ import annotations

import errno
import os
import sys

from .locks import lock_shared
from .owned import Descriptor

__all__ = ["Live", "inode_at"]

_WINDOW = 1_000_000


class Live(Descriptor):
    """An open live file, marked as in use for other processes; closed with its last user.

    Args:
        number: the descriptor, open for appending and reading.

    Attributes:
        inode: which file it is.
        size: its size in bytes when this process last looked.
        changed: when it was last changed before it was opened, in seconds since 1970 UTC.
        due: when it is to be rotated, in seconds since 1970 UTC.
    """

    __slots__ = ("_end", "_torn", "changed", "due", "inode", "size")

    def __init__(self, number: int) -> None:
        super().__init__(number)
        lock_shared(self.number)
        found = os.fstat(self.number)
        self.inode = (found.st_dev, found.st_ino)
        self.size = found.st_size
        self.changed = found.st_mtime
        self.due = float("inf")
        # What a full disk left of a line of ours.
        self._torn = False
        # A place at or before the end of the file behind which a line is known to begin; if the
        # file ends in a torn piece, one that no line's length leads on from.
        self._end = found.st_size if self._ends_well(found.st_size) else found.st_size - 1

    def append(self, line: bytes) -> bool:
        """Write a line; false if that was of no use because the file has been deleted.

        Raises:
            OSError: the line is not in the file; EBADF if somebody closed our descriptor.
        """
        end = self._end
        data = line
        if self._torn and not self._ends_well(os.fstat(self.number).st_size):
            data = b"\n" + line
        whole = self._put(data)
        found = os.fstat(self.number)
        if found.st_ino != self.inode[1]:
            raise OSError(errno.EBADF, "The descriptor is another file's by now")
        self.size = size = found.st_size
        if whole and size == end + len(data):
            self._end = size  # nobody else has written since
        elif not self._stands_alone(line, end, size, whole):
            return self.append(line)
        return found.st_nlink > 0

    def _put(self, data: bytes) -> bool:
        """Write all of `data`; true if at one go, false if others may have written in between."""
        written = os.write(self.number, data)
        if written == len(data):
            self._torn = False
            return True
        # A full disk takes what fits. The rest may fit by now.
        self._torn = True
        written += os.write(self.number, data[written:])
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes could be written")
        self._torn = False
        return False

    def _stands_alone(self, line: bytes, end: int, size: int, whole: bool) -> bool:
        """Tell whether the line that was just written is there, whole and behind a newline."""
        self._end = size - 1  # not known for now: the next line is looked after, too
        start = os.lseek(self.number, 0, os.SEEK_CUR) - len(line)
        first = max(0, start - 1)
        piece = _read(self.number, start - first + len(line), first)
        if piece[start - first :] == line:
            alone = start == 0 or piece[:1] == b"\n"
            if alone:
                self._end = start + len(line)
            return alone
        # Another thread has moved the offset since: the line is somewhere in what came in.
        first = max(0, end - 1)
        if size - first > _WINDOW:
            return whole
        window = _read(self.number, size - first, first)
        if b"\n" + line in window or (first == 0 and window.startswith(line)):
            return True
        return whole and line not in window

    def _ends_well(self, size: int) -> bool:
        return size == 0 or _read(self.number, 1, size - 1) in (b"\n", b"")


def inode_at(path: str) -> tuple[int, int] | None:
    """Return which file is at `path`, links not followed; None if there is none."""
    try:
        found = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _read(descriptor: int, count: int, offset: int) -> bytes:
    if sys.platform == "win32":  # has no pread, and no writer is killed between two pages there
        return b""
    return os.pread(descriptor, count, offset)
