"""The gate to a file that several processes write in turn: a lock, and what the last one left.

The note in the lock's file is the digest that was last known to be on disk, and whether somebody
had begun to write: one who dies between his write and his sync leaves it so.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from . import owned
from .faults import is_interruption
from .live import inode_at

__all__ = ["SUFFIX", "Gate", "Note", "note_at"]

SUFFIX = ".chain"
"""What the name of a gate's file has behind that of the file it leads to."""

_ATTEMPTS = 100
_SIZE = 100


class Note(NamedTuple):
    """The last confirmed digest, and whether somebody had begun to write more."""

    head: str
    busy: bool


class Gate:
    """Lets in one thread at a time, of all processes; waits as long as it takes.

    Args:
        path: of the lock file, in a folder that exists when the gate is entered.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: owned.Descriptor | None = None
        self._inode: tuple[int, int] | None = None

    def enter(self) -> None:
        """Wait until nobody else is inside.

        Raises:
            OSError: the lock file can't be opened, is no file of ours, or can't be locked.
        """
        for _ in range(_ATTEMPTS):
            file = self._opened()
            _lock(file.number, self._path)
            # Whoever removes the lock file must not let in two.
            if inode_at(self._path) == self._inode:
                return
            self.leave()
            self.forget()
        raise OSError(f"{self._path!r} is replaced faster than it can be locked")

    def leave(self) -> None:
        """Let in the next one."""
        if self._file is not None:
            # Said, not left to the close: a child forked meanwhile has the file open too.
            _unlock(self._file.number, self._path)

    def read(self) -> Note | None:
        """Return what was noted last; None if nothing was, or nothing legible."""
        if self._file is None:
            return None
        os.lseek(self._file.number, 0, os.SEEK_SET)
        return _note(os.read(self._file.number, _SIZE))

    def write(self, note: Note) -> None:
        """Note where the file stands.

        Raises:
            OSError: it could not be written.
        """
        if self._file is not None:
            _overwrite(
                self._file.number, f"{note.head} {'busy' if note.busy else 'done'}\n".encode()
            )

    def forget(self) -> None:
        """Let go of the lock file, without a word to those who have it open with us."""
        self._file = None

    def _opened(self) -> owned.Descriptor:
        file = self._file
        if file is not None:
            try:
                if _identity(file.number) == self._inode:
                    return file
            except OSError as error:
                if is_interruption(error):
                    raise
            file.disown()  # what turns into a daemon closes every number there is
        self._file = file = owned.Descriptor(owned.open_state(self._path))
        self._inode = _identity(file.number)
        return file


def note_at(path: str) -> Note | None:
    """Return what was noted last at a gate, without entering it; None as `Gate.read`.

    Raises:
        OSError: the file is there and can't be read.
    """
    try:
        with open(path, "rb") as file:
            return _note(file.read(_SIZE))
    except FileNotFoundError:
        return None


def _note(text: bytes) -> Note | None:
    words = text.split()
    if len(words) != 2 or len(words[0]) != 64 or not words[0].isalnum():
        return None
    return Note(words[0].decode(), words[1] != b"done")


def _identity(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


if sys.platform == "win32":
    from filelock import FileLock

    def _overwrite(descriptor: int, text: bytes) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, text)

    _locks: dict[int, FileLock] = {}

    def _lock(descriptor: int, path: str) -> None:
        lock = _locks.setdefault(descriptor, FileLock(path + ".lock", thread_local=False))
        lock.acquire()

    def _unlock(descriptor: int, path: str) -> None:
        lock = _locks.pop(descriptor, None)
        if lock is not None:
            lock.release(force=True)

else:
    import fcntl

    def _overwrite(descriptor: int, text: bytes) -> None:
        os.pwrite(descriptor, text, 0)

    def _lock(descriptor: int, path: str) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int, path: str) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
