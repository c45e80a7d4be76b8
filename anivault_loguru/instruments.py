"""The three instruments: Counter, Gauge, Histogram; exact under threads, safe in signal handlers.

No writer takes a lock: ones go through `next` of an `itertools.count`, other values through
`deque.append`, each a single C call that neither a thread nor a signal handler can split. Values
that wait in a deque are folded in batches, under a lock that no signal handler waits for: it is
re-entrant, and a fold that meets itself leaves the values to the outer one. (A handler that
raises in the middle of a fold can cost the one value in hand.)
"""

from __future__ import annotations

import operator
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, Final, Generic, Protocol, TypeVar

from .compiled import Sum, made
from .histogram import ExponentialHistogram
from .interruption import is_interruption

__all__ = ["BATCH", "Counter", "Folded", "Gauge", "Histogram", "Wholes"]

T = TypeVar("T")

_ONE: Final = 1
BATCH = 512
_CROWD = 16 * BATCH
_FLOAT_MAX = sys.float_info.max


def _ignore() -> None:
    return None


def _number(value: Any) -> float | None:
    """The value as a finite int or float, or None. Integers beyond 64 bits become floats."""
    kind = type(value)
    if kind is not float and kind is not int:
        try:
            value = _plain(value)
        except Exception as error:
            if is_interruption(error):
                raise
            return None
    number: float = value
    if not -_FLOAT_MAX <= number <= _FLOAT_MAX:
        return None
    return number if -(2**63) <= number < 2**63 else float(number)


def _plain(value: Any) -> float:
    if getattr(type(value), "__index__", None):
        return int(operator.index(value))
    return float(value.__float__())  # not float(value), which would read text


class Folded(Generic[T]):
    """Values appended by any thread or signal handler, folded in batches by one at a time."""

    __slots__ = ("_folding", "_lock", "_refuse", "pending")

    def __init__(self, refuse: Callable[[], object] = _ignore) -> None:
        self._refuse = refuse
        self.pending: deque[T] = deque()
        self.renew()

    def renew(self) -> None:
        """Begin anew in a forked child, where the thread that held the lock does not exist."""
        self._lock = threading.RLock()
        self._folding = False
        self.pending.clear()

    def _put(self, value: T) -> None:
        self.pending.append(value)
        if len(self.pending) >= BATCH:
            self.relieve()

    def relieve(self) -> None:
        if not self._folding:
            self._fold()
        elif len(self.pending) >= _CROWD:
            # Many threads add faster than the one that folds, which waits for the interpreter
            # like each of them. A nap lets it run; to wait for its lock could block for good.
            time.sleep(0.001)

    def _fold(self) -> None:
        with self._lock:
            if self._folding:  # a signal handler interrupted a fold of this very thread
                return
            self._folding = True
            try:
                self._take(self.pending.popleft, len(self.pending))
            finally:
                self._folding = False

    def _take(self, next_value: Callable[[], T], size: int) -> None:
        raise NotImplementedError


class Wholes(Protocol):
    """Takes whole numbers from 0."""

    def append(self, value: int, /) -> None:
        """Take one, in a single step."""

    def __len__(self) -> int:
        """Tell how many of them are to be added up."""


class Counter(Folded[float]):
    """A number that only grows. `tick()` adds one and is the fastest; it may be kept and called.

    Attributes:
        whole: takes what is known to be a whole number from 0. `relieve` is to be called when it
            holds more than `BATCH`; a compiled one adds up by itself, and holds none.
    """

    __slots__ = ("_base", "_sum", "_ticks", "_total", "tick", "whole")

    def __init__(self, refuse: Callable[[], object] = _ignore) -> None:
        self._ticks = count()
        self.tick: Callable[[], object] = self._ticks.__next__
        self._sum = made(Sum, None)
        self._base = 0
        self._total: float = 0
        super().__init__(refuse)
        self.whole: Wholes = self.pending if self._sum is None else self._sum

    def inc(self, value: float = 1) -> None:
        """Add `value`; a negative one, NaN, infinity and what is no number are refused."""
        if value is _ONE:
            self.tick()
            return
        number = _number(value)
        if number is None or number < 0:
            self._refuse()
        else:
            self._put(number)

    def add(self, value: int) -> None:
        """Add a whole number from 0 that is known to be one: unchecked, for hot paths."""
        self.whole.append(value)
        if len(self.whole) >= BATCH:
            self.relieve()

    @property
    def value(self) -> float:
        """The sum so far: an int while only ints were added."""
        with self._lock:
            self._fold()
            return min(self._ticked() - self._base + self._total, _FLOAT_MAX)

    def reset(self) -> None:
        """Begin again at zero; handles and kept `tick`s stay valid."""
        with self._lock:
            self._fold()
            self._base, self._total = self._ticked(), 0

    def renew(self) -> None:
        """Begin anew in a forked child."""
        super().renew()
        self._base, self._total = self._ticked(), 0

    def _ticked(self) -> int:
        ticks = int(repr(self._ticks)[len("count(") : -1])  # the one way to read and not advance
        return ticks if self._sum is None else ticks + self._sum.total

    def _take(self, next_value: Callable[[], float], size: int) -> None:
        total: float = 0
        try:
            for _ in range(size):
                total += next_value()
        finally:
            self._total += total


class Gauge:
    """A number that goes up and down: the last one set, None before the first."""

    __slots__ = ("_refuse", "value")

    def __init__(self, refuse: Callable[[], object] = _ignore) -> None:
        self._refuse = refuse
        self.value: float | None = None

    def set(self, value: float) -> None:
        """Make `value` the current one; NaN, infinity and what is no number are refused."""
        number = _number(value)
        if number is None:
            self._refuse()
        else:
            self.value = number

    def reset(self) -> None:
        """Forget the value."""
        self.value = None

    renew = reset  # an assignment needs no lock


class Histogram(Folded[float]):
    """The distribution of observed values; see `ExponentialHistogram` for what is exact."""

    __slots__ = ("_data",)

    def __init__(self, refuse: Callable[[], object] = _ignore) -> None:
        self._data = ExponentialHistogram()
        super().__init__(refuse)

    def observe(self, value: float) -> None:
        """Count `value`, zero and negative too; NaN, infinity and no number are refused."""
        number = _number(value)
        if number is None:
            self._refuse()
        else:
            self._put(number)

    def read(self) -> ExponentialHistogram:
        """Return a copy of the distribution so far."""
        with self._lock:
            self._fold()
            return self._data.copy()

    def merge(self, other: ExponentialHistogram) -> None:
        """Add the values of another histogram, say another process's."""
        with self._lock:
            self._fold()
            self._data.merge(other)

    def reset(self) -> None:
        """Begin again with no value; handles stay valid."""
        with self._lock:
            self._fold()
            self._data = ExponentialHistogram()

    def renew(self) -> None:
        """Begin anew in a forked child."""
        super().renew()
        self._data = ExponentialHistogram()

    def _take(self, next_value: Callable[[], float], size: int) -> None:
        add = self._data.add
        for _ in range(size):
            add(next_value())
