"""The component events of the requirements: one call, one record, the matching metrics.

Every function logs exactly one record on the component it is about, with the caller's own function
and line, and moves the counters and histograms that the summary's rates are made of. No value makes
one of them raise. Where a function takes `**fields`, a keyword that is named like one of the
event's own fields fills it if it was left out, and is else kept with an underscore appended;
`component`, `request_id`, `trace_id` and `span_id` have the meaning they have everywhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from types import TracebackType

from . import metrics as _metrics
from .plain import text_of

__all__ = [
    "api_request",
    "cache",
    "error",
    "file_processed",
    "performance",
    "progress",
    "rate_limit",
]

_HEX = frozenset("0123456789abcdefABCDEF-")
_CONTEXT_KEYS = ("component", "request_id", "trace_id", "span_id")


def cache(key: object, hit: object) -> None:
    """Log one look-up of a cache: event `cache`, component `cache`, level INFO.

    Counts `cache_requests` and `cache_hits` or `cache_misses`.
    """
    found = _truth(hit)
    outcome = "hit" if found else "miss"
    _metrics.increment("cache_hits" if found else "cache_misses")
    _metrics.increment("cache_requests")
    fields = {"cache_key": key, "event_type": outcome, "hit": found}
    _log("INFO", f"Cache {outcome}: {text_of(key)}", "cache", "cache", fields)


def api_request(
    endpoint: object, status_code: int | None = None, duration_ms: float | None = None
) -> None:
    """Log one request to a service: event `api_request`, component `tmdb`.

    INFO, or WARNING for a status of 400 and up or for none at all (no answer). *duration_ms* is in
    milliseconds. Counts `api_requests{endpoint,status}` and observes
    `api_request_duration_ms{endpoint}`, where the label is the path of *endpoint* with its
    identifiers as `{id}`: no query, host or user name, so no key of the caller's either.
    """
    status = _status(status_code)
    route = route_of(endpoint)
    _metrics.increment("api_requests", endpoint=route, status=text_of(status))
    _observe("api_request_duration_ms", duration_ms, endpoint=route)
    answer = "got no answer" if status is None else f"answered {text_of(status)}"
    failed = not isinstance(status, int) or status >= 400
    _log(
        "WARNING" if failed else "INFO",
        f"API request {text_of(endpoint)} {answer}{_taking(' in ', duration_ms)}",
        "tmdb",
        "api_request",
        {"endpoint": endpoint, "status_code": status, "duration_ms": duration_ms},
    )


def rate_limit(event: object = None, /, **fields: object) -> None:
    """Log what a rate limiter did (*event*: `"wait"`, …): event `rate_limit`, INFO.

    *event* is in the field `event_type`. Component `ratelimiter`. Counts
    `rate_limit_events{event}`; a field `wait_seconds` or `wait_ms` is observed in
    `rate_limit_wait_seconds`.
    """
    what = fields.pop("event", None) if event is None else event
    _metrics.increment("rate_limit_events", event=text_of(what))
    _observe("rate_limit_wait_seconds", fields.get("wait_seconds"))
    _observe("rate_limit_wait_seconds", _thousandth(fields.get("wait_ms")))
    message = f"Rate limit: {text_of(what)}"
    _log("INFO", message, "ratelimiter", "rate_limit", _merged({"event_type": what}, fields))


def progress(phase: object = None, progress: float | None = None, /, **metrics: object) -> None:
    """Log how far a phase of the pipeline is: event `progress`, component `pipeline`, INFO."""
    fields = _merged({"phase": phase, "progress": progress}, metrics)
    message = f"Progress of {text_of(fields['phase'])}: {text_of(fields['progress'])}"
    _log("INFO", message, "pipeline", "progress", fields)


def performance(
    operation: object = None, duration_ms: float | None = None, /, **metrics: object
) -> None:
    """Log how long an operation took: event `performance`, component `pipeline`, INFO.

    *duration_ms* is in milliseconds; observed in `performance_duration_ms{operation}`.
    """
    fields = _merged({"operation": operation, "duration_ms": duration_ms}, metrics)
    name, duration = text_of(fields["operation"]), fields["duration_ms"]
    _observe("performance_duration_ms", duration, operation=name)
    _log("INFO", f"{name}{_taking(' took ', duration)}", "pipeline", "performance", fields)


def file_processed(path: object, size: int | None = None) -> None:
    """Log one processed file: event `file.processed`, component `pipeline`, level INFO.

    *size* is in bytes. Counts `files_processed`, observes `file_size_bytes`.
    """
    name = _path(path)
    _metrics.increment("files_processed")
    _observe("file_size_bytes", size)
    message = f"Processed {text_of(name)}" + ("" if size is None else f" ({text_of(size)} bytes)")
    _log("INFO", message, "pipeline", "file.processed", {"path": name, "size": size})


def error(exception: object = None, /, **context: object) -> None:
    """Log an exception with its traceback: event `error`, level ERROR.

    Component: that of *context*, else `app`. The rest of *context* is in the field `context`.
    Counts `errors{type}`.
    """
    cause = context.pop("exception", None) if exception is None else exception
    kind, text = type(cause).__name__, text_of(cause)
    _metrics.increment("errors", type=kind)
    fields = {key: context.pop(key) for key in _CONTEXT_KEYS if key in context}
    fields.update(error_type=kind, error_message=text, context=context)
    # As a triple: loguru tests the truth of an exception, which its class may have redefined.
    triple = (type(cause), cause, cause.__traceback__) if isinstance(cause, BaseException) else None
    _log("ERROR", f"{kind}: {text}" if text else kind, "app", "error", fields, exception=triple)


def _log(
    level: str,
    message: str,
    component: str,
    event: str,
    fields: Mapping[str, object],
    *,
    exception: tuple[type[BaseException], BaseException, TracebackType | None] | None = None,
) -> None:
    extra = {"component": component, **fields, "event": event}
    if "event" in fields:
        extra["event_"] = fields["event"]
    # As an application would: the first touch of the package's `logger` configures.
    logger = sys.modules[__package__].logger
    logger.opt(depth=2, exception=exception).bind(**extra).log(level, message)


def _merged(own: dict[str, object], given: Mapping[str, object]) -> dict[str, object]:
    fields = dict(own)
    for key, value in given.items():
        fields[key if fields.get(key) is None else f"{key}_"] = value
    return fields


def _observe(name: str, value: object, **labels: str) -> None:
    if value is not None:
        _metrics.observe(name, value, **labels)  # type: ignore[arg-type]  # odd values: counted


def _thousandth(value: object) -> object:
    try:
        return None if value is None else value / 1000  # type: ignore[operator]
    except Exception:  # no number: counted as refused
        return value


def _taking(word: str, duration_ms: object) -> str:
    if duration_ms is None:
        return ""
    try:
        return f"{word}{duration_ms:.1f} ms"
    except Exception:  # whatever the __format__ of an odd value does
        return f"{word}{text_of(duration_ms)} ms"


def _truth(value: object) -> bool:
    try:
        return bool(value)
    except Exception:  # an array's __bool__ raises
        return False


def _status(value: object) -> object:
    try:
        return value if value is None else int(value)  # type: ignore[call-overload]
    except Exception:
        return value


def _path(value: object) -> object:
    try:
        return os.fsdecode(value)  # type: ignore[arg-type]
    except Exception:
        return value


def route_of(endpoint: object) -> str:
    """The path of *endpoint* with identifiers as `{id}`; a leading `/3` is an API version."""
    path = text_of(endpoint)[:2048]
    for mark in "?#;":
        path = path.partition(mark)[0]
    if "://" in path:
        _, slash, path = path.partition("://")[2].partition("/")
        path = slash + path
    segments = path.split("/")
    version = 1 if segments[0] == "" else 0
    return "/".join(
        "{id}" if _is_identifier(part) and not (i == version and len(part) == 1) else part
        for i, part in enumerate(segments)
    )


def _is_identifier(segment: str) -> bool:
    return (
        segment.isdigit()
        or "=" in segment
        or len(segment) > 40
        or (len(segment) >= 16 and _HEX.issuperset(segment))
    )
