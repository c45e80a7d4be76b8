"""Figures of this process and its machine by psutil, which is imported at the first sample.

What the platform refuses is left out, never guessed.
"""

from __future__ import annotations

import functools
import gc
import operator
import os
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

__all__ = ["GROWING", "GcPauses", "Sampler"]

GROWING = frozenset(
    "cpu_seconds cpu_user_seconds cpu_system_seconds context_switches_voluntary "
    "context_switches_involuntary io_read_bytes io_write_bytes gc_collections".split()
)
"""The figures that count from the start of the process; the others go up and down."""

# CPU times count in ticks of 10 ms; over less than ten of them a percentage means nothing.
_SHORTEST_SPAN = 0.1
# Linux adds up every mapping to tell the USS: with very many of them that takes too long.
_USS_AT_MOST = 0.01

Read = Callable[[], float]


class Sampler:
    """Reads the figures at each call; one instance for each reader, as percentages are since its
    last call. `clock` in seconds times the reading of the USS, which is given up where it is slow.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._last: tuple[int, float, float] | None = None
        self._uss_is_cheap = True

    def __call__(self) -> dict[str, float]:
        """Return the figures.

        `rss_bytes`; `uss_bytes`, what ending the process would free, left out where it takes more
        than 10 ms to read; `cpu_seconds`, `cpu_user_seconds` and `cpu_system_seconds` since the
        process began; `cpu_percent` of one core since the last sample, at first since the process
        began, left out for spans under 0.1 seconds; `threads`; `open_files`, as descriptors, on
        Windows as handles, and `open_files_limit`; `context_switches_voluntary` and
        `…_involuntary`; `io_read_bytes` and `io_write_bytes`, of disks; `gc_collections` of all
        generations; `system_memory_total_bytes` and `system_memory_available_bytes`.
        """
        import psutil

        refusals = (psutil.Error, OSError, AttributeError, NotImplementedError, ArithmeticError)
        process = psutil.Process()
        figures: dict[str, float] = {}
        with process.oneshot():
            for name, read in self._reads(psutil, process).items():
                try:
                    figures[name] = read()
                except (*refusals, ImportError):
                    continue
        return figures

    def _reads(self, psutil: Any, process: Any) -> dict[str, Read]:
        windows = sys.platform == "win32"
        return {
            "rss_bytes": lambda: process.memory_info().rss,
            "uss_bytes": lambda: self._uss(process),
            "cpu_seconds": lambda: sum(process.cpu_times()[:2]),
            "cpu_user_seconds": lambda: process.cpu_times().user,
            "cpu_system_seconds": lambda: process.cpu_times().system,
            "cpu_percent": lambda: self._percent(sum(process.cpu_times()[:2]), process.create_time),
            "threads": process.num_threads,
            "open_files": process.num_handles if windows else process.num_fds,
            "open_files_limit": _open_files_limit,
            "context_switches_voluntary": lambda: process.num_ctx_switches().voluntary,
            "context_switches_involuntary": lambda: process.num_ctx_switches().involuntary,
            "io_read_bytes": lambda: process.io_counters().read_bytes,
            "io_write_bytes": lambda: process.io_counters().write_bytes,
            "gc_collections": lambda: sum(one["collections"] for one in gc.get_stats()),
            "system_memory_total_bytes": lambda: psutil.virtual_memory().total,
            "system_memory_available_bytes": lambda: psutil.virtual_memory().available,
        }

    def _uss(self, process: Any) -> float:
        if not self._uss_is_cheap:
            raise NotImplementedError("The USS is slow to read here")
        begun = self._clock()
        size: float = process.memory_full_info().uss
        self._uss_is_cheap = self._clock() - begun <= _USS_AT_MOST
        return size

    def _percent(self, used: float, create_time: Read) -> float:
        pid, now = os.getpid(), time.time()
        last = self._last
        _, then, used_then = last if last and last[0] == pid else (pid, create_time(), 0.0)
        if now - then < _SHORTEST_SPAN:
            raise ArithmeticError(f"Too short a time for a CPU percentage: {now - then} s")
        self._last = (pid, now, used)
        return round(max(used - used_then, 0.0) / (now - then) * 100, 2)


def _open_files_limit() -> float:
    import resource  # not on Windows

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        raise NotImplementedError("There is no limit")
    return limit


class GcPauses:
    """Observes for how many seconds each garbage collection stops the program.

    Python calls `gc.callbacks` amid the collection and throws away what they raise; a signal's
    handler, which runs in the first Python code it meets, would run there, and its
    KeyboardInterrupt be lost. So the callback is made of C functions alone: `getattr` of a
    property whose getter, a `__missing__` that ignores its argument, moves the time into a deque.
    The times of starts are kept as they are, those of stops negated.

    Args:
        observe: takes each pause in seconds, when `drain` is called; of more than 4096 pauses
            between two calls the last.
        clock: seconds; a C function in earnest.
    """

    def __init__(
        self, observe: Callable[[float], None], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._observe = observe
        self._lock = threading.Lock()
        self._times: deque[float] = deque(maxlen=2 * 4096)
        readings = iter(clock, None)
        note = self._times.append
        start: defaultdict[object, None] = defaultdict(map(note, readings).__next__)
        stop: defaultdict[object, None] = defaultdict(
            map(note, map(operator.neg, readings)).__next__
        )
        phases = {"start": property(start.__missing__), "stop": property(stop.__missing__)}
        self._callback = functools.partial(getattr, type("Phases", (), phases)())

    def install(self) -> None:
        """Begin to observe."""
        if self._callback not in gc.callbacks:
            gc.callbacks.append(self._callback)

    def remove(self) -> None:
        """Observe no more."""
        if self._callback in gc.callbacks:
            gc.callbacks.remove(self._callback)

    def drain(self) -> None:
        """Observe the pauses since the last call."""
        with self._lock:
            begun = None
            for _ in range(len(self._times)):
                at = self._times.popleft()
                if at < 0 and begun is not None:
                    self._observe(-at - begun)
                begun = at if at >= 0 else None
