"""Counters, gauges, histograms and timers by name: `metrics.increment("files_processed")`.

Nothing here raises into the application. What cannot be counted (NaN, infinity, a negative
increment, no number at all, a bad name, a name past the 2000th) is refused, and each refusal adds
one to the counter `metrics_refused`.

A metric has at most 200 label sets. Every further set falls into one series more, whose label
names are those of the metric's first set and whose values are all "other"; each such call adds
one to `metrics_overflow{metric="name"}`. A label value is cut at 128 characters, once it is
masked. So labels that a stranger controls cannot eat the memory.

Counters, gauges and histograms are three name spaces. A forked child starts from zero; handles
stay valid there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from .collected import Collected, Key, Labels, parse_series
from .compiled import Increment, made
from .instruments import Counter, Gauge, Histogram
from .interruption import is_interruption
from .short import short
from .timers import Timer

__all__ = [
    "Counter",
    "Gauge",
    "Histogram",
    "Registry",
    "Timer",
    "collect",
    "counter",
    "gauge",
    "histogram",
    "increment",
    "observe",
    "parse_series",
    "registry",
    "reset",
    "snapshot",
    "timer",
]

M = TypeVar("M", bound=Counter | Gauge | Histogram)

_ONE: Final = 1
_TEXT_LIMIT = 128
_RESERVED = frozenset('{}=,"\\')


class Registry:
    """Metrics by name and labels. The clock is in seconds and times the timers."""

    def __init__(
        self,
        *,
        max_label_sets: int = 200,
        max_names: int = 2000,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._clock = clock
        self._refused = Counter()
        limits = (max_label_sets, max_names, self._refused.tick, self._overflowed)
        self._counters = _Series(Counter, *limits)
        self._gauges = _Series(Gauge, *limits)
        self._histograms = _Series(Histogram, *limits)
        self._counters["metrics_refused"] = self._refused
        self._timed: set[str] = set()

    def counter(self, /, name: str, **labels: object) -> Counter:
        """Return the counter of that name and labels, made on first use."""
        return self._counters.find(name, labels)

    def gauge(self, /, name: str, value: float | None = None, **labels: object) -> Gauge:
        """Set the gauge to `value`, if one is given, and return the gauge."""
        found = self._gauges.find(name, labels)
        if value is not None:
            found.set(value)
        return found

    def histogram(self, /, name: str, **labels: object) -> Histogram:
        """Return the histogram of that name and labels, made on first use."""
        return self._histograms.find(name, labels)

    def increment(self, /, name: str, value: float = 1, **labels: object) -> None:
        """Add `value` to the counter."""
        try:  # `find`, written out: this is the call that programs make most
            found = self._counters[(name, _canonical(labels)) if labels else name]
        except Exception as error:
            if is_interruption(error):
                raise
            self._refused.tick()
        else:
            if value is _ONE:
                found.tick()
            else:
                found.inc(value)

    def observe(self, /, name: str, value: float, **labels: object) -> None:
        """Count `value` in the histogram."""
        self._histograms.find(name, labels).observe(value)

    def timer(self, /, name: str, **labels: object) -> Timer:
        """Return a timer that observes seconds into the histogram of that name and labels."""
        histogram = self._histograms.find(name, labels)
        if histogram is not self._histograms.unlisted:
            self._timed.add(str.__str__(name))
        return Timer(histogram, self._clock)

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Return all series that moved since the start or the last reset, as JSON types.

        `{"counters": {series: n}, "gauges": {series: x}, "histograms": {series: figures}}`; a
        series is `name` or `name{label="value"}`, labels sorted and escaped as in OpenMetrics.
        """
        return self.collect().snapshot()

    def collect(self) -> Collected:
        """Return all series, whole histograms too, those that never moved included."""
        gauges = [(key, gauge.value) for key, gauge in self._gauges.listed()]
        return Collected(
            {key: counter.value for key, counter in self._counters.listed()},
            {key: value for key, value in gauges if value is not None},
            {key: histogram.read() for key, histogram in self._histograms.listed()},
            frozenset(self._timed.copy()),
        )

    def reset(self) -> None:
        """Set every metric back to its start; handles stay valid."""
        for series in (self._counters, self._gauges, self._histograms):
            for _, metric in series.listed():
                metric.reset()

    def after_fork(self) -> None:
        """Begin anew in a forked child, whatever another thread was doing at the fork."""
        for series in (self._counters, self._gauges, self._histograms):
            for _, metric in series.listed():
                metric.renew()

    def _overflowed(self, name: str) -> None:
        if name != "metrics_overflow":
            self._counters.find("metrics_overflow", {"metric": name}).tick()


class _Series(dict[Any, M], Generic[M]):
    """The metrics of one kind: by name, or by name and labels. A miss makes the metric.

    Racing threads agree on one metric by `setdefault`, without a lock; at worst each of them
    takes one place of the cap.
    """

    def __init__(
        self,
        make: Callable[[Callable[[], object]], M],
        max_label_sets: int,
        max_names: int,
        refuse: Callable[[], object],
        overflowed: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._make = make
        self._max_label_sets = max_label_sets
        self._max_names = max_names
        self._refuse = refuse
        self._overflowed = overflowed
        self._label_sets: dict[str, list[Labels]] = {}
        self.unlisted = make(refuse)  # takes what belongs to a refused name

    def find(self, name: str, labels: Mapping[str, object]) -> M:
        try:
            return self[(name, _canonical(labels)) if labels else name]
        except Exception as error:  # the name has no hash, or a failing one
            if is_interruption(error):
                raise
            self._refuse()
            return self.unlisted

    def listed(self) -> list[tuple[Key, M]]:
        return list(self.copy().items())

    def __missing__(self, key: object) -> M:
        name, labels = key if isinstance(key, tuple) else (key, ())
        if not _valid(name) or not all(_valid(label) for label, _ in labels):
            self._refuse()
            return self.unlisted
        name = str.__str__(name)  # an enum's member hashes by itself, not as its text
        label_sets = self._label_sets.get(name)
        if label_sets is None:
            if len(self._label_sets) >= self._max_names:
                self._refuse()
                return self.unlisted
            label_sets = self._label_sets.setdefault(name, [])
        if labels and (name, labels) not in self:
            if len(label_sets) >= self._max_label_sets:
                self._overflowed(name)
                labels = tuple((label, "other") for label, _ in label_sets[0])
            else:
                label_sets.append(labels)
        known = (name, labels) if labels else name
        found = self.get(known)
        return found if found is not None else self.setdefault(known, self._make(self._refuse))


def _canonical(labels: Mapping[str, object]) -> Labels:
    pairs = [(label, _text(value)) for label, value in labels.items()]
    pairs.sort()
    return tuple(pairs)


def _text(value: object) -> str:
    if type(value) is str and len(value) <= _TEXT_LIMIT and value.isascii():
        return value
    try:
        whole = str(value).encode("utf-8", "backslashreplace")
        return short.of(whole.decode("utf-8"), _TEXT_LIMIT)
    except Exception as error:
        if is_interruption(error):
            raise
        return "unprintable"


def _valid(name: object) -> bool:
    return (
        isinstance(name, str)
        and 0 < len(name) <= _TEXT_LIMIT
        and name.isprintable()
        and _RESERVED.isdisjoint(name)
    )


registry = Registry()
counter = registry.counter
gauge = registry.gauge
histogram = registry.histogram
increment = made(Increment, registry.increment, registry.increment, registry._counters, Counter)
observe = registry.observe
timer = registry.timer
snapshot = registry.snapshot
collect = registry.collect
reset = registry.reset

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=registry.after_fork)
