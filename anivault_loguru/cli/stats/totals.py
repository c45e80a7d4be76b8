"""What the records add up to, in bounded memory whatever they hold."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from ...errors import ErrorPatterns
from ...events import route_of
from ...histogram import ExponentialHistogram
from ..reading.moments import micros_of
from .rates import Rates

__all__ = ["ERRORS", "Latency", "Memory", "Totals"]

ERRORS = frozenset({"ERROR", "CRITICAL"})
_MOST = 500
_OTHER = "other"
_BINS = 120
# Durations that are counted together, in half the time that each block's take.
_AT_ONCE = 500


class Latency:
    """Durations of one endpoint or operation, in milliseconds, and how many requests failed."""

    def __init__(self) -> None:
        self.count = 0
        self.failed = 0
        self._histogram = ExponentialHistogram()
        self._waiting: list[float] = []

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Count events by their fields; one whose duration is no number counts without."""
        self.count += len(rows)
        durations = [fields.get("duration_ms") for fields in rows]
        self._waiting += [ms for ms in durations if type(ms) is float or type(ms) is int]
        if len(self._waiting) > _AT_ONCE:
            self._count()

    def add_requests(self, rows: Sequence[dict[str, Any]]) -> None:
        """Do the same for requests, which fail without a status and from 400 on."""
        self.add(rows)
        statuses = [fields.get("status_code") for fields in rows]
        self.failed += sum([type(status) is not int or status >= 400 for status in statuses])

    def figures(self) -> dict[str, Any]:
        """Return `count`, `failed` and, of those with a duration, the percentiles in ms."""
        self._count()
        known = self._histogram.figures()
        figures = {f"{name}_ms": round(known[name], 3) for name in ("p50", "p95", "p99", "max")}
        return {"count": self.count, "failed": self.failed, **figures}

    def _count(self) -> None:
        self._histogram.add_all(self._waiting)
        self._waiting.clear()


class Memory:
    """The resident memory of one process over time; every second point goes when there are many."""

    def __init__(self, process: int) -> None:
        self.process = process
        self.points: list[tuple[str, int]] = []
        self._step = 1
        self._passed = 0

    def add(self, stamp: str, size: int) -> None:
        """Take a measurement in bytes, in the order of time."""
        self._passed += 1
        if self._passed % self._step:
            return
        self.points.append((stamp, size))
        if len(self.points) >= 2 * _BINS:
            self.points = self.points[::2]
            self._step *= 2


class Totals:
    """Adds up records. One that does not have what its event should have counts without it."""

    def __init__(self) -> None:
        self.records = self.errors = self.broken = self.copies = 0
        self.files = self.bytes = 0
        self.first, self.last = "", ""
        self.by_level: Counter[str] = Counter()
        self.by_component: Counter[str] = Counter()
        self.errors_by_component: Counter[str] = Counter()
        self.rates = Rates()
        self.patterns = ErrorPatterns()
        self.latencies: dict[str, dict[str, Latency]] = {"api_request": {}, "performance": {}}
        self.cache: Counter[bool] = Counter()
        self.memory: dict[str, Memory] = {}
        self._route = functools.lru_cache(4096)(route_of)

    def add(self, document: dict[str, Any]) -> None:
        """Count one record and what is in it."""
        self.add_times(document["timestamp"][:19], 1)
        self.add_many(document["level"], document["component"], 1)
        self.add_detail(document)

    def add_many(self, level: str, component: str, number: int) -> None:
        """Count so many records of a level and component."""
        self.records += number
        self.by_level[_name(self.by_level, level)] += number
        self.by_component[_name(self.by_component, component)] += number
        if level in ERRORS:
            self.errors += number
            self.errors_by_component[_name(self.errors_by_component, component)] += number

    def add_times(self, second: str, number: int) -> None:
        """Count so many records of a second, `2026-11-23T01:02:03`."""
        self.rates.add(second, number)
        self.first = min(self.first or second, second)
        self.last = max(self.last, second)

    def add_detail(self, document: dict[str, Any]) -> None:
        """Take in what is special to a record that is counted already."""
        if document["level"] in ERRORS:
            self.patterns.add_document(document, micros_of(document["timestamp"]))
            self.rates.add(document["timestamp"], 0, 1)
        if document["event"] == "metrics.summary":
            self._add_summary(document)
        else:
            self.add_fields(document["event"], [document.get("fields", {})])

    def add_fields(self, event: str, rows: Sequence[dict[str, Any]]) -> None:
        """Take in the fields of records of one event, if it is one that has figures."""
        if event == "api_request":
            endpoints = [str(fields.get("endpoint", "")).partition("?")[0] for fields in rows]
            for endpoint, same in _grouped(endpoints, rows):
                self._latency(event, self._route(endpoint)).add_requests(same)
        elif event == "performance":
            for name, same in _grouped([str(fields.get("operation", "")) for fields in rows], rows):
                self._latency(event, name).add(same)
        elif event == "cache":
            hits = [fields.get("hit") for fields in rows]
            self.cache.update([hit for hit in hits if type(hit) is bool])

    def figures(self) -> dict[str, Any]:
        """Return everything as JSON types; README.md documents the keys."""
        lookups = self.cache[True] + self.cache[False]
        step, bins = self.rates.bins(_BINS)
        return {
            "records": self.records,
            "errors": self.errors,
            "broken": self.broken,
            "copies": self.copies,
            "files": self.files,
            "bytes": self.bytes,
            "first": f"{self.first}Z" if self.first else None,
            "last": f"{self.last}Z" if self.last else None,
            "by_level": dict(self.by_level.most_common()),
            "by_component": dict(self.by_component.most_common()),
            "errors_by_component": dict(self.errors_by_component.most_common()),
            "error_patterns": self.patterns.top(),
            "rates": {
                "seconds": step,
                "bins": [
                    {"start": _stamp(start), "records": records, "errors": errors}
                    for start, records, errors in bins
                ],
            },
            **{
                kind: {name: latency.figures() for name, latency in of_kind.items()}
                for kind, of_kind in self.latencies.items()
            },
            "cache": {
                "hits": self.cache[True],
                "misses": self.cache[False],
                "hit_rate": round(self.cache[True] / lookups, 4) if lookups else None,
            },
            "memory": [
                {"run": run, "process": memory.process, "rss_bytes": memory.points}
                for run, memory in self.memory.items()
            ],
        }

    def _latency(self, kind: str, name: str) -> Latency:
        known = self.latencies[kind]
        if name not in known and len(known) >= _MOST:
            name = _OTHER
        found = known.get(name)
        if found is None:
            found = known[name] = Latency()
        return found

    def _add_summary(self, document: dict[str, Any]) -> None:
        sampled = document.get("fields", {}).get("process")
        size = sampled.get("rss_bytes") if isinstance(sampled, dict) else None
        if type(size) is not int:
            return
        run, process = str(document.get("run", "")), document.get("process")
        if run not in self.memory:
            if len(self.memory) >= _MOST:
                del self.memory[next(iter(self.memory))]
            self.memory[run] = Memory(process if type(process) is int else 0)
        self.memory[run].add(document["timestamp"], size)


def _grouped(
    names: Sequence[str], rows: Sequence[dict[str, Any]]
) -> Iterable[tuple[str, Sequence[dict[str, Any]]]]:
    if len(set(names)) == 1:
        return [(names[0], rows)]
    found: dict[str, list[dict[str, Any]]] = {}
    for name, row in zip(names, rows, strict=True):
        found.setdefault(name, []).append(row)
    return found.items()


def _name(known: Counter[str], name: str) -> str:
    return name if name in known or len(known) < _MOST else _OTHER


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
