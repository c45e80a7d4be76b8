"""The outbox: entries wait here, masked already, until one thread has sent them to a collector.

A log call appends to a bounded queue and goes on, whatever the collector does: no lock, no wait.
The thread sends batches; what a collector refuses for now it tries again, later and later. What
found no room, or was refused for good, is counted (`records_dropped`) and logged; the files have
it all the same.
"""

from __future__ import annotations

import _thread
import contextlib
import multiprocessing.process
import multiprocessing.util
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from .. import metrics
from ..board import Straight
from ..collected import Collected
from ..entry import Entry
from ..faults import faults
from ..living import Living
from .notices import Notices
from .places import PLACE, Mark, Place, taken
from .wire import Outcome, Wire

__all__ = ["Outbox"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_GRACES = 6


class Outbox:
    """Takes entries as a channel does, and figures, and gives them to a wire in its own thread.

    Args:
        connect: makes the wire; called in the thread, in a forked child again.
        level: the least level number.
        numbers: whether what only the collector gets is numbered: it is where there are no files.
        size: entries that may wait; one larger than 4 KiB takes a place for each 4 KiB.
        delay: seconds for which the first entry waits for others.
        grace: seconds that `flush` and `stop` wait for each batch; six times that at most.
        rest: how much longer than it computed for a batch the thread rests after it, so that a
            program which logs without pause keeps most of the interpreter.
        report: logs, in the thread: level, event, message, fields.
    """

    name = "otlp"
    straight: Straight | None = None

    def __init__(
        self,
        connect: Callable[[], Wire],
        *,
        level: int = 0,
        numbers: bool = False,
        size: int = 30_000,
        delay: float = 1.0,
        grace: float = 5.0,
        rest: float = 3.0,
        report: Callable[..., object] = lambda *what, **fields: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.level = level
        self.numbers = numbers
        self._connect = connect
        self._size = size
        self._crowd = max(size // 2, 1)
        self._delay = delay
        self._grace = grace
        self._rest = rest
        self._clock = clock
        self._notices = Notices(self.name, report, clock)
        self._renew()
        _outboxes.add(self)

    def _renew(self) -> None:
        """Begin anew; in a forked child the thread is gone, and what waits is the parent's."""
        self._waiting: deque[Place] = deque()
        self._figures: Collected | None = None
        self._sending: Sequence[Entry] = ()
        self._bell = _thread.allocate_lock()  # held, but for the moment after it was rung
        self._bell.acquire()
        self._mark: Mark | None = None  # of the last `flush`, while it waits
        self._passing: deque[Mark] = deque()
        self._sent = 0
        self._rung = 0  # 1: something waits; 2: half of the places are taken
        self._ident = 0
        self._unclaimed = threading.Lock()  # taken once and kept: the first entry starts
        self._ending = threading.Event()
        self._done = threading.Event()
        self._notices.renew()

    def takes(self, component: str) -> bool:
        """Take the records of every component."""
        return True

    def write(self, entry: Entry) -> None:
        """Let the entry wait to be sent; without room, or after `stop`, it is dropped."""
        if _thread.get_ident() == self._ident:
            return  # what is logged while sending is in the files: sent, it would never end
        waiting = self._waiting
        if len(waiting) >= self._size or self._ending.is_set():
            faults.lost(self.name, "there is no room, or an end")
            return
        waiting.append(entry)
        if len(entry.line) > PLACE:
            waiting.extend((None,) * (len(entry.line) // PLACE))
        if self._rung < 2 and not (self._rung and len(waiting) < self._crowd):
            self._rung = 2 if len(waiting) >= self._crowd else 1
            self._ring()

    def put(self, figures: Collected) -> None:
        """Let figures wait to be sent; newer ones take the place of those that wait."""
        self._figures = figures
        self._ring()

    def flush(self) -> None:
        """Return when the entries that wait now are sent, or dropped and counted.

        It waits while the collector takes a batch within each grace; what it has not taken then
        goes on waiting. In the sending thread it returns at once.
        """
        if not self._unclaimed.locked() or _thread.get_ident() == self._ident:
            return
        mark = Mark()
        try:
            self._mark = mark
            self._waiting.append(mark)
            self._ring()
            if self._done.is_set() or not self._patiently(mark.wait):
                with contextlib.suppress(ValueError, IndexError):  # the thread is at it
                    self._waiting.remove(mark)
        finally:
            if self._mark is mark:
                self._mark = None

    def stop(self) -> None:
        """Send what waits, while the collector takes a batch within each grace, and end."""
        if self._ending.is_set():
            return
        self._ending.set()
        if self._unclaimed.acquire(blocking=False):
            self._done.set()  # it never began
        self._ring()
        if not self._patiently(self._done.wait):
            sending, self._sending = self._sending, ()
            self._end("the collector did not answer in time", len(sending))

    def close(self) -> None:
        """Do nothing: `stop` ends the thread."""

    def _patiently(self, wait: Callable[[float], bool]) -> bool:
        """Wait for a grace, and again while batches go through; tell whether it came."""
        for _ in range(_GRACES):
            before = self._sent
            if wait(self._grace):
                return True
            if self._sent == before:
                break
        return False

    def _ring(self) -> None:
        if self._unclaimed.acquire(blocking=False):
            try:
                # As in `background`: Thread.start takes locks that a signal handler may hold up.
                _thread.start_new_thread(self._launch, ())
                if multiprocessing.process.parent_process() is not None:
                    # Such a child ends without atexit, but for what multiprocessing finalizes.
                    multiprocessing.util.Finalize(self, self.stop, exitpriority=1)
            except RuntimeError:  # the interpreter shuts down, or the system is out of threads
                self._end("there is no thread to send")
        with contextlib.suppress(RuntimeError):  # rung already
            self._bell.release()

    def _launch(self) -> None:
        try:
            threading.Thread(target=self._run, name="anivault-otlp", daemon=True).start()
        except RuntimeError:
            self._end("there is no thread to send")

    def _run(self) -> None:
        self._ident = _thread.get_ident()
        try:
            wire = self._connect()
            while self._woken():
                self._send_all(wire)
            wire.close()
        except Exception as error:
            faults.say(self.name, "the exporter has ended", error)
        finally:
            self._end("the exporter has ended")

    def _end(self, reason: str, count: int = 0) -> None:
        self._ending.set()
        self._abandon(reason, count)
        self._done.set()
        self._abandon(reason)  # what came between our look and the end

    def _woken(self) -> bool:
        """Wait until there is something to send; false at the end."""
        while not (self._waiting or self._figures or self._ending.is_set()):
            self._bell.acquire()
        self._bell.acquire(blocking=False)  # it was the first entry; the next is a crowd or the end
        if len(self._waiting) < self._crowd and not (self._ending.is_set() or self._mark):
            self._bell.acquire(timeout=self._delay)
        self._rung = 0
        return bool(self._waiting or self._figures) or not self._ending.is_set()

    def _send_all(self, wire: Wire) -> None:
        figures, self._figures = self._figures, None
        while batch := taken(self._waiting, self._passing):
            self._sending = batch
            self._deliver(wire.logs, batch, len(batch))
            self._sending = ()
            self._pass()
        self._pass()
        if figures is not None:
            self._deliver(wire.figures, figures, 0)

    def _pass(self) -> None:
        """Let those go on that waited for what was taken off so far."""
        with contextlib.suppress(IndexError):
            while True:
                self._passing.popleft().pass_()

    def _deliver(self, send: Callable[[Any], Outcome], what: Any, count: int) -> None:
        tries = 0
        while True:
            begun = time.thread_time()
            outcome = send(what)
            if outcome.sent:
                self._went(outcome, self._rest * (time.thread_time() - begun))
                return
            if outcome.halve and count > 1:
                half = count // 2
                self._deliver(send, what[:half], half)
                self._deliver(send, what[half:], count - half)
                return
            self._notices.failed(outcome.reason)
            if outcome.later is None or self._ending.is_set():
                # Once `stop` has not waited any longer, it has counted these too.
                self._lost(count if self._sending else 0, outcome.reason)
                if outcome.later is not None:
                    self._abandon(outcome.reason)
                return
            pause = min(_FIRST_PAUSE * 2.0**tries, _LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311
            self._pause(outcome.later, pause)
            tries += 1

    def _went(self, outcome: Outcome, rest: float) -> None:
        self._sent += 1
        if outcome.refused:
            self._lost(outcome.refused, outcome.reason)
            self._notices.failed(outcome.reason)
        else:
            self._notices.went()
        if self._mark is None:
            self._ending.wait(rest)

    def _pause(self, least: float, seconds: float) -> None:
        """Wait before the next try: at least `least`, and the rest unless a new `flush` comes."""
        mark = self._mark
        end = self._clock() + seconds
        self._ending.wait(least)
        while self._mark in (mark, None) and not self._ending.is_set():
            if (left := end - self._clock()) <= 0:
                break
            self._bell.acquire(timeout=left)

    def _lost(self, count: int, reason: str) -> None:
        if count:
            metrics.increment("records_dropped", count, channel=self.name)
            faults.say(self.name, "records were not sent", reason)

    def _abandon(self, reason: str, count: int = 0) -> None:
        """Drop all that waits, and `count` more."""
        while batch := taken(self._waiting, self._passing):
            count += len(batch)
        self._lost(count, reason)
        self._pass()


_outboxes: Living[Outbox] = Living(Outbox._renew)
