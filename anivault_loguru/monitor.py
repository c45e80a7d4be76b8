"""The background thread: samples the process, logs the summary, runs due file maintenance.

Callers only raise a flag and put a token into a `SimpleQueue`, whose `put` is re-entrant, so that
`start` and `wake` cost little and may be called from a signal handler.
"""

from __future__ import annotations

import _thread
import functools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from .collected import Collected
from .living import Living
from .metrics import Registry
from .process import Sampler
from .summary import summary

__all__ = ["Monitor"]

_LONGEST_WAIT = 3600.0
_REST = 0.05  # seconds after maintenance
_LAST_ROUNDS = 3


class Monitor:
    """One daemon thread "anivault-monitor" per process, started by the first `start` or `wake`.

    Every `interval` seconds it samples the process into gauges, makes the fields of a summary,
    shows them to each of `watchers`, which may add to them, and calls `log` with them; with
    `log=None` it only runs `maintain` when woken. `errors` gives the error patterns. What any of
    these raise is counted in `monitor_failures`.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        interval: float,
        log: Callable[[dict[str, object]], None] | None,
        maintain: Callable[[], None],
        watchers: Sequence[Callable[[dict[str, Any]], object]] = (),
        errors: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
        sample: Callable[[], Mapping[str, float]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not interval > 0:
            raise ValueError(f"The interval must be above 0 seconds: {interval!r}")
        self._registry = registry
        self._interval = interval
        self._log = log
        self._maintain = maintain
        self._watchers = watchers
        self._errors = errors
        self._sample = sample or Sampler()
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
        for _ in range(_LAST_ROUNDS):  # what is removed is logged, too, and that may rotate a file
            if not self._run_due():
                break

    def _renew(self) -> None:
        """Forget the thread; in a forked child it, and what it held, does not exist."""
        self._thread: threading.Thread | None = None
        self._tokens: SimpleQueue[bool] = SimpleQueue()
        self._ended = threading.Event()
        self._unclaimed = threading.Lock()  # taken once and kept: the first taker starts
        self._unstopped = threading.Lock()
        self._due = False
        self._begun = self._last_at = self._clock()
        self._last = Collected()
        self._process: dict[str, float] = {}

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
                    if not self._due:
                        stop = tokens.get(timeout=None if self._log is None else wait)
                except Empty:
                    pass
                if stop:
                    break
                if self._run_due() and self._rest(tokens):
                    break
                if self._log is not None and self._clock() >= next_at:
                    self._summarise()
                    self._guard(self._maintain)  # for what nobody asked: an idle process
                    next_at = self._clock() + self._interval
        finally:
            ended.set()

    def _run_due(self) -> bool:
        due, self._due = self._due, False
        if due:
            self._guard(self._maintain)
        return due

    def _rest(self, tokens: SimpleQueue[bool]) -> bool:
        """Let what becomes due in a burst be done together; true if the thread is to stop."""
        until = time.monotonic() + _REST
        try:
            while (left := until - time.monotonic()) > 0:
                if tokens.get(timeout=left):
                    return True
        except Empty:
            pass
        return False

    def _summarise(self) -> None:
        self._guard(self._sample_process)
        self._guard(self._log_summary)

    def _sample_process(self) -> None:
        self._process = {}
        self._process = dict(self._sample())
        for name, value in self._process.items():
            prefix = "" if name.startswith(("gc_", "system_")) else "process_"
            self._registry.gauge(prefix + name, value)
        if "rss_bytes" in self._process:
            self._registry.gauge("memory_usage_mb", round(self._process["rss_bytes"] / 2**20, 3))

    def _log_summary(self) -> None:
        if self._log is None:
            return
        now, collected = self._clock(), self._registry.collect()
        fields = summary(
            collected,
            collected.since(self._last),
            uptime=now - self._begun,
            interval=now - self._last_at,
            process=self._process,
            errors=self._errors(),
        )
        self._last_at, self._last = now, collected
        for watch in self._watchers:
            self._guard(functools.partial(watch, fields))
        self._log(fields)

    def _guard(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception:  # law 1: nothing that fails here may end the thread or the application
            self._failed()

    def _failed(self) -> None:
        self._registry.increment("monitor_failures")


_monitors: Living[Monitor] = Living(Monitor._renew)
