"""The fields of the summary record: totals and rates since the start and over the last window.

Every key is always there, of the same JSON type. README.md documents them for readers of the
files.

| field | type | meaning |
|---|---|---|
| `uptime_seconds`, `interval_seconds` | number | since the start, since the last summary |
| `by_level` | object | records of each |
| `records`, `errors` | integer | errors are records of level ERROR and CRITICAL |
| `error_rate` | number | errors per record |
| `cache` | object | `hits`, `misses`, `hit_rate` of look-ups |
| `api_requests`, `requests_per_minute` | number | requests to services |
| `requests` | array | the 20 most frequent endpoints: `endpoint`, `count`, `statuses` |
| | | (by class: `"2xx"`, …, `"none"`), `p50_ms`, `p95_ms`, `p99_ms` |
| `files_processed`, `files_per_minute` | number | |
| `rate_limit` | object | `events`; `waits` of known length and their `wait_seconds` |
| `components` | array | of each `component`, busiest first: `records`, `errors`, `bytes`, |
| | | `records_per_second`, `errors_per_second`, `bytes_per_second` |
| `log` | object | the log itself: `bytes`, `bytes_per_second`, `dropped` records, |
| | | `masked_values`, `rotations`; seconds of a call: `call_p50`, `call_p95`, `call_p99` |
| `window` | object | from `records` to `log` once more, over the last `interval_seconds` |
| `queue_depth` | number | records waiting to be written |
| `process` | object | see `process.Sampler`; what the platform refuses is absent |
| `error_patterns` | array | the ten most frequent, see `ErrorPatterns.top` |
| `alerts` | array | the metrics whose rules hold |
| `audit_head` | string | the digest of the last record of the audit log; "" if unknown |
| `counters`, `gauges` | object | every series, up to 500 of each |
| `histograms` | object | count, min, max, avg, p50, p95, p99 of each series, up to 500 |
| `distributions` | object | of the same series, as long as all buckets together are 10,000 at |
| | | most: what `ExponentialHistogram.from_dict` reads, to merge processes |
| `left_out` | integer | series beyond these limits |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .collected import Collected, series_text
from .histogram import ExponentialHistogram

__all__ = ["summary"]

_ERROR_LEVELS = ("ERROR", "CRITICAL")
_ENDPOINTS = 20
_SERIES = 500
_BUCKETS = 10_000


def summary(
    now: Collected,
    window: Collected,
    *,
    uptime: float,
    interval: float,
    process: Mapping[str, float] | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the fields for all that was collected and for the last `interval` seconds of it."""
    texts = now.snapshot()
    histograms = [(series_text(k), h) for k, h in now.histograms.items() if h.count]
    return {
        "uptime_seconds": round(uptime, 3),
        "interval_seconds": round(interval, 3),
        "by_level": _by_level(now),
        **_rated(now, uptime),
        "window": _rated(window, interval),
        "queue_depth": now.gauges.get("queue_depth", 0),
        "process": dict(process or {}),
        "error_patterns": list(errors),
        "alerts": [],
        "audit_head": "",
        **{kind: dict(list(series.items())[:_SERIES]) for kind, series in texts.items()},
        "distributions": _distributions(histograms[:_SERIES]),
        "left_out": sum(max(len(texts[kind]) - _SERIES, 0) for kind in texts),
    }


def _rated(moved: Collected, seconds: float) -> dict[str, Any]:
    records = moved.total("records")
    errors = sum(n for labels, n in moved.counted("records") if _is_error(labels))
    hits, misses = moved.total("cache_hits"), moved.total("cache_misses")
    requests, files = moved.total("api_requests"), moved.total("files_processed")
    waits = moved.merged("rate_limit_wait_seconds")
    return {
        "records": records,
        "errors": errors,
        "error_rate": _ratio(errors, records),
        "cache": {"hits": hits, "misses": misses, "hit_rate": _ratio(hits, hits + misses)},
        "api_requests": requests,
        "requests_per_minute": _ratio(requests * 60, seconds),
        "requests": _requests(moved),
        "files_processed": files,
        "files_per_minute": _ratio(files * 60, seconds),
        "rate_limit": {
            "events": moved.total("rate_limit_events"),
            "waits": waits.count,
            "wait_seconds": round(float(waits.sum), 6),
        },
        "components": _components(moved, seconds),
        "log": _log(moved, seconds),
    }


def _log(moved: Collected, seconds: float) -> dict[str, float]:
    size = moved.total("log_bytes")
    p50, p95, p99 = moved.merged("log_call_seconds").quantiles(0.5, 0.95, 0.99)
    return {
        "bytes": size,
        "bytes_per_second": _ratio(size, seconds),
        "dropped": moved.total("records_dropped"),
        "masked_values": moved.total("masked_values"),
        "rotations": moved.total("rotations"),
        "call_p50": round(p50, 9),
        "call_p95": round(p95, 9),
        "call_p99": round(p99, 9),
    }


def _components(moved: Collected, seconds: float) -> list[dict[str, Any]]:
    # Not by name: a component called "auth" would be a sensitive key, and its figures masked.
    counts: dict[str, dict[str, float]] = {}

    def add(labels: Mapping[str, str], name: str, n: float) -> None:
        component = labels.get("component", "other")
        known = counts.setdefault(component, {"records": 0, "errors": 0, "bytes": 0})
        known[name] += n

    for labels, n in moved.counted("records"):
        add(labels, "records", n)
        add(labels, "errors", n if _is_error(labels) else 0)
    for labels, n in moved.counted("log_bytes"):
        add(labels, "bytes", n)
    rows = sorted(counts.items(), key=lambda item: -item[1]["records"])
    return [
        {
            "component": component,
            **known,
            **{f"{name}_per_second": _ratio(n, seconds) for name, n in known.items()},
        }
        for component, known in rows
    ]


def _requests(moved: Collected) -> list[dict[str, Any]]:
    statuses: dict[str, dict[str, float]] = {}
    for labels, n in moved.counted("api_requests"):
        counts = statuses.setdefault(labels.get("endpoint", "other"), {})
        kind = _status_class(labels.get("status", "other"))
        counts[kind] = counts.get(kind, 0) + n
    latencies = {
        labels.get("endpoint", "other"): histogram
        for labels, histogram in moved.observed("api_request_duration_ms")
    }
    often = sorted(statuses, key=lambda endpoint: -sum(statuses[endpoint].values()))
    return [
        {
            "endpoint": endpoint,
            "count": sum(statuses[endpoint].values()),
            "statuses": statuses[endpoint],
            **_percentiles_ms(latencies.get(endpoint, ExponentialHistogram())),
        }
        for endpoint in often[:_ENDPOINTS]
    ]


def _percentiles_ms(latency: ExponentialHistogram) -> dict[str, float]:
    values = latency.quantiles(0.5, 0.95, 0.99)
    return {f"p{n}_ms": round(float(v), 3) for n, v in zip((50, 95, 99), values, strict=True)}


def _status_class(status: str) -> str:
    if status == "None":
        return "none"
    return f"{status[0]}xx" if len(status) == 3 and status.isdecimal() else "other"


def _distributions(
    histograms: Sequence[tuple[str, ExponentialHistogram]],
) -> dict[str, dict[str, Any]]:
    left = _BUCKETS
    found = {}
    for series, histogram in histograms:
        buckets = len(histogram.positive) + len(histogram.negative)
        if buckets <= left:
            left -= buckets
            found[series] = histogram.to_dict()
    return found


def _by_level(moved: Collected) -> dict[str, float]:
    counts: dict[str, float] = {}
    for labels, n in moved.counted("records"):
        level = labels.get("level", "other")
        counts[level] = counts.get(level, 0) + n
    return counts


def _is_error(labels: Mapping[str, str]) -> bool:
    return labels.get("level") in _ERROR_LEVELS


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole > 0 else 0.0
