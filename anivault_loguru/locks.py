"""Locks between processes that share a file; nothing here ever waits.

flock goes with the open file, not with the process: two threads that open a file each exclude one
another like two processes do, and the system lets go of what a killed process had.
"""

from __future__ import annotations

import sys

from . import owned
from .faults import is_interruption

__all__ = ["Lock", "lock_exclusive", "lock_shared"]

if sys.platform == "win32":
    from filelock import FileLock, Timeout

    # Windows renames no file that somebody has open: a backup is nobody's any more.
    def lock_shared(descriptor: int) -> bool:
        """Do nothing: an open file is protected as it is."""
        return True

    def lock_exclusive(descriptor: int) -> bool:
        """Do nothing: an open file is protected as it is."""
        return True

    class Lock:
        """The right to rotate, held by one thread of one process: a lock on the file at `path`."""

        def __init__(self, path: str) -> None:
            self._lock = FileLock(path, timeout=0, thread_local=False)

        def acquire(self) -> bool:
            """Take the lock; false if somebody else has it."""
            try:
                self._lock.acquire()
            except Timeout:
                return False
            return True

        def release(self) -> None:
            """Let go of the lock, if it was taken."""
            self._lock.release(force=True)

else:
    # flock itself, not filelock, which does the same with 40 times the calls and several locks
    # of its own, that a signal handler's log call would find taken by the call it interrupts.
    import fcntl

    def lock_shared(descriptor: int) -> bool:
        """Mark a file as in use, where files can be; false if somebody has it for himself."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if is_interruption(error):
                raise
        return True

    def lock_exclusive(descriptor: int) -> bool:
        """Take a file for oneself; false if somebody else uses it.

        Raises:
            OSError: the file system knows no locks.
        """
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    class Lock:
        """The right to rotate, held by one thread of one process: a lock on the file at `path`."""

        def __init__(self, path: str) -> None:
            self._path = path
            self._file: owned.Descriptor | None = None

        def acquire(self) -> bool:
            """Take the lock; false if somebody else has it.

            Raises:
                OSError: the lock file can't be opened, is no file of ours, or can't be locked.
            """
            if self._file is None:
                self._file = owned.Descriptor(owned.open_append(self._path))
            return lock_exclusive(self._file.number)

        def release(self) -> None:
            """Let go of the lock, if it was taken."""
            file, self._file = self._file, None
            if file is not None:
                # Said, not left to the close: a child forked meanwhile has the file open too.
                fcntl.flock(file.number, fcntl.LOCK_UN)
