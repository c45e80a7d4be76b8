"""What figures cost: time of each operation, memory under load, the monitor's share of a core.

    python benchmarks/metrics.py [--quick]

Times are the best of five runs, in nanoseconds a call, loop included. `--quick` takes a hundredth
of the observations and label values.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable

import psutil

from anivault_loguru import configure, events, logger
from anivault_loguru.entry import Entry, encode
from anivault_loguru.metrics import Registry
from anivault_loguru.monitor import Monitor
from anivault_loguru.tally import Tally, tally

CALLS = 50_000
INTERVAL = 60.0


def main() -> int:
    """Run everything; 1 if a bound that the project promises is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    scale = 0.01 if parser.parse_args().quick else 1.0
    for name, operation in operations().items():
        print(f"{name:<44}{best(operation):>8.0f} ns")
    broken = [
        exact_under_threads(),
        memory("10 million observations", int(10_000_000 * scale), observe),
        memory("1 million hostile label values", int(1_000_000 * scale), increment_hostile),
        monitor_share(),
    ]
    return int(any(broken))


def operations() -> dict[str, Callable[[], object]]:
    """Return what is timed, by its name."""
    registry = Registry()
    counter, histogram = registry.counter("c"), registry.histogram("h")
    timer = registry.timer("t")
    for label in range(300):
        registry.increment("full", label=label)
    own, line = Tally(registry), sealed("INFO", 20)
    failed = sealed("ERROR", 40)

    def timed() -> None:
        with timer:
            pass

    return {
        "counter.tick()": counter.tick,
        "counter.inc(3)": lambda: counter.inc(3),
        "counter.add(3)": lambda: counter.add(3),
        "histogram.observe(0.3)": lambda: histogram.observe(0.3),
        "with timer": timed,
        "metrics.increment(name)": lambda: registry.increment("c"),
        "metrics.increment(name, label)": lambda: registry.increment("c", kind="a"),
        "metrics.increment(name, hostile label)": lambda: registry.increment("full", label="x"),
        "metrics.gauge(name, 1.5)": lambda: registry.gauge("g", 1.5),
        "metrics.observe(name, 0.3)": lambda: registry.observe("h", 0.3),
        "tally.begin()": own.begin,
        "tally.sealed(entry), INFO": lambda: own.sealed(line, line.line),
        "tally.sealed(entry), ERROR with traceback": lambda: own.sealed(failed, failed.line),
    }


def sealed(level: str, number: int) -> Entry:
    """Make an entry as the log counts it."""
    exception = None
    stack = 'Traceback (most recent call last):\n  File "/a/b.py", line 7, in f\n    g()\n' * 8
    if number >= 40:
        exception = {"type": "ValueError", "message": "bad row 17", "stacktrace": stack}
    made = Entry(
        0, level, number, "app", "log", "took 12 ms", None, None, None, {}, "m", "f", 1, 1, "t",
        "00000000", 1, exception,
    )  # fmt: skip
    made.line = encode(made)
    return made


def best(operation: Callable[[], object]) -> float:
    """Return nanoseconds a call, the best of five runs."""
    runs = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(CALLS):
            operation()
        runs.append(time.perf_counter() - begun)
    return min(runs) / CALLS * 1e9


def exact_under_threads() -> bool:
    """Count and observe in eight threads, 100,000 times each; true if one is lost."""
    registry = Registry()

    def work() -> None:
        for _ in range(100_000):
            registry.increment("n")
            registry.observe("h", 0.5)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = registry.snapshot()
    counts = found["counters"]["n"], found["histograms"]["h"]["count"]
    print(f"8 threads x 100,000: counted {counts[0]:,}, observed {counts[1]:,}")
    return counts != (800_000, 800_000)


def memory(name: str, times: int, work: Callable[[Registry, int], None]) -> bool:
    """Return true if the process grows by more than 2 MB over the work's last nine tenths."""
    registry, process = Registry(), psutil.Process()
    work(registry, times // 10)
    registry.snapshot()
    before = process.memory_info().rss
    work(registry, times - times // 10)
    registry.snapshot()
    grown = (process.memory_info().rss - before) / 1e6
    print(f"{name}: {times:,}, grown by {grown:.2f} MB over the last nine tenths")
    return grown > 2


def observe(registry: Registry, times: int) -> None:
    """Observe values over 40 octaves."""
    values = [2.0 ** (n % 40 - 20) * (1 + n % 997 / 997) for n in range(9973)]
    observe_one = registry.histogram("h").observe
    for n in range(times):
        observe_one(values[n % 9973])


def increment_hostile(registry: Registry, times: int) -> None:
    """Never the same label twice."""
    for n in range(times):
        registry.increment("n", who=f"{n:0100d}")


def monitor_share() -> bool:
    """Time summaries of a busy process; true if one costs 0.1 % of a core or more."""
    with tempfile.TemporaryDirectory() as folder:
        configure(dir=folder, console={"enabled": False}, metrics={"enabled": False})
        for n in range(2000):
            events.api_request(f"/3/{chr(97 + n % 26)}{chr(97 + n % 7)}/x", 200, n % 97 + 1)
            events.file_processed("a.mkv", n)
        from anivault_loguru import metrics

        for n in range(400):
            metrics.increment(f"counter_{n}", n + 1)

        def log(fields: dict[str, object]) -> None:
            logger.bind(component="metrics", event="metrics.summary", **fields).info("summary")

        monitor = Monitor(
            registry=metrics.registry,
            interval=INTERVAL,
            log=log,
            maintain=lambda: None,
            errors=tally.errors.top,
        )
        costs = []
        for _ in range(10):
            begun = time.process_time()
            monitor._summarise()
            costs.append(time.process_time() - begun)
        configure(console={"enabled": False}, channels={}, metrics={"enabled": False})
    share = sum(costs) / len(costs) / INTERVAL
    print(f"a summary: {sum(costs) / len(costs) * 1e3:.1f} ms, {share:.4%} of a core")
    return share > 0.001


if __name__ == "__main__":
    sys.exit(main())
