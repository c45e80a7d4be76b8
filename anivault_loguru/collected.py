"""One look at a registry, and what moved between two: the source of summaries and exports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .histogram import ExponentialHistogram
from .patterns import pattern

__all__ = ["Collected", "Key", "Labels", "parse_series", "series_text"]

Labels = tuple[tuple[str, str], ...]
Key = str | tuple[str, Labels]
"""A series: its name, or its name and its labels, sorted."""

# OpenMetrics, https://prometheus.io/docs/specs/om/open_metrics_spec/#escaping
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_PAIR = pattern(r'([^={},"\\]+)="((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = pattern(r"\\(.)", re.DOTALL)
_NONE: Mapping[Any, Any] = MappingProxyType({})


class Collected(NamedTuple):
    """All series of a registry at one moment; `timed` are the names whose unit is seconds."""

    counters: Mapping[Key, float] = _NONE
    gauges: Mapping[Key, float] = _NONE
    histograms: Mapping[Key, ExponentialHistogram] = _NONE
    timed: frozenset[str] = frozenset()

    def since(self, before: Collected) -> Collected:
        """Return what was added after `before`; gauges as they are now.

        A series that was reset in between counts from the reset.
        """
        return Collected(
            {key: _grown(n, before.counters.get(key, 0)) for key, n in self.counters.items()},
            self.gauges,
            {
                key: histogram.since(before.histograms[key])
                if key in before.histograms
                else histogram
                for key, histogram in self.histograms.items()
            },
            self.timed,
        )

    def counted(self, name: str) -> Iterator[tuple[dict[str, str], float]]:
        """Yield the counters of that name that moved, with their labels."""
        for key, value in self.counters.items():
            if value and _name(key) == name:
                yield _labels(key), value

    def total(self, name: str) -> float:
        """Return the sum of the counters of that name over all labels."""
        return sum(value for _, value in self.counted(name))

    def observed(self, name: str) -> Iterator[tuple[dict[str, str], ExponentialHistogram]]:
        """Yield the histograms of that name that hold values, with their labels."""
        for key, histogram in self.histograms.items():
            if histogram.count and _name(key) == name:
                yield _labels(key), histogram

    def merged(self, name: str) -> ExponentialHistogram:
        """Return the histograms of that name as one, over all labels."""
        whole = ExponentialHistogram()
        for _, histogram in self.observed(name):
            whole.merge(histogram)
        return whole

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Return the series that moved, by their text, as JSON types."""
        return {
            "counters": {series_text(k): n for k, n in self.counters.items() if n},
            "gauges": {series_text(k): x for k, x in self.gauges.items()},
            "histograms": {
                series_text(k): h.figures() for k, h in self.histograms.items() if h.count
            },
        }


def series_text(key: Key) -> str:
    """Write a series as `name` or `name{label="value"}`, escaped as in OpenMetrics."""
    if isinstance(key, str):
        return key
    name, labels = key
    pairs = (f'{label}="{value.translate(_ESCAPES)}"' for label, value in labels)
    return f"{name}{{{','.join(pairs)}}}"


def parse_series(series: str) -> tuple[str, dict[str, str]]:
    """Return the name and the labels of a series as `series_text` writes it."""
    name, _, labels = series.partition("{")
    return name, {
        label: _ESCAPE.sub(lambda found: found[1].replace("n", "\n"), value)
        for label, value in _PAIR.findall(labels)
    }


def _name(key: Key) -> str:
    return key if isinstance(key, str) else key[0]


def _labels(key: Key) -> dict[str, str]:
    return {} if isinstance(key, str) else dict(key[1])


def _grown(now: float, then: float) -> float:
    return now - then if now >= then else now
