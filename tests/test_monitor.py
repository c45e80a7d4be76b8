"""The background thread and the summary it logs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from anivault_loguru.metrics import Registry
from anivault_loguru.monitor import Monitor

NAME = "anivault-monitor"
FOREVER = 1e9
WAIT = 30  # seconds until a test that waits for an event gives up

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")


class Calls:
    """What the monitor called, in order, and an event for each kind of call."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.summaries: list[dict[str, Any]] = []
        self.logged = threading.Event()
        self.maintained = threading.Event()

    def log(self, fields: dict[str, object]) -> None:
        self.order.append("log")
        self.summaries.append(fields)
        self.logged.set()

    def maintain(self) -> None:
        self.order.append("maintain")
        self.maintained.set()


Made = Callable[..., Monitor]


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def make(calls: Calls, registry: Registry) -> Iterator[Made]:
    """Make monitors that are stopped at the end of the test."""
    made: list[Monitor] = []

    def make(**changes: Any) -> Monitor:
        arguments: dict[str, Any] = {
            "registry": registry,
            "interval": FOREVER,
            "log": calls.log,
            "maintain": calls.maintain,
            "sample": lambda: {"rss_bytes": 3 * 2**20, "threads": 2},
            **changes,
        }
        made.append(Monitor(**arguments))
        return made[-1]

    yield make
    for monitor in made:
        monitor.stop()


def monitor_threads() -> list[threading.Thread]:
    """Return the monitors' threads that live."""
    return [thread for thread in threading.enumerate() if thread.name == NAME]


# ---------------------------------------------------------------- the thread


def test_nothing_runs_before_start(make: Made) -> None:
    """Constructing a monitor starts no thread."""
    make()
    assert monitor_threads() == []


def test_start_runs_one_daemon_thread(make: Made, calls: Calls) -> None:
    """Many starts from many threads make one daemon thread."""
    monitor = make()
    starters = [threading.Thread(target=monitor.start) for _ in range(8)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    monitor.wake()
    assert calls.maintained.wait(WAIT)
    (thread,) = monitor_threads()
    assert thread.daemon
    monitor.stop()
    thread.join(WAIT)
    assert monitor_threads() == []


def test_summary_is_logged_every_interval(make: Made, calls: Calls) -> None:
    """The thread logs again and again, from its own thread, not the caller's."""
    seen: list[str] = []
    thrice = threading.Event()

    def log(fields: dict[str, object]) -> None:
        seen.append(threading.current_thread().name)
        if len(seen) >= 3:
            thrice.set()

    make(interval=0.001, log=log).start()
    assert thrice.wait(WAIT)
    assert set(seen) == {NAME}


def test_sample_goes_into_gauges_and_summary(make: Made, calls: Calls, registry: Registry) -> None:
    """Each figure of the process is a gauge, memory also in megabytes as the seed names it."""
    make(interval=0.001).start()
    assert calls.logged.wait(WAIT)
    assert registry.snapshot()["gauges"] == {
        "process_rss_bytes": 3 * 2**20,
        "process_threads": 2,
        "memory_usage_mb": 3.0,
    }
    assert calls.summaries[0]["process"] == {"rss_bytes": 3 * 2**20, "threads": 2}


def test_wake_runs_maintenance_on_the_thread(make: Made) -> None:
    """`wake` starts the thread if needed, and maintenance runs there, not in the caller."""
    where: list[str] = []
    done = threading.Event()

    def maintain() -> None:
        where.append(threading.current_thread().name)
        done.set()

    make(maintain=maintain).wake()
    assert done.wait(WAIT)
    assert where == [NAME]


def test_wakes_during_maintenance_run_it_once_more(make: Made) -> None:
    """Any number of wakes while maintenance runs makes one further run, and none is forgotten."""
    runs: list[int] = []
    entered, go_on = threading.Event(), threading.Event()

    def maintain() -> None:
        runs.append(1)
        entered.set()
        go_on.wait(WAIT)

    monitor = make(maintain=maintain)
    monitor.wake()
    assert entered.wait(WAIT)
    for _ in range(10):
        monitor.wake()
    go_on.set()
    monitor.stop()
    assert len(runs) == 2


def test_without_log_there_is_only_maintenance(
    make: Made, calls: Calls, registry: Registry
) -> None:
    """With metrics disabled nothing is sampled or logged, and wakes still work."""
    monitor = make(interval=0.001, log=None)
    monitor.start()
    monitor.wake()
    assert calls.maintained.wait(WAIT)
    monitor.stop()
    assert calls.order == ["maintain"]
    assert registry.snapshot()["gauges"] == {}


@pytest.mark.parametrize("failing", ["log", "maintain", "sample"])
def test_failures_do_not_end_the_thread(make: Made, registry: Registry, failing: str) -> None:
    """What log, maintain or sample raise is counted, and the thread goes on."""
    twice = threading.Event()
    failures: list[int] = []

    def fail(*_: object) -> Any:
        failures.append(1)
        if len(failures) >= 2:
            twice.set()
        raise OSError("disk full")

    monitor = make(interval=0.001, **{failing: fail})
    monitor.start()
    while not twice.wait(0.001):
        monitor.wake()
    monitor.stop()
    assert registry.snapshot()["counters"]["monitor_failures"] == len(failures)


def test_log_that_wakes_and_starts_does_not_recurse(make: Made, calls: Calls) -> None:
    """A log call that rotates a file (wake) and meets start again neither nests nor loops."""
    depth = 0
    deepest = 0

    def log(fields: dict[str, object]) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)
        monitor.start()
        monitor.wake()
        calls.log(fields)
        depth -= 1

    monitor = make(log=log)
    monitor.start()
    monitor.stop()
    assert calls.order == ["log", "maintain"]
    assert deepest == 1


def test_watchers_see_the_fields_and_may_add(make: Made, calls: Calls, registry: Registry) -> None:
    """Each watcher runs before the log; one that fails stops neither the next nor the log."""

    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError

    def add(fields: dict[str, Any]) -> None:
        fields["alerts"] = ["x"]

    monitor = make(watchers=[fail, add], errors=lambda: [{"count": 3}])
    monitor.start()
    monitor.stop()
    (fields,) = calls.summaries
    assert (fields["alerts"], fields["error_patterns"]) == (["x"], [{"count": 3}])
    assert registry.snapshot()["counters"]["monitor_failures"] == 1


def test_the_window_is_since_the_last_summary(make: Made, calls: Calls, registry: Registry) -> None:
    """A second summary's window has what came between the two, over that time."""
    ticks = iter([0.0, 0.0, 10.0, 10.0, 30.0, 30.0, 30.0, 30.0])
    monitor = make(clock=lambda: next(ticks, 30.0))
    registry.increment("files_processed", 5)
    monitor._summarise()
    registry.increment("files_processed", 2)
    monitor._summarise()
    first, second = (fields["window"]["files_processed"] for fields in calls.summaries)
    assert (first, second) == (5, 2)


@pytest.mark.parametrize("interval", [0, -1, float("nan")])
def test_interval_must_be_positive(make: Made, interval: float) -> None:
    """An interval that is not above zero is an error that shows it."""
    with pytest.raises(ValueError, match=repr(interval)):
        make(interval=interval)


# ---------------------------------------------------------------- stop


def test_stop_logs_a_last_summary_and_ends_the_thread(make: Made, calls: Calls) -> None:
    """A started monitor logs once at its stop, though no interval has passed."""
    monitor = make()
    monitor.start()
    monitor.stop()
    assert calls.order == ["log"]
    assert calls.summaries[0]["process"]


def test_stop_runs_maintenance_that_is_due(make: Made, calls: Calls) -> None:
    """A wake right before the stop is served, once."""
    monitor = make()
    monitor.wake()
    monitor.stop()
    assert calls.order.count("maintain") == 1


def test_stop_is_idempotent_and_final(make: Made, calls: Calls) -> None:
    """Further stops, starts and wakes after a stop do nothing."""
    monitor = make()
    monitor.start()
    for _ in range(3):
        monitor.stop()
        monitor.start()
        monitor.wake()
    assert calls.order == ["log"]
    assert monitor_threads() == []


def test_stop_without_start_does_nothing(make: Made, calls: Calls) -> None:
    """A monitor that never ran has nothing to say."""
    make().stop()
    assert calls.order == []


def test_stop_does_not_wait_for_ever(make: Made, calls: Calls, registry: Registry) -> None:
    """A maintenance that hangs is left to itself after the timeout, and that is counted."""
    entered, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        entered.set()
        go_on.wait(WAIT)

    monitor = make(maintain=hang)
    monitor.wake()
    assert entered.wait(WAIT)
    monitor.stop(timeout=0.01)
    go_on.set()
    assert calls.order == []
    assert registry.snapshot()["counters"] == {"monitor_failures": 1}


def test_stop_from_the_monitors_own_thread(make: Made, registry: Registry) -> None:
    """A log or maintain that shuts logging down does not wait for itself."""
    stopped = threading.Event()

    def maintain() -> None:
        monitor.stop()
        stopped.set()

    monitor = make(maintain=maintain)
    monitor.wake()
    assert stopped.wait(WAIT)
    assert registry.snapshot()["counters"] == {}


def test_stop_at_exit_does_not_hang_the_interpreter() -> None:
    """A process that stops in atexit, then logs on, ends with its last summary written."""
    code = """
import atexit
from anivault_loguru.metrics import Registry
from anivault_loguru.monitor import Monitor
m = Monitor(registry=Registry(), interval=60, log=lambda f: print("summary", flush=True),
            maintain=lambda: print("maintained", flush=True))
late = Monitor(registry=Registry(), interval=60, log=None, maintain=lambda: None)
atexit.register(late.stop)
atexit.register(late.wake)
atexit.register(m.wake)
atexit.register(m.stop)
m.start()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=WAIT, check=True
    )
    assert (done.stdout, done.stderr) == ("summary\n", "")


# ---------------------------------------------------------------- signals and fork


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the platform has no setitimer")
def test_wake_from_a_signal_handler(make: Made) -> None:
    """Handlers that start and wake amid starts of threads and other wakes never block."""
    handled = 0

    def handler(*_: object) -> None:
        nonlocal handled
        handled += 1
        if handled % 10 == 1:
            make(log=None, maintain=lambda: None).wake()
        monitor.wake()
        signal.setitimer(signal.ITIMER_REAL, 0.0005)

    monitor = make()
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    try:
        while handled < 100:
            thread = threading.Thread(target=monitor.wake)
            thread.start()
            thread.join()
            monitor.wake()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def in_child(work: Callable[[], bool]) -> bool:
    """Fork, and tell whether `work` was true in the child, within ten seconds."""
    pid = os.fork()
    if not pid:
        signal.alarm(10)  # a deadlock kills the child, which counts as false
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitpid(pid, 0)[1] == 0


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_start_in_a_forked_child_runs_a_thread_there(make: Made, calls: Calls) -> None:
    """The child knows that the parent's thread is not its own, and starts one when asked to."""
    monitor = make()
    monitor.wake()
    assert calls.maintained.wait(WAIT)

    def work() -> bool:
        none_yet = monitor_threads() == []
        calls.maintained.clear()
        monitor.start()
        monitor.wake()
        served = calls.maintained.wait(WAIT)
        monitor.stop()
        return none_yet and served and calls.order == ["maintain", "maintain", "log"]

    assert in_child(work)
    monitor.stop()
    assert calls.order == ["maintain", "log"]


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_stop_in_a_forked_child_without_a_thread(make: Made, calls: Calls) -> None:
    """A child that logged nothing stops at once: no summary, none of the parent's maintenance."""
    entered, go_on = threading.Event(), threading.Event()

    def maintain() -> None:
        entered.set()
        go_on.wait(WAIT)

    monitor = make(maintain=maintain)
    monitor.wake()
    assert entered.wait(WAIT)
    monitor.wake()

    def work() -> bool:
        entered.clear()
        monitor.stop()
        return calls.order == [] and not entered.is_set()

    try:
        assert in_child(work)
    finally:
        go_on.set()


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_stopped_monitor_stays_stopped_in_a_child(make: Made) -> None:
    """A fork after the stop does not bring the thread back."""
    monitor = make()
    monitor.stop()

    def work() -> bool:
        monitor.wake()
        return not monitor._unclaimed.locked()

    assert in_child(work)


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_childs_uptime_starts_at_the_fork(make: Made, calls: Calls) -> None:
    """The summary of a child counts its own seconds, and a window of its own."""
    now = 0.0
    monitor = make(clock=lambda: now)
    now = 100.0

    def work() -> bool:
        nonlocal now
        now = 105.0
        monitor.start()
        monitor.stop()
        (fields,) = calls.summaries
        return bool(fields["uptime_seconds"] == fields["interval_seconds"] == 5.0)

    assert in_child(work)
