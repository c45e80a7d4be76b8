"""The file of one channel: append whole lines, rotate, compress, prune, beside other processes.

Top-down: `append` writes one line; `_look` notices that the file at the path is another one by now;
`_rotate` renames it; `maintain` compresses and prunes, off the caller's path.

Appending takes no lock. One `write` to an O_APPEND descriptor is one place in the file, whatever
other threads and processes do. A descriptor is closed when the last thread that uses it lets go of
it: a rotation or a shutdown never pulls a number from under a running write.

Each writer keeps a shared `flock` on the file it has open; a backup is compressed only under an
exclusive one, so that a line written to a file that was renamed meanwhile is never lost.
"""

from __future__ import annotations

import errno
import os
import stat
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time as time_of_day
from typing import TypeAlias

from .faults import is_interruption
from .live import Live, inode_at
from .locks import Lock
from .mill import compress, remove_orphans
from .owned import make_folder, open_append
from .rotation import Backup, Naming, Retention, next_boundary

__all__ = ["Writer"]

Report: TypeAlias = Callable[[str, BaseException], None]

# That somebody else renamed the file, without its being due, is noticed within this many seconds,
# and before a first line after idleness; what is written in between lands in the renamed file.
_LOOK_EVERY = 0.1
_RETRY_AFTER = 1.0
_MOMENT = 0.0001
_MOMENTS = 10
_ATTEMPTS = 100
_TWO_DAYS = 172_800.0
_KEEP_ALL = Retention()


class Writer:
    """Appends lines to the file at `path`, which is made with the first line.

    Args:
        path: the live file.
        at: time of day of the daily rotation; None for none. Local time unless it has a zone.
        max_bytes: the size at which the file is rotated; 0 for no cap.
        retention: what is kept of the backups.
        gzip: whether backups are compressed.
        wake: called on the caller's path after the first opening, after each rotation, and as long
            as a backup was found in use: asks for `maintain` soon.
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
        self._rotated = rotated
        self._report = report
        self._clock = clock
        self._ticks = ticks
        self._live: Live | None = None
        self._look_at = 0.0
        self._rotate_at = 0.0
        self._patient_at = 0.0
        self._wake_at = 0.0
        self._undone = True  # by a process that crashed, for all we know
        _writers.add(self)

    def append(self, line: bytes) -> None:
        """Write one line, newline included; when this returns, the line is in the file, whole.

        Raises:
            OSError: it is not; what was torn will not be joined to a later line.
        """
        now = self._clock()
        live = self._live
        if live is None or self._ticks() >= self._look_at:
            live = self._look(now)
        if now >= live.due or 0 < self._cap < live.size + len(line):
            del live  # Windows renames no file that anybody has open
            live = self._rotate(now)
        for _ in range(_ATTEMPTS):
            if self._take(live, line):
                return
            # The file was deleted, and the line with it: it is written to a new one.
            self._live = live = None
            live = self._open(now)
        raise OSError(f"{self.path!r} is deleted faster than it can be written")

    def close(self) -> None:
        """Let go of the file; a later line opens it again."""
        self._live = None

    def maintain(self) -> None:
        """Compress what was rotated and remove what is beyond the limits. Never raises."""
        try:
            if not os.path.isdir(self._folder):
                return
            live = self._live
            if live is not None and inode_at(self.path) != live.inode:
                self._live = None  # an idle process must not keep a renamed file from the mill
            del live
            self._undone = False  # before the look, so that a rotation from now on is seen
            plain = [backup for backup in self._backups() if not backup.compressed]
            if self._gzip:
                done = [self._guarded("compress", backup, compress) for backup in plain]
                self._undone = not all(done)
            remove_orphans(self._folder, self._backups())
            self._prune()
        except OSError as error:
            self._report("maintenance failed", error)

    def _take(self, live: Live, line: bytes) -> bool:
        try:
            return live.append(line) or inode_at(self.path) == live.inode
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            live.disown()  # what turns into a daemon closes every number there is
            return False

    def _look(self, now: float) -> Live:
        """Return the file that is at the path now, or the one we have if that can't be opened."""
        self._look_at = self._ticks() + _LOOK_EVERY
        live = self._live
        if live is None:
            return self._open(now)
        try:
            if inode_at(self.path) != live.inode:
                return self._open(now)
        except OSError as error:
            if is_interruption(error):
                raise
            self._report("the file was renamed and no new one can be opened", error)
            return live
        if self._undone and self._ticks() >= self._wake_at:
            self._ask()
        if self._at is not None and live.due > now + _TWO_DAYS:
            live.due = next_boundary(self._at, now)  # the clock was far ahead when it was opened
        return live

    def _open(self, now: float) -> Live:
        make_folder(self._folder)
        for _ in range(_ATTEMPTS):
            live = Live(open_append(self.path))
            # Between the open and the lock the file may have been renamed, or be in the mill.
            if inode_at(self.path) == live.inode:
                break
        else:
            raise OSError(f"{self.path!r} is replaced faster than it can be opened")
        live.due = next_boundary(self._at, min(live.changed, now) if live.size else now)
        self._live = live
        if self._undone:
            self._ask()
        return live

    def _rotate(self, now: float) -> Live:
        """Rename the live file and open a new one, unless somebody else does or has done it."""
        live = self._live
        if live is None:
            return self._open(now)
        if self._ticks() < self._rotate_at:
            return live
        inode, due = live.inode, live.due
        lock = Lock(self.path + ".lock")
        try:
            for moment in self._moments():
                if inode_at(self.path) != inode:
                    break
                if live.size == 0:
                    live.due = next_boundary(self._at, now)
                    return live
                if lock.acquire():
                    if inode_at(self.path) == inode:
                        del live
                        self._rename(min(due, now))
                    break
                time.sleep(moment)
            else:
                return live  # go on appending
            return self._open(now)
        except OSError as error:
            if is_interruption(error):
                raise
            self._rotate_at = self._ticks() + _RETRY_AFTER
            self._report("the file could not be rotated and goes on growing", error)
            return self._live or self._open(now)
        finally:
            lock.release()

    def _moments(self) -> Iterator[float]:
        """How long to wait for another process that rotates, try by try.

        It takes a moment, and appending meanwhile would exceed the cap. But nobody waits longer
        than that, nor soon again: a process can be stopped at any place.
        """
        if self._ticks() >= self._patient_at:
            yield from (_MOMENT,) * _MOMENTS
            self._patient_at = self._ticks() + _RETRY_AFTER
        yield 0.0

    def _rename(self, closed: float) -> None:
        moment = int(closed * 1_000_000)
        while True:
            backup = os.path.join(self._folder, self._naming.name(moment))
            if not (os.path.lexists(backup) or os.path.lexists(backup + ".gz")):
                break
            moment += 1
        if os.name == "nt":
            self._live = None
        os.replace(self.path, backup)
        self._undone = True
        self._rotated()

    def _ask(self) -> None:
        self._wake_at = self._ticks() + _RETRY_AFTER
        self._wake()

    def _backups(self) -> list[Backup]:
        found = []
        for name in os.listdir(self._folder):
            backup = self._naming.parse(name)
            if backup is not None:
                try:
                    there = os.lstat(os.path.join(self._folder, name))
                except FileNotFoundError:
                    continue  # another process was faster
                if stat.S_ISREG(there.st_mode):
                    found.append(replace(backup, size=there.st_size))
        return sorted(found)

    def _prune(self) -> None:
        backups = [backup for backup in self._backups() if not backup.partial]
        now = int(self._clock() * 1_000_000)
        for backup in self._retention.surplus(backups, now=now):
            self._guarded("remove", backup, os.unlink)

    def _guarded(self, what: str, backup: Backup, act: Callable[[str], object]) -> bool:
        """Act on one backup; false if it is to be tried again soon. A failure stops no other."""
        try:
            return act(os.path.join(self._folder, backup.name)) is not False
        except FileNotFoundError:
            return True  # another process was faster
        except OSError as error:
            self._report(f"a backup could not be dealt with ({what})", error)
            return True


_writers: weakref.WeakSet[Writer] = weakref.WeakSet()


def _let_go() -> None:
    """Give a forked child files of its own: what it shares keeps its parent's from the mill."""
    for writer in list(_writers):
        writer.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
