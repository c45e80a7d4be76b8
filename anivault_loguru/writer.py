"""The file of one channel: append whole lines, rotate, compress, prune, beside other processes.

Top-down: `append` writes one line; `_look` notices that the file at the path is another one by now;
`_rotate` renames it; `maintain` compresses and prunes, off the caller's path.

Appending takes no lock. One `write` to an O_APPEND descriptor is one place in the file, whatever
other threads and processes do. A descriptor is closed when the last thread that uses it lets go of
its `_Held`: a rotation or a shutdown never pulls a number from under a running write.

Each writer keeps a shared `flock` on the file it has open; a backup is compressed only under an
exclusive one, so that a line written to a file that was renamed meanwhile is never lost.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import time as time_of_day
from typing import TypeAlias

from filelock import FileLock, Timeout

from . import owned
from .mill import compress, lock_shared, remove_orphans
from .rotation import Backup, Naming, Retention, next_boundary

__all__ = ["Writer"]

Report: TypeAlias = Callable[[str, BaseException], None]

# Another process's rotation is noticed within this many seconds, and before a first line after
# idleness: what is written in between lands in the renamed file, which is kept.
_LOOK_EVERY = 0.1
_RETRY_AFTER = 1.0
_ATTEMPTS = 100
_WINDOW = 1_000_000


_KEEP_ALL = Retention()


class _Held:
    """An open descriptor that closes itself when nobody uses it any more."""

    __slots__ = ("due", "inode", "number", "size", "torn")

    def __init__(self, number: int) -> None:
        self.number = number
        found = os.fstat(number)
        self.inode = (found.st_dev, found.st_ino)
        self.due = float("inf")
        # What a full disk left of a line of ours, at the end of the file.
        self.torn = False
        # The size known from the last look; one byte short where the file does not end in a
        # newline, so that the first line is looked after (see `_stands_alone`).
        self.size = found.st_size
        if self.size and _read(number, 1, self.size - 1) not in (b"\n", b""):
            self.size -= 1

    def __del__(self) -> None:
        try:
            os.close(self.number)
        except OSError:
            return  # closed behind our back, or the interpreter is going down


class Writer:
    """Appends lines to the file at `path`, which is made with the first line.

    Args:
        path: the live file.
        at: time of day of the daily rotation; None for none. Local time unless it has a zone.
        max_bytes: the size at which the file is rotated; 0 for no cap.
        retention: what is kept of the backups.
        gzip: whether backups are compressed.
        wake: called after the first opening and each rotation, on the caller's path: asks for
            `maintain` soon, for what a crashed process left and for the new backup.
        rotated: called after each rotation of ours.
        report: told what went wrong without a line being lost.
        clock: seconds since 1970 UTC.
        ticks: seconds on a monotonic clock.
    """

    def __init__(
        self,
        path: str,
        *,
        at: time_of_day | None = None,
        max_bytes: int = 0,
        retention: Retention = _KEEP_ALL,
        gzip: bool = True,
        wake: Callable[[], None] = lambda: None,
        rotated: Callable[[], object] = lambda: None,
        report: Report = lambda what, error: None,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self._folder, file = os.path.split(path)
        self._naming = Naming(file)
        self._at = at
        self._cap = max_bytes
        self._retention = retention
        self._gzip = gzip
        self._wake = wake
        self._woken = False
        self._rotated = rotated
        self._report = report
        self._clock = clock
        self._ticks = ticks
        self._held: _Held | None = None
        self._look_at = 0.0
        self._rotate_at = 0.0
        self._turn: dict[str, tuple[int, object]] = {}

    def append(self, line: bytes) -> None:
        """Write one line, newline included; when this returns, the line is in the file, whole.

        Raises:
            OSError: it is not; what was torn will not be joined to a later line.
        """
        now = self._clock()
        held = self._held
        if held is None or self._ticks() >= self._look_at:
            held = self._look(now)
        if now >= held.due or 0 < self._cap < held.size + len(line):
            held = self._rotate(held, now)
        for _ in range(_ATTEMPTS):
            if self._write(held, line):
                return
            # The file was deleted, and the line with it: it is written to a new one.
            held = self._open(now)
        raise OSError(f"{self.path!r} is deleted faster than it can be written")

    def close(self) -> None:
        """Let go of the file; a later line opens it again."""
        self._held = None

    def maintain(self) -> None:
        """Compress what was rotated and remove what is beyond the limits. Never raises."""
        try:
            if not os.path.isdir(self._folder):
                return
            held = self._held
            if held is not None and _inode(self.path) != held.inode:
                self._held = None  # an idle process must not keep a renamed file from the mill
            held = None
            if self._gzip:
                for backup in self._backups():
                    if not backup.compressed:
                        self._guarded("compress", backup, compress)
            remove_orphans(self._folder, self._backups())
            self._prune()
        except OSError as error:
            self._report("maintenance failed", error)

    def _write(self, held: _Held, line: bytes) -> bool:
        """Write a line; false if the file is no longer in any folder."""
        before = held.size
        data = b"\n" + line if held.torn else line
        whole = self._put(held, data)
        found = os.fstat(held.number)
        held.size = found.st_size
        if not whole or held.size - before != len(data):
            alone = _stands_alone(held.number, line, before, held.size)
            if alone is False or (alone is None and not whole):
                self._put(held, b"\n" + line)
        return found.st_nlink > 0

    def _put(self, held: _Held, data: bytes) -> bool:
        """Write all of `data`; true if at one go, false if others may have written in between."""
        written = os.write(held.number, data)
        if written == len(data):
            held.torn = False
            return True
        # A full disk takes what fits. The rest may fit by now.
        held.torn = True
        written += os.write(held.number, data[written:])
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes fit into {self.path!r}")
        held.torn = False
        return False

    def _look(self, now: float) -> _Held:
        """Return the descriptor of the file that is at the path now."""
        self._look_at = self._ticks() + _LOOK_EVERY
        held = self._held
        if held is not None and _inode(self.path) == held.inode:
            return held
        return self._open(now)

    def _open(self, now: float) -> _Held:
        owned.make_folder(self._folder)
        for _ in range(_ATTEMPTS):
            held = _Held(owned.open_append(self.path))
            # Between the open and the lock the file may have been renamed, or be in the mill.
            if lock_shared(held.number) and _inode(self.path) == held.inode:
                break
        else:
            raise OSError(f"{self.path!r} is replaced faster than it can be opened")
        last = os.fstat(held.number).st_mtime if held.size else now
        held.due = next_boundary(self._at, min(last, now))
        self._held = held
        if not self._woken:
            self._woken = True
            self._wake()
        return held

    def _rotate(self, held: _Held, now: float) -> _Held:
        """Rename the live file and open a new one, unless somebody else does or has done it."""
        if _inode(self.path) != held.inode:
            return self._open(now)
        if held.size == 0:
            held.due = next_boundary(self._at, now)
            return held
        if self._ticks() < self._rotate_at:
            return held
        # setdefault is one step of the interpreter: of all threads one gets its token in, and
        # whatever a signal handler raises where, the token is taken out again.
        token = (os.getpid(), object())
        try:
            holder = self._turn.setdefault("by", token)
            if holder is not token:
                if holder[0] != token[0]:
                    self._turn = {}  # a thread of our parent's, at the fork: it is not here
                return held
            return self._rotate_alone(held, now)
        except Timeout:
            return held  # another process is at it: go on appending
        except OSError as error:
            self._rotate_at = self._ticks() + _RETRY_AFTER
            self._report("the file could not be rotated and goes on growing", error)
            return self._held or self._open(now)
        finally:
            if self._turn.get("by") is token:
                del self._turn["by"]

    def _rotate_alone(self, held: _Held, now: float) -> _Held:
        lock = self.path + ".lock"
        owned.inspect(lock)
        with FileLock(lock, timeout=0, mode=owned.FILE_MODE, thread_local=False):
            if _inode(self.path) != held.inode:
                return self._open(now)
            closed = min(held.due, now)
            backup = self._unused(int(closed * 1_000_000))
            if os.name == "nt":
                self._held = None  # Windows renames no file that is open
                del held
            os.rename(self.path, backup)
            fresh = self._open(now)
        self._rotated()
        self._wake()
        return fresh

    def _unused(self, closed: int) -> str:
        while True:
            path = os.path.join(self._folder, self._naming.name(closed))
            if not (os.path.lexists(path) or os.path.lexists(path + ".gz")):
                return path
            closed += 1

    def _backups(self) -> list[Backup]:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                backup = self._naming.parse(entry.name)
                if backup is not None and entry.is_file(follow_symlinks=False):
                    size = entry.stat(follow_symlinks=False).st_size
                    found.append(Backup(backup.closed, *_rest(backup), size))
        return sorted(found)

    def _prune(self) -> None:
        backups = [backup for backup in self._backups() if not backup.partial]
        try:
            live = os.lstat(self.path).st_size
        except FileNotFoundError:
            live = 0
        now = int(self._clock() * 1_000_000)
        for backup in self._retention.surplus(backups, now=now, live=live):
            self._guarded("remove", backup, os.unlink)

    def _guarded(self, what: str, backup: Backup, act: Callable[[str], None]) -> None:
        """Act on one backup; that it failed, or that it is gone already, stops no other."""
        try:
            act(os.path.join(self._folder, backup.name))
        except FileNotFoundError:
            return
        except OSError as error:
            self._report(f"a backup could not be dealt with ({what})", error)


def _rest(backup: Backup) -> tuple[str, bool, bool]:
    return backup.name, backup.compressed, backup.partial


def _stands_alone(descriptor: int, line: bytes, before: int, size: int) -> bool | None:
    """Tell whether the line just written begins behind a newline; None if it is not to be found.

    Somebody else wrote since this process last looked: another process, killed in the middle of a
    large write, may have left a piece without a newline in front of ours.
    """
    start = os.lseek(descriptor, 0, os.SEEK_CUR) - len(line)
    if start == 0:
        return True
    piece = _read(descriptor, len(line) + 1, start - 1)
    if piece[1:] == line:
        return piece[:1] == b"\n"
    if size - before > _WINDOW:
        return None
    # Another thread has moved the offset since: the line is somewhere in what came in.
    window = _read(descriptor, size - before + 1, max(0, before - 1))
    where = window.find(line)
    return None if where < 0 else where == 0 or window[where - 1 : where] == b"\n"


def _read(descriptor: int, count: int, offset: int) -> bytes:
    if sys.platform == "win32":  # has no pread, and no writer is killed between two pages there
        return b""
    return os.pread(descriptor, count, offset)


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
