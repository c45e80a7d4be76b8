"""Group commit: many threads' lines go to disk with one sync, and each call waits for its own.

One thread per process writes. So the lines of a batch share the price of a sync, and a call that a
signal handler makes while another one waits in the same thread simply waits too: no caller ever
holds what the writing needs.
"""

from __future__ import annotations

import _thread
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from .faults import is_interruption
from .living import Living

__all__ = ["Commit"]

_BATCH = 1000
_MOMENT = 0.001


class _Waiting:
    """One line on its way. Whoever takes it out of its cell writes it or gives it up."""

    __slots__ = ("awaited", "cell", "done", "error")

    def __init__(self, line: bytes, *, awaited: bool = True) -> None:
        self.cell = [line]
        self.awaited = awaited
        self.error: Exception | None = None
        self.done = _thread.allocate_lock()
        self.done.acquire()


class Commit:
    """Hands lines to `write` on a thread of its own, as many at once as wait.

    Args:
        write: puts lines on disk; returns for each what went wrong, or None.
        lost: told of each line that was posted, and that nobody waits for, why it is not on disk.
        patience: seconds after which a call gives its line up: another process may have been
            stopped while it held the file.
    """

    def __init__(
        self,
        write: Callable[[list[bytes]], Sequence[Exception | None]],
        lost: Callable[[Exception], None],
        *,
        patience: float = 10.0,
    ) -> None:
        self._write = write
        self._lost = lost
        self._patience = patience
        self._renew()
        _commits.add(self)

    def put(self, line: bytes) -> None:
        """Return when the line is on disk.

        Raises:
            OSError: it is not, or nobody can tell.
        """
        if self._writer == _thread.get_ident():
            # Something logs while we write: nobody else could write it meanwhile.
            self.post(line)
            return
        waiting = self._hand_over(_Waiting(line))
        if waiting.done.acquire(timeout=self._patience):
            error = waiting.error
        elif _taken(waiting) is not None:
            error = TimeoutError(f"the file was not free within {self._patience:g} s")
        elif waiting.done.acquire(timeout=self._patience):
            error = waiting.error
        else:
            error = TimeoutError(f"the disk did not answer within {self._patience:g} s")
        if error is not None:
            raise error

    def post(self, line: bytes) -> None:
        """Have the line written soon, without waiting for it."""
        self._hand_over(_Waiting(line, awaited=False))

    def flush(self) -> None:
        """Return when what was posted is on disk, or after the patience of a call."""
        if self._unclaimed.locked() and self._writer != _thread.get_ident():
            passed = _Waiting(b"")
            passed.cell.clear()
            self._items.put(passed)
            passed.done.acquire(timeout=self._patience)

    def close(self) -> None:
        """Write what waits and end the thread; a later line starts it again."""
        self.flush()
        if self._unclaimed.locked():
            self._items.put(None)

    def _renew(self) -> None:
        """Begin anew; in a forked child the thread is gone, and what waits is the parent's."""
        self._items: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._unclaimed = _thread.allocate_lock()  # held by the thread that writes
        self._alone = _thread.allocate_lock()
        self._expected = 0  # so many lines are waited for, until `full` is released
        self._full = _thread.allocate_lock()
        self._full.acquire()
        self._writer = 0

    def _hand_over(self, waiting: _Waiting) -> _Waiting:
        self._items.put(waiting)
        if 0 < self._expected <= self._items.qsize():
            self._expected = 0
            with suppress(RuntimeError):  # another thread was as fast
                self._full.release()
        if sys.is_finalizing():
            self._write_all()  # the thread is gone, or will not get to run
        elif self._unclaimed.acquire(blocking=False):
            try:
                _thread.start_new_thread(self._run, (self._items, self._unclaimed))
            except RuntimeError:  # the interpreter shuts down, or the system is out of threads
                self._write_all()
                self._unclaimed.release()
        return waiting

    def _write_all(self) -> None:
        """Write what waits on the caller's thread; a call from within leaves its line to this."""
        if self._writer == _thread.get_ident() or not self._alone.acquire(timeout=self._patience):
            return
        self._writer = _thread.get_ident()
        try:
            while batch := _waiting(self._items):
                self._take(batch)
        finally:
            self._writer = 0
            self._alone.release()

    def _run(self, items: SimpleQueue[_Waiting | None], claim: _thread.LockType) -> None:
        self._writer = _thread.get_ident()
        while True:
            batch = [items.get(), *_waiting(items)]
            begun = time.perf_counter()
            self._take(batch)
            self._gather(len(batch) + items.qsize(), time.perf_counter() - begun)
            if None in batch:
                self._writer = 0
                claim.release()
                # One that was put before that found the thread still there.
                if items.empty() or not claim.acquire(blocking=False):
                    return
                self._writer = _thread.get_ident()

    def _gather(self, crowd: int, moment: float) -> None:
        """Wait a moment for those who were just served to come back: one sync for all of them."""
        if crowd > 1:
            self._expected = crowd
            if self._items.qsize() < crowd:
                self._full.acquire(timeout=min(moment, _MOMENT))
            self._expected = 0
            self._full.acquire(blocking=False)

    def _take(self, batch: Sequence[_Waiting | None]) -> None:
        """Write the lines of a batch and tell each of those who wait how it went."""
        waiting = [item for item in batch if item is not None]
        lines = [(item, line) for item in waiting if (line := _taken(item)) is not None]
        try:
            errors = self._write([line for _, line in lines]) if lines else ()
        except Exception as error:
            if is_interruption(error):
                raise
            errors = [error] * len(lines)
        for (item, _), failed in zip(lines, errors, strict=True):
            item.error = failed
            if failed is not None and not item.awaited:
                self._lost(failed)
        for item in waiting:
            item.done.release()


def _taken(waiting: _Waiting) -> bytes | None:
    try:
        return waiting.cell.pop()
    except IndexError:
        return None  # somebody else has it


def _waiting(items: SimpleQueue[_Waiting | None]) -> list[_Waiting | None]:
    batch: list[_Waiting | None] = []
    try:
        while len(batch) < _BATCH:
            batch.append(items.get_nowait())
    except Empty:
        pass
    return batch


_commits: Living[Commit] = Living(Commit._renew)
