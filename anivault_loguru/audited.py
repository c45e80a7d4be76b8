"""The file of the audit channel: a line is linked and on disk when `append` returns.

It stands where other channels have a `Writer`. The way of a line: `append` waits in `Commit`, whose
thread hands all that waits to `Ledger.write`.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .chain import PRUNED, Key, sealed
from .commit import Commit
from .faults import faults, is_interruption
from .ledger import Ledger, Recorder
from .mill import Mill
from .survey import lines_of

__all__ = ["AuditFile", "Outcome"]


class Outcome:
    """What became of the line that a thread appended last: written, or with which error."""

    def __init__(self) -> None:
        self.written = False
        self.error: Exception | None = None


class AuditFile:
    """Appends to a ledger, for many threads.

    Args:
        name: of the channel.
        ledger: the file.
        mill: given what removes a backup, returns what compresses and removes them.
        record: makes the records of the chain's own.
        report: told what went wrong without a line being lost.
    """

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        mill: Callable[[Callable[[str], object]], Mill],
        record: Recorder,
        report: Callable[[str, BaseException], None],
    ) -> None:
        self.name = name
        self.path = ledger.path
        self._ledger = ledger
        self._commit = Commit(ledger.write, lambda error: faults.lost(name, error))
        self._mill = mill(self._prune)
        self._record = record
        self._report = report
        self._deferred: deque[tuple[int, str, str, dict[str, object]]] = deque()
        self._thread = threading.local()

    @property
    def head(self) -> str:
        """The digest of the last record that this process knows to be on disk; "" for none."""
        return self._ledger.head

    def append(self, line: bytes) -> None:
        """Return when the line is linked and on disk.

        Raises:
            OSError: it is not, or nobody can tell.
        """
        outcome = getattr(self._thread, "outcome", None)
        self.settle()
        try:
            self._commit.put(line)
        except Exception as error:
            if outcome is not None and not is_interruption(error):
                outcome.error = error
            raise
        if outcome is not None:
            outcome.written = True

    def append_all(self, lines: list[bytes], lost: Callable[[int, OSError], None]) -> None:
        """Append many lines; `lost` is told the number of each that is not in."""
        for number, line in enumerate(lines):
            try:
                self.append(line)
            except OSError as error:
                lost(number, error)

    def post(self, event: str, message: str, fields: dict[str, object]) -> None:
        """Have a record of the preset's own written soon, without waiting for it."""
        self.settle()
        self._commit.post(self._record(event, message, fields))

    def defer(self, event: str, message: str, fields: dict[str, object]) -> None:
        """Have a record written before the next one, or when `settle` is called."""
        self._deferred.append((time.time_ns() // 1000, event, message, fields))

    def settle(self) -> None:
        """Have what was deferred written now, in its order."""
        while self._deferred:
            try:
                moment, event, message, fields = self._deferred.popleft()
            except IndexError:
                return  # another thread was faster
            self._commit.post(self._record(event, message, fields, moment))

    def forget(self) -> None:
        """Drop what was deferred: a forked child leaves it to its parent."""
        self._deferred.clear()

    @contextmanager
    def watched(self) -> Iterator[Outcome]:
        """Learn what becomes of the line that this thread appends inside the block."""
        outer = getattr(self._thread, "outcome", None)
        self._thread.outcome = outcome = Outcome()
        try:
            yield outcome
        finally:
            self._thread.outcome = outer

    def add_key(self, key: Key) -> None:
        """Go over to another key; when this returns, the chain says so.

        Raises:
            OSError: it could not be written. The key is used all the same.
        """
        self._ledger.add_key(key)
        self._commit.put(b"")

    def flush(self) -> None:
        """Return when what was posted or deferred is on disk."""
        self.settle()
        self._commit.flush()

    def close(self) -> None:
        """Write what was posted or deferred, and end the thread; a later line starts it again."""
        self.settle()
        self._commit.close()

    def maintain(self) -> None:
        """Compress what was rotated and remove what is beyond the limits. Never raises."""
        try:
            if os.path.isdir(os.path.dirname(self.path)):
                self._mill.work()
        except FileNotFoundError:
            return  # the folder was removed meanwhile: there is nothing to maintain
        except OSError as error:
            self._report("maintenance failed", error)

    def _prune(self, backup: str) -> None:
        """Say in the chain what is removed, so that the rest still verifies; then remove it."""
        head, records = "", 0
        for line in lines_of(backup):
            found = sealed(line.removesuffix(b"\n"))
            if found is not None:
                head, records = found.digest, records + 1
        name = os.path.basename(backup)
        fields: dict[str, object] = {"file": name, "records": records, "head": head}
        self.append(self._record(PRUNED, f"Removed {name}, beyond the retention", fields))
        os.unlink(backup)
