"""What the log counts of itself: one cheap call for each record, for every way a record takes.

Counters `records{level,component}`, `log_bytes{component}` (of lines, once however many channels
take them), `masked_values`; the histogram `log_call_seconds` of one call in 64; error patterns
from level ERROR up. Channels add `records_dropped{channel}` (`faults.py`) and `rotations{channel}`.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from itertools import cycle

from . import metrics
from .entry import Entry
from .errors import ErrorPatterns
from .instruments import Counter, Wholes
from .interruption import is_interruption
from .metrics import Registry
from .schemas import decoded

__all__ = ["SAMPLED", "Tally", "tally"]

SAMPLED = 64
"""One log call in this many is timed."""

_ERROR = 40
# A fingerprint may follow: `***MASKED:7f3a***`.
_MARKER = b"***MASKED"


class Tally:
    """Moves the log's own figures in `registry`; `errors` holds the error patterns.

    The clock is in seconds. Nothing here raises.
    """

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.perf_counter) -> None:
        self.errors = ErrorPatterns()
        self.clock = clock
        self.turn: Callable[[], bool] = cycle([True] + [False] * (SAMPLED - 1)).__next__
        self._took = registry.histogram("log_call_seconds").observe
        registry.timer("log_call_seconds")  # for its unit
        self._masked = registry.counter("masked_values")

        @functools.lru_cache(maxsize=1024)
        def counts(level: str, component: str) -> tuple[Callable[[], object], Counter]:
            records = registry.counter("records", level=level, component=component)
            return records.tick, registry.counter("log_bytes", component=component)

        self._counts = counts

    def sealed(self, entry: Entry, unmasked: bytes) -> None:
        """Count a record: its entry, which has its line, and the line before masking."""
        line, component = entry.line, entry.component
        if line is not unmasked:
            self.masked(unmasked, line)
            component = _component(entry)
        tick, sizes = self._counts(entry.level, component)
        tick()
        sizes.add(len(line))
        if entry.level_no >= _ERROR:
            self.errors.add(entry)

    def handles(
        self, level: str, component: str
    ) -> tuple[Callable[[], object], Wholes, Callable[[], None]]:
        """Return what counts clean records without a call into Python.

        The first counts a record. To the second its bytes are appended; when it holds more than
        `BATCH` of them, the third is to be called.
        """
        tick, sizes = self._counts(level, component)
        return tick, sizes.whole, sizes.relieve

    def masked(self, before: bytes, after: bytes) -> None:
        """Count the values that are masked in `after` and were not in `before`."""
        values = after.count(_MARKER) - before.count(_MARKER)
        if values > 0:
            self._masked.add(values)

    def begin(self) -> float:
        """Return the time at which a log call began, or 0.0 if this one is not timed."""
        return self.clock() if self.turn() else 0.0

    def end(self, begun: float) -> None:
        """Take in how long the log call took that began then, unless it is not timed."""
        if begun:
            self._took(self.clock() - begun)


def _component(entry: Entry) -> str:
    """Return the component of a masked record, as its line shows it."""
    if b':"%s"' % entry.component.encode("utf-8", "surrogatepass") in entry.line:
        return entry.component
    try:
        return str(decoded(entry.line)["component"])
    except Exception as error:
        if is_interruption(error):
            raise
        return "other"


tally = Tally(metrics.registry)

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tally.errors.renew)
