"""The background thread: samples the process, logs the summary, runs due file maintenance.

Callers only raise a flag and put a token into a `SimpleQueue`, whose `put` is re-entrant, so that
`start` and `wake` cost little and may be called from a signal handler.
"""

from __future__ import annotations

import _thread
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from . import process
from .metrics import Registry, parse_series

__all__ = ["Monitor", "summary"]

_ERROR_LEVELS = ("ERROR", "CRITICAL")
_LONGEST_WAIT = 3600.0


class Monitor:
    """One daemon thread "anivault-monitor" per process, started by the first `start` or `wake`.

    Every `interval` seconds it samples the process into gauges and calls `log` with the fields of
    a summary; with `log=None` it only runs `maintain` when woken. What `log`, `maintain` or
    `sample` raise is counted in `monitor_failures`.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        interval: float,
        log: Callable[[dict[str, object]], None] | None,
        maintain: Callable[[], None],
        sample: Callable[[], Mapping[str, float]] = process.sample,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not interval > 0:
            raise ValueError(f"The interval must be above 0 seconds: {interval!r}")
        self._registry = registry
        self._interval = interval
        self._log = log
        self._maintain = maintain
        self._sample = sample
        self._clock = clock
        self._stopped = False
        self._due = False
        self._renew()
        _monitors.add(self)

    def start(self) -> None:
        """Start the thread, once per process; cheap when it runs, nothing after `stop`."""
        if self._stopped or not self._unclaimed.acquire(blocking=False):
            return
        try:
            # Thread.start takes locks of `threading`, which a signal handler that calls this may
            # have interrupted in its own thread; a bare thread can wait for them instead.
            _thread.start_new_thread(self._launch, (self._tokens, self._ended))
        except RuntimeError:  # the interpreter shuts down, or the system is out of threads
            self._failed()
            self._ended.set()

    def wake(self) -> None:
        """Ask the thread to run `maintain` now; calls while that is due count as one."""
        if not self._due:
            self._due = True
            self._tokens.put(False)
        self.start()

    def stop(self, timeout: float = 5.0, *, summarise: bool = True) -> None:
        """End the thread, log a last summary if it ever ran, run `maintain` if it is due.

        With `summarise=False` no summary is logged: another monitor goes on.

        Final and idempotent. Waits at most `timeout` seconds for a call in progress, after which
        that call is left to itself and neither the summary nor maintenance follows.
        """
        self._stopped = True
        if not self._unstopped.acquire(blocking=False):
            return
        started = not self._unclaimed.acquire(blocking=False)
        if started:
            self._tokens.put(True)
            if threading.current_thread() is not self._thread and not self._ended.wait(timeout):
                self._failed()
                return
        if started and summarise and self._log is not None:
            self._summarise()
        self._run_due()

    def _renew(self) -> None:
        """Forget the thread; in a forked child it, and what it held, does not exist."""
        self._thread: threading.Thread | None = None
        self._tokens: SimpleQueue[bool] = SimpleQueue()
        self._ended = threading.Event()
        self._unclaimed = threading.Lock()  # taken once and kept: the first taker starts
        self._unstopped = threading.Lock()
        self._due = False
        self._begun = self._last_at = self._clock()
        self._last: dict[str, Any] = {}

    def _launch(self, tokens: SimpleQueue[bool], ended: threading.Event) -> None:
        try:
            self._thread = threading.Thread(
                target=self._run, args=(tokens, ended), name="anivault-monitor", daemon=True
            )
            self._thread.start()
        except RuntimeError:
            self._failed()
            ended.set()

    def _run(self, tokens: SimpleQueue[bool], ended: threading.Event) -> None:
        next_at = self._clock() + self._interval
        stop = False
        try:
            while not stop:
                try:
                    wait = min(max(next_at - self._clock(), 0.0), _LONGEST_WAIT)
                    stop = tokens.get(timeout=None if self._log is None else wait)
                except Empty:
                    pass
                if stop:
                    break
                self._run_due()
                if self._log is not None and self._clock() >= next_at:
                    self._summarise()
                    self._guard(self._maintain)  # for what nobody asked: an idle process
                    next_at = self._clock() + self._interval
        finally:
            ended.set()

    def _run_due(self) -> None:
        if self._due:
            self._due = False
            self._guard(self._maintain)

    def _summarise(self) -> None:
        self._guard(self._sample_process)
        self._guard(self._log_summary)

    def _sample_process(self) -> None:
        for name, value in self._sample().items():
            self._registry.gauge(f"process_{name}", value)
            if name == "rss_bytes":
                self._registry.gauge("memory_usage_mb", round(value / 2**20, 3))

    def _log_summary(self) -> None:
        if self._log is None:
            return
        now = self._clock()
        fields = summary(
            self._registry.snapshot(),
            uptime=now - self._begun,
            interval=now - self._last_at,
            last=self._last,
        )
        self._last_at, self._last = now, fields
        self._log(fields)

    def _guard(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:  # law 1: nothing that fails here may end the thread or the application
            self._failed()

    def _failed(self) -> None:
        self._registry.increment("monitor_failures")


_monitors: weakref.WeakSet[Monitor] = weakref.WeakSet()


def _renew_all() -> None:
    for monitor in list(_monitors):
        monitor._renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


def summary(
    snapshot: Mapping[str, Mapping[str, Any]],
    *,
    uptime: float,
    interval: float,
    last: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fields of the summary record; every key always, of the same JSON type.

    Totals and rates since the start; `window` has the same over the `interval` seconds since the
    summary `last`. Rates are 0.0 where nothing is known. `error_rate` is errors per record, an
    error being a record of level ERROR or CRITICAL. `process` has what the platform gives.
    """
    counters = snapshot["counters"]
    by_level: dict[str, float] = {}
    by_component: dict[str, float] = {}
    for labels, value in _series(counters, "records"):
        level, component = labels.get("level", "other"), labels.get("component", "other")
        by_level[level] = by_level.get(level, 0) + value
        by_component[component] = by_component.get(component, 0) + value
    totals = {
        "records": sum(by_level.values()),
        "errors": sum(by_level.get(level, 0) for level in _ERROR_LEVELS),
        "hits": _total(counters, "cache_hits"),
        "misses": _total(counters, "cache_misses"),
        "api_requests": _total(counters, "api_requests"),
        "files_processed": _total(counters, "files_processed"),
    }
    before = _flat(last or {})
    window = {name: max(total - before.get(name, 0), 0) for name, total in totals.items()}
    gauges = snapshot["gauges"]
    return {
        "uptime_seconds": round(uptime, 3),
        "interval_seconds": round(interval, 3),
        "records": totals["records"],
        "by_level": by_level,
        "by_component": by_component,
        **_rated(totals, uptime),
        "window": _rated(window, interval),
        "process": {
            name[len("process_") :]: value
            for name, value in gauges.items()
            if name.startswith("process_")
        },
        "counters": dict(counters),
        "gauges": dict(gauges),
        "histograms": dict(snapshot["histograms"]),
    }


def _rated(totals: Mapping[str, float], seconds: float) -> dict[str, Any]:
    hits, lookups = totals["hits"], totals["hits"] + totals["misses"]
    return {
        "records": totals["records"],
        "errors": totals["errors"],
        "error_rate": _ratio(totals["errors"], totals["records"]),
        "cache": {"hits": hits, "misses": totals["misses"], "hit_rate": _ratio(hits, lookups)},
        "api_requests": totals["api_requests"],
        "requests_per_minute": _ratio(totals["api_requests"] * 60, seconds),
        "files_processed": totals["files_processed"],
        "files_per_minute": _ratio(totals["files_processed"] * 60, seconds),
    }


def _flat(rated: Mapping[str, Any]) -> dict[str, float]:
    """The totals that `_rated` was given."""
    return {**rated, **rated.get("cache", {})}


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole > 0 else 0.0


def _series(counters: Mapping[str, float], name: str) -> Iterator[tuple[dict[str, str], float]]:
    for series, value in counters.items():
        if series == name or series.startswith(name + "{"):
            yield parse_series(series)[1], value


def _total(counters: Mapping[str, float], name: str) -> float:
    return sum(value for _, value in _series(counters, name))
