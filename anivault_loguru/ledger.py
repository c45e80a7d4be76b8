"""The audit file: linked lines, in one order for all processes, on disk before anyone goes on.

`write` is the way of a line: through the gate (`gate.py`), behind the last line (`survey.py` finds
it after others, or a crash, have written), into one `write` and one sync. One thread calls it
(`commit.py`). Rotated files are compressed and removed by the same mill as those of other channels;
none is removed before a `chain.pruned` record says so.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from datetime import time as time_of_day
from functools import partial
from itertools import accumulate
from typing import Protocol

from .chain import GENESIS, KEY_ROTATED, KEYLESS, RECOVERED, Key, link, proof
from .disk import sync, sync_folder
from .faults import is_interruption
from .gate import SUFFIX, Gate, Note
from .live import inode_at
from .living import Living
from .owned import Descriptor, make_folder, open_append
from .rotation import Naming, next_boundary
from .survey import Found, last_backed_up, survey

__all__ = ["Ledger", "Recorder"]

_LINKS = 151  # bytes that `prev` and `digest` add to a line
_BATCH = 1_000_000
_ATTEMPTS = 3


class Recorder(Protocol):
    """Makes the line of a record of the chain's own."""

    def __call__(
        self, event: str, message: str, fields: dict[str, object], moment: int = 0, /
    ) -> bytes:
        """Return the line, newline included; `moment` is microseconds since 1970, 0 is now."""


class Ledger:
    """Appends linked lines to the file at `path`.

    Args:
        path: the live file.
        keys: those of the chain, oldest first; the last one seals. None is a chain without a key.
        record: makes the records of the chain's own.
        reload: reads the keys anew, when a line has a seal that none of them makes.
        fsync: whether lines are on disk, not only with the system, when `write` returns.
        at: time of day of the daily rotation; None for none.
        max_bytes: the size at which the file is rotated; 0 for no cap.
        rotated: called after each rotation.
        report: told what went wrong without a line being lost.
        clock: seconds since 1970 UTC.
    """

    def __init__(
        self,
        path: str,
        *,
        keys: list[Key],
        record: Recorder,
        reload: Callable[[], list[Key]] | None = None,
        fsync: bool = True,
        at: time_of_day | None = None,
        max_bytes: int = 0,
        rotated: Callable[[], object] = lambda: None,
        report: Callable[[str, BaseException], None] = lambda what, error: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self.head = ""
        self._folder, file = os.path.split(path)
        self._naming = Naming(file)
        self._keys = [KEYLESS, *keys]
        self._record = record
        self._reload = reload
        self._fsync = fsync
        self._at = at
        self._cap = max_bytes
        self._rotated = rotated
        self._report = report
        self._clock = clock
        self._gate = Gate(path + SUFFIX)
        self._live: Descriptor | None = None
        self._inode = (0, 0)
        self._due = float("inf")
        # The size at which the file ends with `head`; -1 if that has to be found out.
        self._size = -1
        self._sealed = KEYLESS  # what the last line was sealed with
        _ledgers.add(self)

    def write(self, lines: list[bytes]) -> list[OSError | None]:
        """Append lines; when this returns, each is on disk or has its error.

        An empty one stands for none: what is to be recorded first still is.

        Raises:
            OSError: none is.
        """
        try:
            self._gate.enter()
        except FileNotFoundError:
            make_folder(self._folder)
            self._gate.enter()
        try:
            errors = iter(self._write([line for line in lines if line]))
            return [next(errors) if line else None for line in lines]
        finally:
            self._gate.leave()
            if os.name == "nt":
                self._live = None  # Windows renames no file that anybody has open

    def add_key(self, key: Key) -> None:
        """Seal with `key` from now on. The next `write`, of an empty line even, records it."""
        self._keys = [*(known for known in self._keys if known.id != key.id), key]

    def forget(self) -> None:
        """Let go of the files; the next line opens them again and looks where they end."""
        self._live = None
        self._size = -1
        self._gate.forget()

    def _write(self, lines: list[bytes]) -> list[OSError | None]:
        live = self._ready()
        errors: list[OSError | None] = []
        limit = min(_BATCH, self._cap or _BATCH)
        while len(errors) < len(lines):
            size = 0
            batch: list[bytes] = []
            for line in lines[len(errors) :]:
                size += len(line) + _LINKS
                if batch and size > limit:
                    break
                batch.append(line)
            live = self._rotate_if_due(live, size)
            for _ in range(_ATTEMPTS):
                done = self._put(live, batch, self._keys[-1])
                if done is not None:
                    errors += done
                    break
                live = self._ready()  # the file was deleted, and the lines with it
            else:
                gone = OSError(f"{self.path!r} is deleted faster than it can be written")
                errors += [gone] * len(batch)
        return errors

    def _ready(self) -> Descriptor:
        """Return the open live file, after its end is known and what was wrong is recorded."""
        live = self._opened()
        if os.fstat(live.number).st_size == self._size and self._sealed is self._keys[-1]:
            return live
        before = partial(last_backed_up, self._folder, self._naming)
        found = survey(self.path, before, self._gate.read(), self._keys)
        if "unknown_seal" in found.reasons and self._reload is not None:
            try:
                self._keys = [KEYLESS, *self._reload()]
            except (OSError, ValueError) as error:
                self._report("the keys can't be read anew", error)
            found = survey(self.path, before, self._gate.read(), self._keys)
        self.head = found.head
        key, last = found.key or self._keys[-1], self._keys[-1]
        if found.reasons:
            self._put_own(live, self._recovered(found), key, b"" if found.ended else b"\n")
        if key is not last:
            self._put_own(live, self._key_rotated(key, last), last)
        self._size, self._sealed = os.fstat(live.number).st_size, last
        return live

    def _put_own(self, live: Descriptor, line: bytes, key: Key, lead: bytes = b"") -> None:
        for error in self._put(live, [line], key, lead) or ():
            if error is not None:
                raise error

    def _recovered(self, found: Found) -> bytes:
        told = "; ".join(found.reasons.values())
        self._report("the chain goes on after a fault", OSError(told))
        fields = {"reason": ", ".join(found.reasons), **found.details}
        return self._record(RECOVERED, f"The audit chain goes on after a fault: {told}", fields)

    def _key_rotated(self, old: Key, new: Key) -> bytes:
        shown = proof(old, self.head, new.id)
        fields: dict[str, object] = {"old": old.id, "new": new.id, "proof": shown}
        return self._record(KEY_ROTATED, "The audit chain goes on under a new key", fields)

    def _put(
        self, live: Descriptor, lines: list[bytes], key: Key, lead: bytes = b""
    ) -> list[OSError | None] | None:
        """Link and write; an error or None for each line, or None if the file was deleted."""
        self._size = -1
        head, linked = self.head or GENESIS, []
        digests = [head]
        for line in lines:
            whole_line, head = link(line, head, key)
            linked.append(whole_line)
            digests.append(head)
        self._note(digests[0], busy=True)
        data = lead + b"".join(linked)
        written = os.write(live.number, data)
        ends = accumulate((len(line) for line in linked), initial=len(lead))
        whole = max(0, sum(end <= written for end in ends) - 1)
        self._sync(live)
        found = os.fstat(live.number)
        if found.st_nlink == 0:
            return None
        self.head = digests[whole]
        self._note(self.head, busy=False)
        if written == len(data):
            self._size, self._sealed = found.st_size, key
            return [None] * len(lines)
        # The piece stays, and the next record says so.
        full = OSError(errno.ENOSPC, f"only {written} of {len(data)} bytes could be written")
        return [None] * whole + [full] * (len(lines) - whole)

    def _note(self, head: str, *, busy: bool) -> None:
        try:
            self._gate.write(Note(head, busy))
        except OSError as error:
            if is_interruption(error):
                raise
            self._report("where the audit file stands could not be noted", error)

    def _opened(self) -> Descriptor:
        live = self._live
        if live is not None:
            try:
                found = os.fstat(live.number)
                mine = (found.st_dev, found.st_ino) == self._inode
            except OSError as error:
                if is_interruption(error):
                    raise
                mine = False
            if mine and inode_at(self.path) == self._inode:
                return live
            if not mine:
                live.disown()  # what turns into a daemon closes every number there is
            self._live = live = None
        return self._open()

    def _open(self) -> Descriptor:
        make_folder(self._folder)
        new = inode_at(self.path) is None
        self._live = live = Descriptor(open_append(self.path))
        found = os.fstat(live.number)
        self._inode = (found.st_dev, found.st_ino)
        self._size = -1
        now = self._clock()
        self._due = next_boundary(self._at, min(found.st_mtime, now) if found.st_size else now)
        if new and self._fsync:
            sync_folder(self._folder)
        return live

    def _rotate_if_due(self, live: Descriptor, more: int) -> Descriptor:
        now, size = self._clock(), os.fstat(live.number).st_size
        if not size or not (now >= self._due or 0 < self._cap < size + more):
            return live
        moment = int(min(self._due, now) * 1_000_000)
        while True:
            backup = os.path.join(self._folder, self._naming.name(moment))
            if not (os.path.lexists(backup) or os.path.lexists(backup + ".gz")):
                break
            moment += 1
        try:
            if os.name == "nt":
                self._live = None  # Windows renames no file that anybody has open
            os.replace(self.path, backup)
            live = self._open()
        except OSError as error:
            if is_interruption(error):
                raise
            self._report("the file could not be rotated and goes on growing", error)
            return self._opened()
        self._size = 0
        self._rotated()
        return live

    def _sync(self, live: Descriptor) -> None:
        if self._fsync:
            sync(live.number)


# A forked child gets files of its own.
_ledgers: Living[Ledger] = Living(Ledger.forget)
