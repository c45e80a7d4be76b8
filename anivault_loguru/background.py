"""The background queue: entries wait here, encoded and masked, until one thread writes them.

A log call then costs no write. The price: what waits is lost with a killed process. No lock is
taken on the caller's path, so that a log call in a signal handler may interrupt any other.
"""

from __future__ import annotations

import _thread
import contextlib
import threading
import time
from collections import deque
from queue import Empty, SimpleQueue
from typing import Literal, Protocol, TypeAlias

from . import metrics
from .entry import Entry
from .living import Living

__all__ = ["Background", "Overflow", "Taker"]

Overflow: TypeAlias = Literal["block", "drop_new", "drop_low"]

_WARNING, _ERROR = 30, 40
_BATCH = 512
_MOMENT = 0.001


class Taker(Protocol):
    """Where the entries go in the end: a channel."""

    def take(self, entries: list[Entry]) -> None:
        """Write the entries. Never raises."""

    def drop(self, entry: Entry) -> None:
        """Count an entry that found no room. Never raises."""


# What waits: a list, and whoever gets to empty it writes or drops the entry; an event that is set
# when it is passed; None ends the thread.
_Cell: TypeAlias = "list[tuple[Taker, Entry]]"
_Item: TypeAlias = "_Cell | threading.Event | None"
_Items: TypeAlias = "SimpleQueue[_Item]"


class Background:
    """One daemon thread "anivault-writer" per process, started by the first entry.

    Args:
        size: entries that may wait; threads that put at one moment may exceed it by one each.
        overflow: what happens when there is no room. `block`: the call waits. `drop_new`: the new
            entry is dropped. `drop_low`: an entry below WARNING is, the new one or the oldest that
            waits; where none waits, a WARNING is. ERROR and above wait for room.
    """

    def __init__(self, *, size: int, overflow: Overflow) -> None:
        self._size = size
        self._overflow = overflow
        self._renew()
        _queues.add(self)

    def put(self, taker: Taker, entry: Entry) -> None:
        """Let the entry wait for the thread, or drop one; after `stop` it is written at once."""
        items = self._items
        if items.qsize() >= self._size and not self._make_room(entry):
            taker.drop(entry)
        elif not self._started():
            taker.take([entry])
        else:
            cell = [(taker, entry)]
            if entry.level_no < _WARNING and self._overflow == "drop_low":
                self._low.append(cell)
            items.put(cell)
            if self._ended.is_set():
                self._drain(items)  # it ended between our look and our put

    def flush(self) -> None:
        """Return when everything that waits now is written."""
        if self._unclaimed.locked() and threading.current_thread() is not self._thread:
            passed = threading.Event()
            self._items.put(passed)
            while not passed.wait(0.1) and not self._done.is_set():
                continue

    def stop(self) -> None:
        """Write everything that waits and end the thread; later entries are written at once."""
        if self._unclaimed.acquire(blocking=False):
            self._ended.set()  # it never began
            self._done.set()
        elif threading.current_thread() is not self._thread:
            self._items.put(None)
            self._done.wait()

    def _renew(self) -> None:
        """Begin anew; in a forked child the thread is gone, and what waits is the parent's."""
        self._items: _Items = SimpleQueue()
        self._low: deque[_Cell] = deque()
        self._thread: threading.Thread | None = None
        self._unclaimed = threading.Lock()  # taken once and kept: the first taker starts
        self._ended = threading.Event()  # nobody takes what is put from now on
        self._done = threading.Event()  # all is written that was put before

    def _make_room(self, entry: Entry) -> bool:
        """Wait, or drop another entry; false if it is this one that has to go."""
        if self._overflow == "drop_new":
            return False
        if self._overflow == "drop_low":
            if entry.level_no < _WARNING:
                return False
            if self._evict():
                return True
            if entry.level_no < _ERROR:
                return False
        while self._items.qsize() >= self._size and not self._ended.is_set():
            time.sleep(_MOMENT)
        return True

    def _evict(self) -> bool:
        """Drop the oldest entry below WARNING that waits; false if none does."""
        while True:
            try:
                cell = self._low.popleft()
            except IndexError:
                return False
            try:
                taker, entry = cell.pop()
            except IndexError:
                continue  # written by now
            taker.drop(entry)
            return True

    def _started(self) -> bool:
        if self._unclaimed.acquire(blocking=False):
            try:
                # Thread.start takes locks of `threading`, which a signal handler that calls this
                # may have interrupted in its own thread; a bare thread can wait for them instead.
                _thread.start_new_thread(self._launch, (self._items, self._ended, self._done))
            except RuntimeError:  # the interpreter shuts down, or the system is out of threads
                self._ended.set()
                self._done.set()
        return not self._ended.is_set()

    def _launch(self, items: _Items, ended: threading.Event, done: threading.Event) -> None:
        try:
            self._thread = threading.Thread(
                target=self._run, args=(items, ended, done), name="anivault-writer", daemon=True
            )
            self._thread.start()
        except RuntimeError:
            self._end(items, ended, done)

    def _run(self, items: _Items, ended: threading.Event, done: threading.Event) -> None:
        try:
            while self._write([items.get(), *_taken(items, _BATCH)]):
                metrics.gauge("queue_depth", items.qsize())
        finally:
            self._end(items, ended, done)

    def _end(self, items: _Items, ended: threading.Event, done: threading.Event) -> None:
        ended.set()
        self._drain(items)
        done.set()

    def _drain(self, items: _Items) -> None:
        while batch := _taken(items, _BATCH):
            self._write(batch)

    def _write(self, batch: list[_Item]) -> bool:
        """Write a batch, the entries of each channel together; false if it says to end."""
        waiting: dict[Taker, list[Entry]] = {}
        for item in batch:
            if isinstance(item, list):
                try:
                    taker, entry = item.pop()
                except IndexError:
                    continue  # dropped by now
                waiting.setdefault(taker, []).append(entry)
        for taker, entries in waiting.items():
            taker.take(entries)
        for item in batch:
            if isinstance(item, threading.Event):
                item.set()
        with contextlib.suppress(IndexError):
            while not self._low[0]:
                self._low.popleft()
        return None not in batch


def _taken(items: _Items, most: int) -> list[_Item]:
    batch: list[_Item] = []
    try:
        while len(batch) < most:
            batch.append(items.get_nowait())
    except Empty:
        pass
    return batch


_queues: Living[Background] = Living(Background._renew)
