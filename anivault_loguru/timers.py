"""Timers: `with metrics.timer("scan"):` and `@metrics.timer("scan")`, sync and async.

Each entry into a timer has a start of its own, so that none is lost where they nest or overlap.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from itertools import count
from typing import Any, ParamSpec, TypeVar

from .instruments import Histogram

__all__ = ["Timer"]

P = ParamSpec("P")
R = TypeVar("R")


class Timer:
    """Observes how long a `with` block or each call of a decorated function takes, in seconds.

    One timer may be entered again while it runs: nested, from other threads, from other tasks.
    A coroutine function is timed from its call's first step to its end, awaits included.
    """

    def __init__(self, histogram: Histogram, clock: Callable[[], float] = time.perf_counter):
        self._histogram = histogram
        self._clock = clock
        self._alone: dict[int, list[float]] = {}  # the start of an entry while no other ran
        self._starts: dict[int, float] = {}

    def __enter__(self) -> Timer:
        alone = [self._clock()]
        if self._alone.setdefault(0, alone) is not alone:
            # Running already: this entry is told from the others by the context it is made in.
            token = next(_tokens)
            _entered.set((*_running(_entered.get()), (self, token)))
            self._starts[token] = alone[0]
        return self

    def __exit__(self, *_exc: object) -> None:
        end = self._clock()
        start = self._leave() if self._starts else None
        if start is None:
            alone = self._alone.pop(0, None)
            start = alone[0] if alone else self._left()
        if start is not None:
            self._histogram.observe(end - start)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return `function` timed, exceptions included."""
        from inspect import iscoroutinefunction

        if iscoroutinefunction(function):

            @wraps(function)
            async def timed_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                start = self._clock()
                try:
                    return await function(*args, **kwargs)
                finally:
                    self._histogram.observe(self._clock() - start)

            return timed_coroutine  # type: ignore[return-value]

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            start = self._clock()
            try:
                return function(*args, **kwargs)
            finally:
                self._histogram.observe(self._clock() - start)

        return timed

    def _leave(self) -> float | None:
        """Take out the start of this context's innermost entry that still runs."""
        stack = _entered.get()
        for timer, token in reversed(stack):
            if timer is self and (start := self._starts.pop(token, None)) is not None:
                _entered.set(_running(stack))
                return start
        return None

    def _left(self) -> float | None:
        """Take out any start; the context is gone: thread pools step through generators so."""
        try:
            return self._starts.popitem()[1]
        except KeyError:
            return None


_Entries = tuple[tuple[Timer, int], ...]
_tokens = count()
_entered: ContextVar[_Entries] = ContextVar("anivault_loguru_timers", default=())


def _running(entries: _Entries) -> _Entries:
    return tuple([entry for entry in entries if entry[1] in entry[0]._starts]) if entries else ()
