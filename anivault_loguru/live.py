"""The open file of a writer: puts lines at its end, and sees to it that each stands alone.

A process that is killed in the middle of a large write, and a disk that is full, leave a piece of a
line without its newline. A line that was written behind such a piece is written once more.
"""

from __future__ import annotations

import errno
import os
import sys

from .faults import is_interruption
from .locks import lock_shared
from .owned import Descriptor, make_folder, open_append

__all__ = ["Live", "Torn", "inode_at", "live_at"]

_ATTEMPTS = 100
_WINDOW = 1_000_000


class Torn(OSError):
    """A full disk took only the first `written` bytes of what was to be appended."""

    def __init__(self, written: int, whole: int) -> None:
        super().__init__(errno.ENOSPC, f"only {written} of {whole} bytes could be written")
        self.written = written


class Live(Descriptor):
    """An open live file, marked as in use for other processes; closed with its last user.

    Args:
        number: the descriptor, open for appending and reading.

    Attributes:
        inode: which file it is.
        size: its size in bytes when this process last looked, and what is about to be appended.
        changed: when it was last changed before it was opened, in seconds since 1970 UTC.
        due: when it is to be rotated, in seconds since 1970 UTC.
    """

    __slots__ = ("_end", "_ino", "_names", "_torn", "changed", "due", "inode", "size")

    def __init__(self, number: int) -> None:
        super().__init__(number)
        lock_shared(self.number)
        found = os.fstat(self.number)
        self.inode = (found.st_dev, found.st_ino)
        self._ino = found.st_ino
        self._names = min(found.st_nlink, 1)  # some file systems count none
        self.size = found.st_size
        self.changed = found.st_mtime
        self.due = float("inf")
        # What a full disk left of a line of ours.
        self._torn = False
        # A place at or before the end of the file behind which a line is known to begin; if the
        # file ends in a torn piece, one that no line's length leads on from.
        self._end = found.st_size if self._ends_well(found.st_size) else found.st_size - 1

    def append(self, lines: bytes) -> bool:
        """Write one line or several; false if they have to go to another file.

        That is so if this one was deleted, or if somebody closed our descriptor.

        Raises:
            Torn: only a part is in the file.
            OSError: nothing is.
        """
        end = self._end
        try:
            if self._torn:
                return self._append_behind_torn(lines)
            written = os.write(self.number, lines)
            found = os.fstat(self.number)
        except OSError as error:
            self.size = end
            if error.errno != errno.EBADF:
                raise
            self.disown()  # what turns into a daemon closes every number there is
            return False
        size = end + written
        if size == found.st_size and written == len(lines) and found.st_ino == self._ino:
            self._end = size  # nobody else has written since
            # No `max`: in a call, another thread could take room that is then forgotten.
            if size > self.size:  # noqa: PLR1730
                self.size = size
            return found.st_nlink >= self._names
        return self.settle(lines, end, written)

    def _append_behind_torn(self, lines: bytes) -> bool:
        """Close what a full disk left of a line of ours, unless that is done, and append."""
        end = self._end
        lead = b"" if self._ends_well(os.fstat(self.number).st_size) else b"\n"
        written = os.write(self.number, lead + lines)
        return self.settle(lines, end, max(0, written - len(lead)))

    def settle(self, lines: bytes, end: int, written: int) -> bool:
        """See to it that what was appended is all there, and stands on lines of its own.

        As `append` does, where the file does not end as it was expected to.

        Args:
            end: the end of the file when it was known to end in a newline.
            written: how many bytes of `lines` went in at one go.
        """
        self._torn = written != len(lines)
        if self._torn:
            self._complete(lines, written)
        found = os.fstat(self.number)
        if found.st_ino != self._ino:
            self.disown()  # the number is another file's by now
            return False
        size = found.st_size
        # What other threads are about to append stays counted, unless the file was cut short.
        if size > self.size or size < end:
            self.size = size
        self._end = size - 1  # not known for now: the next line is looked after, too
        spoilt = self._spoilt(lines, end, size, written)
        if spoilt is not None:
            return self._again(lines, spoilt)
        return found.st_nlink >= self._names

    def _complete(self, lines: bytes, written: int) -> None:
        """Write the rest of what a full disk took in part: it may fit by now."""
        more = 0
        try:
            more = os.write(self.number, lines[written:])
        except OSError as error:
            if is_interruption(error):
                raise
        if written + more != len(lines):
            raise Torn(written + more, len(lines))
        self._torn = False

    def _again(self, lines: bytes, spoilt: int) -> bool:
        start, stop = lines.rfind(b"\n", 0, spoilt) + 1, lines.index(b"\n", spoilt) + 1
        try:
            return self.append(lines[start:stop])
        except OSError as error:
            if is_interruption(error):
                raise
            raise Torn(len(lines), len(lines)) from error  # all is in the file, one line spoilt

    def _spoilt(self, lines: bytes, end: int, size: int, cut: int) -> int | None:
        """Tell where, in what was just written, a line is that has to be written again.

        Args:
            end: the end of the file when it was known to end in a newline.
            size: its size now.
            cut: where in `lines` others may have written, if that is not at its end.
        """
        start = os.lseek(self.number, 0, os.SEEK_CUR) - len(lines)
        first = max(0, start - 1)
        piece = _read(self.number, start - first + len(lines), first)
        there = piece[start - first :] == lines
        if there and (start == 0 or piece[:1] == b"\n"):
            self._end = start + len(lines)
            return None
        # If another thread has moved the offset since, the lines are somewhere in what came in, and
        # what is there may be the end of another line.
        first = max(0, end - 1)
        if size - first <= _WINDOW:
            window = _read(self.number, size - first, first)
            if b"\n" + lines in window or (first == 0 and window.startswith(lines)):
                return None
            there = lines in window
        if there:
            return 0
        return cut if 0 < cut < len(lines) and lines[cut - 1 : cut] != b"\n" else None

    def _ends_well(self, size: int) -> bool:
        return size == 0 or _read(self.number, 1, size - 1) in (b"\n", b"")


def live_at(path: str) -> Live:
    """Open the file at `path`; it and its folder are made if they are not there.

    Raises:
        OSError: it can't be opened, or is another one each time that it was.
    """
    make_folder(os.path.dirname(path))
    for _ in range(_ATTEMPTS):
        live = Live(open_append(path))
        # Between the open and the lock the file may have been renamed, or be in the mill.
        if inode_at(path) == live.inode:
            return live
    raise OSError(f"{path!r} is replaced faster than it can be opened")


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
