"""What waits in the outbox: entries, further places of large ones, marks of those who wait."""

from __future__ import annotations

import _thread
import contextlib
from collections import deque
from typing import TypeAlias

from ..entry import Entry

__all__ = ["PLACE", "Mark", "Place", "taken"]

PLACE = 4096
_BATCH = 512
_BATCH_BYTES = 1_000_000


class Mark:
    """Somebody waits until all is done that stands before it.

    A bare lock: the one inside a `threading.Event` may be held by the very frame that a signal
    handler has interrupted.
    """

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()

    def wait(self, seconds: float) -> bool:
        """Return true once it is passed, false if it is not within `seconds`."""
        return self._lock.acquire(timeout=seconds)

    def pass_(self) -> None:
        """Let the one that waits go on."""
        with contextlib.suppress(RuntimeError):  # it is passed already
            self._lock.release()


Place: TypeAlias = Entry | Mark | None


def taken(waiting: deque[Place], passing: deque[Mark]) -> list[Entry]:
    """Take entries for one request off `waiting`; marks among them go to `passing`."""
    entries: list[Entry] = []
    size = 0
    try:
        while len(entries) < _BATCH and size < _BATCH_BYTES:
            place = waiting.popleft()
            if isinstance(place, Entry):
                entries.append(place)
                size += len(place.line)
            elif place is not None:
                passing.append(place)
    except IndexError:
        return entries
    return entries
