"""Our series under Prometheus's rules: names, base units, help, histogram bounds.

https://prometheus.io/docs/practices/naming/ and what `promtool check metrics` looks at.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["PREFIX", "Family", "bounds", "family", "label"]

PREFIX = "anivault_"

_OURS = {
    "records": ("log_records", "Log records written, by level and component."),
    "records_dropped": ("log_records_dropped", "Log records lost, by channel."),
    "log_bytes": ("log_bytes", "Size of the log lines, by component."),
    "masked_values": ("log_masked_values", "Values masked in log records."),
    "rotations": ("log_rotations", "Log files rotated, by channel."),
    "log_call_seconds": ("log_call_seconds", "Time one log call takes; a sample of the calls."),
    "queue_depth": ("log_queue_depth", "Log records waiting to be written."),
    "cache_hits": ("cache_hits", "Cache look-ups that found something."),
    "cache_misses": ("cache_misses", "Cache look-ups that found nothing."),
    "cache_requests": ("cache_requests", "Cache look-ups."),
    "api_requests": ("api_requests", "Requests to services, by endpoint pattern and status."),
    "api_request_duration_ms": ("api_request_duration_ms", "Time to answer, by endpoint pattern."),
    "files_processed": ("files_processed", "Files processed."),
    "file_size_bytes": ("file_size_bytes", "Size of the files processed."),
    "rate_limit_events": ("rate_limit_events", "What rate limiters did, by event."),
    "rate_limit_wait_seconds": ("rate_limit_wait_seconds", "Time waited for rate limiters."),
    "errors": ("errors", "Exceptions reported as errors, by type."),
    "gc_pause_seconds": ("gc_pause_seconds", "Time each garbage collection stops the program."),
    "event_loop_lag_seconds": ("event_loop_lag_seconds", "How late the asyncio loop is."),
    "metrics_refused": ("metrics_refused", "Names and values that could not be counted."),
    "metrics_overflow": ("metrics_overflow", "Calls beyond the limit of label sets, by metric."),
    "monitor_failures": ("monitor_failures", "Failures of the background thread."),
}
# A suffix of a name, the base unit it is exported in, and what it is multiplied with.
_UNITS = (
    (("_seconds", "_secs", "_sec", "_s"), "_seconds", 1.0),
    (("_milliseconds", "_millis", "_ms"), "_seconds", 1e-3),
    (("_microseconds", "_us"), "_seconds", 1e-6),
    (("_nanoseconds", "_ns"), "_seconds", 1e-9),
    (("_minutes", "_min"), "_seconds", 60.0),
    (("_hours",), "_seconds", 3600.0),
    (("_bytes",), "_bytes", 1.0),
    (("_kb",), "_bytes", 1e3),
    (("_mb",), "_bytes", 2.0**20),  # as in memory_usage_mb of the requirements
    (("_gb",), "_bytes", 1e9),
    (("_percent",), "_ratio", 1e-2),
)
# Suffixes that Prometheus gives a meaning to.
_MEANT = re.compile(r"(_(total|count|sum|bucket|created|info|counter|gauge|histogram|summary))+$")


class Family(NamedTuple):
    """A name without type suffix, its help text, and the factor to its base unit."""

    name: str
    help: str
    factor: float


def family(name: str, kind: str, *, timed: bool = False) -> Family:
    """Return how a series named `name` is exported; `timed` values are seconds."""
    base, text = _OURS.get(name, (name, f"The application's {kind} {name}."))
    snake = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", base).lower()
    snake = _MEANT.sub("", re.sub(r"[^a-z0-9]+", "_", snake).strip("_")) or "unnamed"
    for suffixes, unit, factor in _UNITS:
        for suffix in suffixes:
            if snake.endswith(suffix) and snake != suffix:
                return Family(PREFIX + snake.removesuffix(suffix) + unit, text, factor)
    return Family(PREFIX + snake + ("_seconds" if timed else ""), text, 1.0)


def label(name: str) -> str:
    """Return a label's name as Prometheus takes it."""
    snake = re.sub(r"[^a-zA-Z0-9]+", "_", name).strip("_")
    if not snake or snake[0].isdigit() or snake in ("le", "quantile"):
        return f"label_{snake}".rstrip("_")
    return snake


def bounds(unit: str, factor: float) -> range:
    """Return the exponents of two that are a histogram's bounds, in the unit it is observed in.

    Powers of two are bounds of our own buckets too, so that the counts are exact. Seconds from
    0.1 ms to a minute, in steps of two; bytes from 1 KiB to 1 TiB, in steps of four; anything
    else from 2**-10 to 2**30, in steps of four.
    """
    if unit == "seconds":
        shift = {1.0: 0, 1e-3: 10, 1e-6: 20, 1e-9: 30}.get(factor, -6)
        return range(-13 + shift, 7 + shift)
    return range(10, 41, 2) if unit == "bytes" else range(-10, 31, 2)
