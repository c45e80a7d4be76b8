"""One sample of this process's figures by psutil, which is imported at the first sample."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

__all__ = ["sample"]

# CPU times count in ticks of 10 ms; over less than ten of them a percentage means nothing.
_SHORTEST_SPAN = 0.1

_last: tuple[int, float, float] | None = None


def sample() -> dict[str, float]:
    """Return the process's figures; what the platform refuses is left out.

    `rss_bytes`; `cpu_seconds`, user and system since the process began; `cpu_percent` of one core
    since the last sample, at first since the process began, left out for spans under 0.1 seconds;
    `threads`; `open_files`, as descriptors, on Windows as handles.
    """
    import psutil

    process = psutil.Process()
    reads: dict[str, Callable[[], float]] = {
        "rss_bytes": lambda: process.memory_info().rss,
        "cpu_seconds": lambda: sum(process.cpu_times()[:2]),
        "cpu_percent": lambda: _percent(sum(process.cpu_times()[:2]), process.create_time),
        "threads": process.num_threads,
    }
    if sys.platform == "win32":
        reads["open_files"] = process.num_handles
    else:
        reads["open_files"] = process.num_fds
    figures: dict[str, float] = {}
    with process.oneshot():
        for name, read in reads.items():
            try:
                figures[name] = read()
            except (psutil.Error, OSError, AttributeError, NotImplementedError, ArithmeticError):
                continue
    return figures


def _percent(used: float, create_time: Callable[[], float]) -> float:
    global _last
    pid, now = os.getpid(), time.time()
    _, then, used_then = _last if _last and _last[0] == pid else (pid, create_time(), 0.0)
    if now - then < _SHORTEST_SPAN:
        raise ArithmeticError(f"Too short a time for a CPU percentage: {now - then} s")
    _last = (pid, now, used)
    return round(max(used - used_then, 0.0) / (now - then) * 100, 2)
