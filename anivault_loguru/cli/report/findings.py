"""What a report says, gathered record by record in constant memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from heapq import heappush, heappushpop
from math import isfinite
from typing import Any, NamedTuple

from ...entry import stamp
from ...errors import ErrorPatterns
from ...events import route_of
from ..reading.moments import micros_of
from .counts import Counts
from .grouped import Grouped
from .timeline import Timeline

__all__ = ["Findings", "Request"]

_ERRORS = frozenset({"ERROR", "CRITICAL"})
_Object = dict[str, Any]
_YEAR_1, _YEAR_10000 = -62_135_596_800, 253_402_300_800
_PENDING = 1000
_SLOWEST = 20
_LONGEST = 300
_route = lru_cache(4096)(route_of)


class Request(NamedTuple):
    """One request to a service; the slower, the greater."""

    duration_ms: float
    number: int
    timestamp: str
    endpoint: str
    status: str
    component: str
    request_id: str


class Findings:
    """Takes decoded records of the native schema, in any order; in that of time it is fastest.

    `first` and `last` are the outermost timestamps; `last` is empty if there is no record.
    """

    def __init__(self) -> None:
        self.first, self.last = "~", ""
        self.timeline = Timeline()
        self.levels, self.components, self.runs = Grouped(), Grouped(), Grouped()
        self.endpoints, self.operations = Grouped(), Grouped()
        self.patterns = ErrorPatterns()
        self._slowest: list[Request] = []
        self._requests = 0
        # The bucket in hand, its bounds as timestamps, and what is not yet added to it and to the
        # groups: records and bytes of each level, component and run.
        self._bucket = Counts()
        self._from = self._to = ""
        self._pending: dict[tuple[str, str, str], list[int]] = {}

    def take(self, document: _Object, size: int) -> None:
        """Count one record; `size` is that of its line in bytes."""
        timestamp, level = document["timestamp"], document["level"]
        if not self._from <= timestamp < self._to:
            self._move(timestamp)
        if timestamp < self.first:  # noqa: PLR1730 - in the loop, two calls cost more
            self.first = timestamp
        if timestamp > self.last:  # noqa: PLR1730
            self.last = timestamp
        key = (level, document["component"], _run_of(document))
        cell = self._pending.get(key)
        if cell is None:
            if len(self._pending) >= _PENDING:
                self.finish()
            cell = self._pending[key] = [0, 0]
        cell[0] += 1
        cell[1] += size
        if level in _ERRORS:
            self.patterns.add_document(document, micros_of(timestamp))
        event = _EVENTS.get(document["event"])
        if event is not None:
            event(self, document, document.get("fields", {}), self._bucket)

    def finish(self) -> None:
        """Add what is pending; after the last record."""
        for (level, component, run), (records, size) in self._pending.items():
            for counts in (
                self._bucket,
                self.levels.of(level[:_LONGEST]),
                self.components.of(component[:_LONGEST]),
                self.runs.of(run[:_LONGEST]),
            ):
                counts.records += records
                counts.bytes += size
                if level in _ERRORS:
                    counts.errors += records
                elif level == "WARNING":
                    counts.warnings += records
        self._pending.clear()

    def _move(self, timestamp: str) -> None:
        """Take the bucket of another time in hand."""
        self.finish()
        self._bucket, start, end = self.timeline.at(micros_of(timestamp) // 1_000_000)
        self._from = stamp(start * 1_000_000) if start > _YEAR_1 else ""
        self._to = stamp(end * 1_000_000) if end < _YEAR_10000 else "~"

    @property
    def seconds(self) -> float:
        """The time from the first record to the last."""
        if not self.last:
            return 0
        first, last = (datetime.fromisoformat(text[:26]) for text in (self.first, self.last))
        return (last - first).total_seconds()

    def slowest(self) -> list[Request]:
        """Return the slowest requests, slowest first."""
        return sorted(self._slowest, reverse=True)

    def _request(self, document: _Object, fields: _Object, bucket: Counts) -> None:
        status, duration = fields.get("status_code"), _number(fields.get("duration_ms"))
        endpoint = self.endpoints.of(_route(_text(fields.get("endpoint"))))
        endpoint.records += 1
        failed = not isinstance(status, int) or status >= 400
        for each in (bucket, endpoint):
            each.requests += 1
            each.failed += failed
            if duration is not None:
                each.latency.add(duration)
        self._requests += 1
        if duration is None or (
            len(self._slowest) >= _SLOWEST and duration <= self._slowest[0].duration_ms
        ):
            return
        request = Request(
            duration,
            -self._requests,  # of two that took as long, the one read first
            document["timestamp"],
            _text(fields.get("endpoint")),
            "no answer" if status is None else _text(status),
            _text(document.get("component")),
            _text(document.get("request_id", "")),
        )
        put = heappush if len(self._slowest) < _SLOWEST else heappushpop
        put(self._slowest, request)

    def _cache(self, document: _Object, fields: _Object, bucket: Counts) -> None:
        bucket.lookups += 1
        bucket.hits += fields.get("hit") is True

    def _file(self, document: _Object, fields: _Object, bucket: Counts) -> None:
        bucket.files += 1

    def _operation(self, document: _Object, fields: _Object, bucket: Counts) -> None:
        operation = self.operations.of(_text(fields.get("operation")))
        operation.records += 1
        duration = _number(fields.get("duration_ms"))
        if duration is not None:
            operation.latency.add(duration)

    def _summary(self, document: _Object, fields: _Object, bucket: Counts) -> None:
        process = fields.get("process")
        rss = _number(process.get("rss_bytes")) if isinstance(process, dict) else None
        if rss:
            run = _run_of(document)[:_LONGEST]
            for each in (bucket, self.runs.of(run)):
                each.remember(run, rss)


_EVENTS: dict[str, Callable[[Findings, _Object, _Object, Counts], None]] = {
    "api_request": Findings._request,
    "cache": Findings._cache,
    "file.processed": Findings._file,
    "performance": Findings._operation,
    "metrics.summary": Findings._summary,
}


def _run_of(document: _Object) -> str:
    return f"{document.get('run')} {document.get('process')}"


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else str(value)[:_LONGEST]


def _number(value: object) -> float | None:
    try:
        number = float(value) if type(value) in (int, float) else None  # type: ignore[arg-type]
    except OverflowError:
        return None
    return number if number is not None and isfinite(number) else None
