"""The file of one channel: append whole lines, rotate, compress, prune, beside other processes.

Top-down: `append` writes one line; `_look` notices that the file at the path is another one by now,
or that its day is over; `_rotate` retires it; `maintain` compresses and prunes, off the caller's
path.

Appending takes no lock that another process could hold. One `write` to an O_APPEND descriptor is
one place in the file, whatever others do. A descriptor is closed when the last thread that uses it
lets go of it: a rotation or a shutdown never pulls a number from under a running write.

What that means for the cap: the threads of a process append in turn, each knows the size that the
one before it has found, and whoever sees that a file is full appends no more to it, but retires it,
and waits for no other process to do so. So beyond the cap of one file stands at most one line, or
one batch of `append_all`, of each process that had looked at the size before others filled it; and
one more where a line had to be written again because a killed process had left a torn one. Where
one process writes, there stands nothing.

Each writer keeps a shared `flock` on the file it has open; a backup is compressed only under an
exclusive one, so that a line written to a file that was renamed meanwhile is never lost.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import time as time_of_day

from .batch import BATCH, append_batches
from .compiled import Append, made
from .faults import is_interruption
from .live import Live, inode_at, live_at
from .living import Living
from .mill import Mill, Report
from .retire import retire
from .rotation import Naming, Retention, next_boundary

__all__ = ["Writer", "appending"]

# That somebody else renamed the file, without its being due, is noticed within this many seconds,
# and before a first line after idleness; what is written in between lands in the renamed file.
_LOOK_EVERY = 0.1
_RETRY_AFTER = 1.0
_ATTEMPTS = 100
# A turn that lasts longer is left by what a signal handler raised as it was taken, or by nobody.
_PATIENCE = 1.0
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

    __slots__ = (
        "__weakref__",
        "_at",
        "_cap",
        "_clock",
        "_folder",
        "_live",
        "_look_at",
        "_looked_at",
        "_mill",
        "_naming",
        "_report",
        "_rotate_at",
        "_rotated",
        "_ticks",
        "_turn",
        "_undone",
        "_wake",
        "_wake_at",
        "path",
    )

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
        self._cap = max_bytes or sys.maxsize
        self._mill = Mill(self._folder, self._naming, retention, gzip, report, clock)
        self._wake = wake
        self._rotated = rotated
        self._report = report
        self._clock = clock
        self._ticks = ticks
        self._live: Live | None = None
        self._turn = threading.RLock()  # for a signal handler that logs within a log call, too
        self._looked_at = self._look_at = 0.0
        self._rotate_at = 0.0
        self._wake_at = 0.0
        self._undone = True  # by a process that crashed, for all we know
        _writers.add(self)

    def append(self, line: bytes) -> None:
        """Write one line, newline included; when this returns, the line is in the file, whole.

        Raises:
            OSError: it is not; what was torn will not be joined to a later line.
        """
        more = len(line)
        turn = self._turn
        if not turn.acquire(timeout=_PATIENCE):
            turn = self._turn = threading.RLock()
            turn.acquire()
        try:
            live = self.ready(more)
            live.size += more
            done = live.append(line)
            del live  # see `_open`
        finally:
            turn.release()
        if not done:
            self.append_anew(line)

    def ready(self, more: int) -> Live:
        """Return the file that `more` bytes go to, opened or rotated if that is due."""
        live = self._live
        now = self._clock()
        if live is None or not self._looked_at <= now < self._look_at:
            del live  # see `_open`
            live = self._look(now)
        while live.size + more > self._cap:
            inode = live.inode
            del live  # Windows renames no file that anybody has open
            live = self._rotate(now, more)
            if live.inode == inode:
                break  # an empty one, or one that cannot be renamed
        return live

    def settle(self, live: Live, line: bytes, end: int, written: int) -> None:
        """Go on behind a write after which the file does not end as expected; see `Live.settle`."""
        if not live.settle(line, end, written):
            del live
            self.append_anew(line)

    def append_all(self, lines: list[bytes], lost: Callable[[int, OSError], None]) -> None:
        """Write many lines with few calls; `lost` is told the number of each that is not in."""
        append_batches(self.append, lines, min(BATCH, self._cap), lost)

    def close(self) -> None:
        """Let go of the file; a later line opens it again."""
        self._live = None

    def forked(self) -> None:
        """Begin anew in a forked child: the turn may have been that of a thread left behind."""
        self._turn = threading.RLock()
        self.close()

    def maintain(self) -> None:
        """Compress what was rotated and remove what is beyond the limits. Never raises."""
        try:
            if not os.path.isdir(self._folder):
                return
            live = self._live
            if live is not None and inode_at(self.path) != live.inode:
                self._live = None  # an idle process must not keep a renamed file from the mill
            del live
            self._undone = False
            if not self._mill.work():
                self._undone = True  # never to False here: a rotation meanwhile set it
        except FileNotFoundError:
            return  # the folder was removed meanwhile: there is nothing to maintain
        except OSError as error:
            self._report("maintenance failed", error)

    def append_anew(self, line: bytes) -> None:
        """Write a line to a new file: the one we have was deleted, and the line with it."""
        for _ in range(_ATTEMPTS):
            self._live = None
            if self._open(self._clock()).append(line):
                return
        raise OSError(f"{self.path!r} is deleted faster than it can be written")

    def _look(self, now: float) -> Live:
        """Return the file that is at the path now, rotated if it is due.

        The file we have is returned if the one at the path can't be opened. A clock that steps, or
        goes on while the machine sleeps, is looked after at once.
        """
        live = self._followed(now)
        if now >= live.due:
            del live
            live = self._rotate(now)
        self._looked_at = now
        self._look_at = now + _LOOK_EVERY
        if now < live.due:
            self._look_at = min(self._look_at, live.due)
        return live

    def _followed(self, now: float) -> Live:
        live = self._live
        if live is None:
            return self._open(now)
        try:
            if inode_at(self.path) != live.inode:
                del live
                return self._open(now)
        except OSError as error:
            if is_interruption(error):
                raise
            self._report("the file was renamed and no new one can be opened", error)
            return self._live or self._open(now)
        if self._undone and self._ticks() >= self._wake_at:
            self._ask()
        if self._at is not None and live.due > now + _TWO_DAYS:
            live.due = next_boundary(self._at, now)  # the clock was far ahead when it was opened
        return live

    def _open(self, now: float) -> Live:
        before = self._live
        live = live_at(self.path)
        live.due = next_boundary(self._at, min(live.changed, now) if live.size else now)
        # No call between look and change: what another thread has opened meanwhile stays, since it
        # knows what is about to be appended, and may be the newer file.
        standing = self._live
        if standing is not None and (standing is not before or standing.inode == live.inode):
            return standing
        self._live = live
        # Who is woken finds a backup in use as long as anything here refers to its file.
        before = standing = None
        if self._undone:
            self._ask()
        return live

    def _rotate(self, now: float, more: int = 0) -> Live:
        """Rename the live file and open a new one, unless somebody else does or has done it.

        It is due at `now`, or has no room for `more` bytes.
        """
        live = self._live
        if live is None:
            return self._open(now)
        if now < live.due and live.size + more <= self._cap:
            return live  # another thread was faster
        if live.size == 0:
            live.due = next_boundary(self._at, now)
            return live
        if self._ticks() < self._rotate_at:
            return live
        inode, closed = live.inode, min(live.due, now)
        try:
            live = None  # see `_open`
            if os.name == "nt":
                self._live = None
            self._undone = True
            if retire(self.path, inode, self._naming, closed):
                self._rotated()
            return self._open(now)
        except OSError as error:
            if is_interruption(error):
                raise
            self._rotate_at = self._ticks() + _RETRY_AFTER
            self._report("the file could not be rotated and goes on growing", error)
            return self._live or self._open(now)

    def _ask(self) -> None:
        self._wake_at = self._ticks() + _RETRY_AFTER
        self._wake()


def appending(writer: Writer) -> Callable[[bytes], None]:
    """Return what appends a line to a writer's file: `append`, compiled if it can be."""
    return made(Append, writer.append, writer, Live)


# A forked child gets files of its own: what it shares keeps its parent's from the mill.
_writers: Living[Writer] = Living(Writer.forked)
