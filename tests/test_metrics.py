"""Counters, gauges, histograms, timers, labels and snapshots."""

from __future__ import annotations

import asyncio
import contextvars
import enum
import json
import math
import os
import signal
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru import metrics
from anivault_loguru.metrics import Registry, parse_series

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def registry() -> Registry:
    return Registry()


def in_threads(times: int, work: Callable[[], None], switch_interval: float = 1e-6) -> None:
    """Run `work` in so many threads at once, by default switching as often as can be."""
    together = threading.Barrier(times)

    def run() -> None:
        together.wait()
        work()

    threads = [threading.Thread(target=run) for _ in range(times)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(switch_interval)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)


# ---------------------------------------------------------------- short forms and snapshot


def test_snapshot_has_the_documented_form(registry: Registry) -> None:
    """A snapshot is counters, gauges and histograms by series, with exactly the seven figures."""
    registry.increment("files")
    registry.increment("files", 2)
    registry.increment("requests", status=200, endpoint="/search")
    registry.gauge("memory", 1.5)
    registry.observe("size", 4)
    assert registry.snapshot() == {
        "counters": {"files": 3, 'requests{endpoint="/search",status="200"}': 1},
        "gauges": {"memory": 1.5},
        "histograms": {
            "size": {"count": 1, "min": 4, "max": 4, "avg": 4, "p50": 4, "p95": 4, "p99": 4}
        },
    }


def test_integer_counters_stay_integers(registry: Registry) -> None:
    """A counter is an int until something else than an int is added."""
    registry.increment("n", 5)
    registry.increment("x", 0.5)
    counters = registry.snapshot()["counters"]
    assert type(counters["n"]) is int
    assert type(counters["x"]) is float


def test_name_and_value_may_be_keywords_and_self_a_label(registry: Registry) -> None:
    """`name=` and `value=` work as the contract writes them; `self` is a label like any other."""
    registry.increment(name="n", value=2)
    registry.increment("n", self="me")
    assert registry.snapshot()["counters"] == {"n": 2, 'n{self="me"}': 1}


def test_label_order_does_not_matter(registry: Registry) -> None:
    """The same labels in another order, or the same value as text, are the same series."""
    registry.increment("n", a=1, b="x")
    registry.increment("n", b="x", a="1")
    assert registry.snapshot()["counters"] == {'n{a="1",b="x"}': 2}


def test_equal_but_different_label_values_stay_apart(registry: Registry) -> None:
    """1, 1.0 and True are equal and hash alike, but are three labels."""
    for value in (1, 1.0, True):
        registry.increment("n", v=value)
    assert len(registry.snapshot()["counters"]) == 3


def test_enum_names_are_their_text(registry: Registry) -> None:
    """A member of a string enumeration names the same metric as its value does."""

    class Name(str, enum.Enum):
        FILES = "files"

    registry.increment(Name.FILES)
    registry.increment("files")
    registry.increment(Name.FILES, a="b")
    assert registry.snapshot()["counters"] == {"files": 2, 'files{a="b"}': 1}


def test_gauge_is_short_form_and_handle(registry: Registry) -> None:
    """`gauge(name, value)` sets, `gauge(name)` gives the handle, unset gauges are not shown."""
    handle = registry.gauge("queue")
    assert registry.snapshot()["gauges"] == {}
    registry.gauge("queue", 3)
    assert handle.value == 3
    handle.set(0)
    assert registry.snapshot()["gauges"] == {"queue": 0}


def test_handles_are_the_short_forms_metric(registry: Registry) -> None:
    """Handles and short forms move the same series."""
    handle = registry.counter("n", a="b")
    handle.inc()
    handle.inc(2)
    handle.tick()
    registry.increment("n", a="b")
    assert handle.value == registry.snapshot()["counters"]['n{a="b"}'] == 5
    registry.histogram("h").observe(1)
    registry.observe("h", 2)
    assert registry.snapshot()["histograms"]["h"]["count"] == 2


def test_module_functions_share_one_registry() -> None:
    """The functions of the module count in the default registry."""
    name = "test_module_functions"
    metrics.increment(name)
    metrics.counter(name).inc()
    metrics.gauge(name, 7)
    metrics.observe(name, 7)
    with metrics.timer(name + "_seconds"):
        pass
    metrics.histogram(name).observe(8)
    shot = metrics.registry.snapshot()
    assert shot["counters"][name] == 2
    assert shot["gauges"][name] == 7
    assert shot["histograms"][name]["count"] == 2
    assert shot["histograms"][name + "_seconds"]["count"] == 1


def test_reset_starts_from_zero_and_keeps_handles(registry: Registry) -> None:
    """After a reset the snapshot is empty, and old handles and kept ticks go on counting."""
    counter, gauge, histogram = (
        registry.counter("c"),
        registry.gauge("g", 1),
        registry.histogram("h"),
    )
    tick = counter.tick
    counter.inc(5)
    tick()
    histogram.observe(1)
    registry.increment("refused", -1)
    registry.reset()
    assert registry.snapshot() == {"counters": {}, "gauges": {}, "histograms": {}}
    tick()
    gauge.set(2)
    histogram.observe(3)
    shot = registry.snapshot()
    assert (shot["counters"], shot["gauges"]) == ({"c": 1}, {"g": 2})
    assert shot["histograms"]["h"]["min"] == 3


# ---------------------------------------------------------------- law 1: odd values and names


class Hostile:
    """An object every use of which fails."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __hash__(self) -> int:
        raise RuntimeError("no hash")


ODD_VALUES: list[Any] = [
    math.nan, math.inf, -math.inf, None, "3", b"3", [], {}, 1j, Hostile(), Decimal("NaN"),
    10**400, -(10**400), object(),
]  # fmt: skip


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: type(value).__name__)
def test_odd_values_are_refused_and_counted(registry: Registry, value: Any) -> None:
    """What is no finite number raises nothing, counts nothing, and adds to metrics_refused."""
    registry.increment("n", value)
    registry.observe("n", value)
    registry.gauge("n").set(value)
    assert registry.snapshot() == {
        "counters": {"metrics_refused": 3},
        "gauges": {},
        "histograms": {},
    }


def test_counters_refuse_to_shrink(registry: Registry) -> None:
    """A negative increment is refused and counted."""
    registry.increment("n", 3)
    registry.increment("n", -1)
    registry.counter("n").inc(-0.5)
    assert registry.snapshot()["counters"] == {"n": 3, "metrics_refused": 2}


@pytest.mark.parametrize(
    ("value", "plain"),
    [(True, 1), (Decimal("1.5"), 1.5), (Fraction(1, 2), 0.5), (2**80, 2.0**80)],
)
def test_number_types_count_as_plain_json_numbers(
    registry: Registry, value: Any, plain: float
) -> None:
    """Booleans, decimals, fractions and big integers become ints or floats that JSON can hold."""
    registry.gauge("g", value)
    registry.increment("c", value)
    shot = registry.snapshot()
    assert shot["gauges"]["g"] == shot["counters"]["c"] == plain
    assert type(shot["gauges"]["g"]) is type(plain)


@pytest.mark.parametrize(
    "name",
    [None, 7, "", "a{b}", 'a"b', "a\nb", "a\\b", "x" * 129, "\ud800", ["n"], ("a", 1), Hostile()],
    ids=lambda name: ascii(name)[:12] if isinstance(name, str) else type(name).__name__,
)
def test_bad_names_are_refused_and_counted(registry: Registry, name: Any) -> None:
    """A name that is no short printable text raises nothing and adds to metrics_refused."""
    registry.increment(name)
    registry.increment(name, a="b")
    registry.gauge(name, 1)
    registry.observe(name, 1)
    registry.counter(name).inc()
    with registry.timer(name):
        pass
    assert registry.snapshot() == {
        "counters": {"metrics_refused": 6},
        "gauges": {},
        "histograms": {},
    }


def test_failing_labels_do_not_raise(registry: Registry) -> None:
    """A label value without text, a lone surrogate and a bad label name are survived."""
    registry.increment("n", a=Hostile())
    registry.increment("n", a="\ud800")
    registry.increment("n", **{'a"b': 1})
    counters = registry.snapshot()["counters"]
    assert counters == {'n{a="unprintable"}': 1, 'n{a="\\\\ud800"}': 1, "metrics_refused": 1}
    json.dumps(counters).encode("utf-8")


# ---------------------------------------------------------------- series text


label_names = st.text(
    st.characters(categories=["L", "N"], include_characters="_.- "), min_size=1, max_size=8
).filter(lambda name: name != "name")


@given(st.dictionaries(label_names, st.text(st.characters(codec="utf-8"), max_size=20), max_size=4))
def test_series_can_be_parsed_back(labels: dict[str, str]) -> None:
    """Escaping loses nothing: parse_series gives back the name and the very labels."""
    registry = Registry()
    registry.counter("some_name", **labels).inc()
    (series,) = registry.snapshot()["counters"]
    assert parse_series(series) == ("some_name", labels)
    assert "\n" not in series


def test_label_values_are_escaped_as_openmetrics_does(registry: Registry) -> None:
    """Backslash, quote and newline, and nothing else, are escaped."""
    registry.increment("n", a='x\\y"z\n한')
    assert list(registry.snapshot()["counters"]) == ['n{a="x\\\\y\\"z\\n한"}']


# ---------------------------------------------------------------- limits


def test_label_sets_past_the_cap_fold_into_other() -> None:
    """Past the cap every new set counts in the series "other", and as an overflow; known ones
    go on."""
    registry = Registry(max_label_sets=3)
    for n in range(10):
        registry.increment("n", endpoint=n, status=200)
    registry.increment("n", endpoint=0, status=200)
    registry.increment("n", completely="different")
    assert registry.snapshot()["counters"] == {
        'n{endpoint="0",status="200"}': 2,
        'n{endpoint="1",status="200"}': 1,
        'n{endpoint="2",status="200"}': 1,
        'n{endpoint="other",status="other"}': 8,
        'metrics_overflow{metric="n"}': 8,
    }


def test_overflow_of_the_overflow_counter_is_bounded() -> None:
    """More overflowing metrics than the cap fold as well, and do not recurse."""
    registry = Registry(max_label_sets=2)
    for metric in range(5):
        for value in range(3):
            registry.increment(f"m{metric}", v=value)
    counters = registry.snapshot()["counters"]
    assert counters['metrics_overflow{metric="other"}'] == 3


def test_names_past_the_cap_are_refused() -> None:
    """The number of metric names is bounded; further ones are refused and counted."""
    registry = Registry(max_names=10)
    for n in range(50):
        registry.increment(f"name_{n}")
    counters = registry.snapshot()["counters"]
    assert len(counters) == 11
    assert counters["metrics_refused"] == 40


def test_long_label_values_are_cut(registry: Registry) -> None:
    """A label value keeps its first 128 characters."""
    registry.increment("n", a="한" * 1000)
    (series,) = registry.snapshot()["counters"]
    assert parse_series(series) == ("n", {"a": "한" * 128})


def test_hostile_labels_do_not_eat_memory(registry: Registry) -> None:
    """50,000 further label values leave nothing behind."""
    tracemalloc.start()
    for n in range(5_000):  # past the cap, and past what the interpreter keeps for itself
        registry.increment("n", v=f"warm{n}")
    before, _ = tracemalloc.get_traced_memory()
    for n in range(50_000):
        registry.increment("n", v=f"{n:0100d}")
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 20_000
    assert sum(v for s, v in registry.snapshot()["counters"].items() if s[0] == "n") == 55_000


def test_observations_do_not_eat_memory(registry: Registry) -> None:
    """Once the buckets exist, 100,000 further observations need no more room."""
    values = [1.07**n for n in range(500)]
    for value in values * 4:
        registry.observe("h", value)
    registry.snapshot()
    tracemalloc.start()
    for value in values * 200:
        registry.observe("h", value)
    registry.snapshot()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 50_000


# ---------------------------------------------------------------- threads, signals, fork


def test_exact_under_threads(registry: Registry) -> None:
    """8 threads mixing tick, inc, increments with values and observations lose nothing."""
    counter = registry.counter("n")

    def work() -> None:
        for n in range(5_000):
            counter.tick()
            registry.increment("n", 2)
            registry.increment("l", a=n % 3)
            registry.observe("h", n)
            if n % 1000 == 0:
                registry.snapshot()

    in_threads(8, work)
    shot = registry.snapshot()
    assert counter.value == 8 * 5_000 * 3
    assert sum(shot["counters"][f'l{{a="{n}"}}'] for n in range(3)) == 40_000
    assert shot["histograms"]["h"]["count"] == 40_000
    assert registry.histogram("h").read().sum == 8 * sum(range(5_000))


def test_values_do_not_pile_up_under_threads(registry: Registry) -> None:
    """However 8 threads are scheduled, the values that wait to be folded stay few."""
    histogram = registry.histogram("h")
    deepest: list[int] = []

    def work() -> None:
        mine = 0
        for n in range(10_000):
            histogram.observe(n)
            mine = max(mine, len(histogram.pending))
        deepest.append(mine)

    in_threads(8, work, switch_interval=0.005)
    assert histogram.read().count == 80_000
    assert max(deepest) <= 2 * 16 * 512


def test_threads_that_race_to_make_a_series_share_it() -> None:
    """The first increment of each name, from 8 threads at once, loses none."""
    for _ in range(20):
        registry = Registry()

        def work(registry: Registry = registry) -> None:
            for n in range(50):
                registry.increment(f"name_{n}")

        in_threads(8, work)
        assert set(registry.snapshot()["counters"].values()) == {8}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the platform has no setitimer")
def test_exact_and_free_of_deadlock_under_signals(registry: Registry) -> None:
    """A handler that counts, observes and reads amid the same calls neither blocks nor loses."""
    handled = 0

    def handler(*_: object) -> None:
        nonlocal handled
        handled += 1
        for _n in range(600):
            registry.increment("n", 2)
            registry.observe("h", 1.0)
        registry.increment("one")
        if handled % 16 == 0:
            registry.snapshot()
        signal.setitimer(signal.ITIMER_REAL, 0.0005)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    rounds = 0
    try:
        while handled < 100:
            rounds += 1
            registry.increment("n", 2)
            registry.observe("h", 1.0)
            registry.increment("one")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    shot = registry.snapshot()
    assert shot["counters"] == {"n": 2 * (rounds + 600 * handled), "one": rounds + handled}
    assert shot["histograms"]["h"]["count"] == rounds + 600 * handled


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
def test_forked_child_starts_from_zero_with_valid_handles() -> None:
    """The child's default registry is empty, its handles count, the parent keeps its values."""
    counter, histogram = metrics.counter("forked"), metrics.histogram("forked")
    counter.inc(5)
    counter.tick()
    histogram.observe(1)

    def work() -> bool:
        empty = metrics.snapshot() == {"counters": {}, "gauges": {}, "histograms": {}}
        counter.tick()
        histogram.observe(9)
        shot = metrics.snapshot()
        return empty and shot["counters"] == {"forked": 1} and counter.value == 1

    assert in_child(work)
    assert counter.value == 6


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_child_does_not_inherit_a_held_lock() -> None:
    """A lock that another thread holds at the fork does not hang the child."""
    counter = metrics.counter("forked_held")
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with counter._lock:
            held.set()
            release.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()

    def work() -> bool:
        for _ in range(2000):
            counter.inc(2)
        return counter.value == 4000

    try:
        assert in_child(work)
    finally:
        release.set()
        thread.join()


# ---------------------------------------------------------------- timers


def timed(registry: Registry) -> tuple[int, float]:
    """How often the timer "t" observed, and the sum of the seconds."""
    data = registry.histogram("t").read()
    return data.count, data.sum


def test_timer_observes_seconds() -> None:
    """A `with` block's seconds go into the histogram of that name and labels, errors included."""
    clock = Clock()
    registry = Registry(clock=clock)
    with pytest.raises(ValueError, match="x"), registry.timer("t", phase="scan"):
        clock.now += 2.5
        raise ValueError("x")
    assert registry.snapshot()["histograms"]['t{phase="scan"}']["max"] == 2.5


def test_timer_decorates_functions() -> None:
    """Each call of a decorated function is observed; its name, result and errors are its own."""
    clock = Clock()
    registry = Registry(clock=clock)

    @registry.timer("t")
    def scan(depth: int) -> int:
        """Scan."""
        clock.now += 1
        if depth:
            return scan(depth - 1) + 1
        raise ValueError("deep") if clock.now > 5 else KeyError("deep")

    with pytest.raises(KeyError):
        scan(2)
    assert (scan.__name__, scan.__doc__) == ("scan", "Scan.")
    assert timed(registry) == (3, 6.0)


def test_timer_decorates_coroutine_functions() -> None:
    """A coroutine function stays one, is timed to its end, and overlapping calls stay apart."""
    clock = Clock()
    registry = Registry(clock=clock)

    async def main() -> None:
        first_may_end = asyncio.Event()

        @registry.timer("t")
        async def work(first: bool) -> None:
            if first:
                await first_may_end.wait()
            else:
                clock.now += 1
                first_may_end.set()

        assert asyncio.iscoroutinefunction(work)
        await asyncio.gather(work(True), work(False))

    asyncio.run(main())
    assert timed(registry) == (2, 2.0)


def test_one_timer_nests_in_itself() -> None:
    """A timer entered again while it runs observes the inner and the whole outer time."""
    clock = Clock()
    registry = Registry(clock=clock)
    timer = registry.timer("t")
    with timer:
        clock.now += 10
        with timer:
            clock.now += 1
        clock.now += 5
    data = registry.histogram("t").read()
    assert (data.min, data.max, data.count) == (1, 16, 2)


def test_one_timer_overlaps_between_tasks() -> None:
    """Tasks that enter one timer and leave it in the order of entry each observe their own."""
    clock = Clock()
    registry = Registry(clock=clock)
    timer = registry.timer("t")

    async def main() -> None:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def first() -> None:
            with timer:
                entered.set()
                await leave.wait()

        async def second() -> None:
            await entered.wait()
            clock.now += 100
            with timer:
                leave.set()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                clock.now += 1

        with timer:  # both tasks inherit this entry, and must not take it for theirs
            await asyncio.gather(first(), second())

    asyncio.run(main())
    data = registry.histogram("t").read()
    assert (data.count, data.min, data.max, data.sum) == (3, 1, 101, 202)


def test_one_timer_overlaps_between_threads() -> None:
    """Threads that enter one timer and leave it in the order of entry each observe their own."""
    clock = Clock()
    registry = Registry(clock=clock)
    timer = registry.timer("t")
    entered, leave, left = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with timer:
            entered.set()
            leave.wait()
        left.set()

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait()
    clock.now = 100
    with timer:
        leave.set()
        left.wait()
        clock.now = 101
    thread.join()
    data = registry.histogram("t").read()
    assert (data.count, data.min, data.max) == (2, 1, 100)


def test_timer_survives_a_change_of_context() -> None:
    """Entered in one context and left in another, as thread pools step generators, it observes."""
    clock = Clock()
    registry = Registry(clock=clock)
    timer = registry.timer("t")
    contextvars.copy_context().run(timer.__enter__)
    clock.now += 3
    contextvars.copy_context().run(timer.__exit__)
    timer.__exit__()
    assert timed(registry) == (1, 3.0)


def test_interleaved_timers_leave_nothing_behind(registry: Registry) -> None:
    """Timers that overlap without end keep no more than those that run."""
    from anivault_loguru import timers

    last = registry.timer("t")
    last.__enter__()
    for _ in range(100):
        following = registry.timer("t")
        following.__enter__()
        last.__exit__()
        last = following
    assert len(timers._entered.get()) <= 1
    last.__exit__()
    assert timed(registry)[0] == 101


@pytest.fixture(autouse=True)
def _clean_default() -> Iterator[None]:
    yield
    metrics.reset()


@pytest.mark.parametrize("place", ["label", "name", "value"])
def test_what_a_signal_handler_raises_passes_through(registry: Registry, place: str) -> None:
    """A timeout that comes while a metric is asked for is the application's, and is not refused."""

    class Timeout(TimeoutError):
        pass

    def handler(*_: object) -> None:
        raise Timeout

    class Interrupted:
        def __str__(self) -> str:
            signal.raise_signal(signal.SIGTERM)
            return "x"

        def __hash__(self) -> int:
            return len(str(self))

        def __float__(self) -> float:
            return float(len(str(self)))

    calls = {
        "label": lambda: registry.increment("n", label=Interrupted()),
        "name": lambda: registry.increment(Interrupted()),  # type: ignore[arg-type]
        "value": lambda: registry.increment("n", Interrupted()),  # type: ignore[arg-type]
    }
    before = signal.signal(signal.SIGTERM, handler)
    try:
        with pytest.raises(Timeout):
            calls[place]()
    finally:
        signal.signal(signal.SIGTERM, before)
