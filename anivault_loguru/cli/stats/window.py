"""The last minute, from the records themselves, and each process's last summary."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...errors import ErrorPatterns
from ...histogram import ExponentialHistogram

__all__ = ["Figures", "Window"]

_SPAN = 60.0
_MOST = 200_000
_ERRORS = ("ERROR", "CRITICAL")


@dataclass(slots=True)
class Figures:
    """What is shown. Rates are per second over the last minute, latencies in milliseconds."""

    at: float
    processes: list[dict[str, Any]] = field(default_factory=list)
    components: dict[str, list[float]] = field(default_factory=dict)
    records: float = 0
    errors: float = 0
    bytes: float = 0
    requests: float = 0
    latency: tuple[float, float, float] = (0, 0, 0)
    hit_rate: float | None = None
    files: float = 0
    patterns: list[dict[str, Any]] = field(default_factory=list)


class Window:
    """Takes decoded lines in any order; forgets what is older than a minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, dict[str, Any]]] = deque(maxlen=_MOST)
        self._ids: set[tuple[str, int]] = set()
        self._last: dict[str, tuple[float, dict[str, Any]]] = {}

    def take(self, documents: Iterable[tuple[dict[str, Any], int]]) -> None:
        """Count records, once however many files they stand in."""
        for document, size in documents:
            try:
                at = datetime.fromisoformat(document["timestamp"].replace("Z", "+00:00"))
                key = (document["run"], document["seq"])
                if key in self._ids:
                    continue
                if document["event"] == "metrics.summary":
                    self._last[document["run"]] = (at.timestamp(), document)
            except (KeyError, TypeError, ValueError, AttributeError):
                continue
            if len(self._seen) == _MOST:
                self._forget(self._seen.popleft()[2])
            self._ids.add(key)
            self._seen.append((at.timestamp(), size, document))

    def figures(self, now: float) -> Figures:
        """Return the figures of the minute before `now`, in seconds since 1970."""
        kept = [row for row in self._seen if row[0] > now - _SPAN]
        for at, _, document in self._seen:
            if at <= now - _SPAN:
                self._forget(document)
        self._seen = deque(kept, _MOST)
        found, patterns, latency = Figures(now), ErrorPatterns(), ExponentialHistogram()
        lookups = hits = 0
        for at, size, document in kept:
            wrong = document["level"] in _ERRORS
            row = found.components.setdefault(str(document["component"]), [0, 0, 0])
            for place, n in enumerate((1, int(wrong), size)):
                row[place] += n / _SPAN
            if wrong:
                patterns.add_document(document, int(at * 1e6))
            event, fields = document["event"], document.get("fields", {})
            if event == "cache":
                lookups, hits = lookups + 1, hits + (fields.get("hit") is True)
            elif event == "api_request":
                found.requests += 1 / _SPAN
                if isinstance(fields.get("duration_ms"), int | float):
                    latency.add(fields["duration_ms"])
            elif event == "file.processed":
                found.files += 1 / _SPAN
        found.records, found.errors, found.bytes = (
            sum(row[place] for row in found.components.values()) for place in range(3)
        )
        p50, p95, p99 = latency.quantiles(0.5, 0.95, 0.99)
        found.latency = (p50, p95, p99)
        found.hit_rate = hits / lookups if lookups else None
        found.patterns = patterns.top()
        found.processes = self._processes(now)
        return found

    def _processes(self, now: float) -> list[dict[str, Any]]:
        """The last summary of each process that has not missed two of its summaries."""
        for run, (at, document) in list(self._last.items()):
            interval = document["fields"].get("interval_seconds", _SPAN)
            if now - at > max(2.5 * interval, _SPAN):
                del self._last[run]
        return [document for _, document in self._last.values()]

    def _forget(self, document: dict[str, Any]) -> None:
        self._ids.discard((document["run"], document["seq"]))
