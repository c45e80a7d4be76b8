"""The component events: one record each, at the caller's line, and the matching metrics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

# Not `from anivault_loguru import events`, which would configure channels and a console.
import anivault_loguru.events as events  # noqa: PLR0402
from anivault_loguru import metrics


class Unprintable:
    """A value whose every way to be shown or tested fails."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        raise RuntimeError("no format")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")


class EmptyError(Exception):
    """An exception that is false."""

    def __len__(self) -> int:
        return 0


@pytest.fixture
def records() -> Iterator[list[Any]]:
    seen: list[Any] = []
    sink = logger.add(lambda message: seen.append(message.record), level=0, format="{message}")
    yield seen
    logger.remove(sink)


def counter(series: str) -> Any:
    return metrics.snapshot()["counters"].get(series, 0)


def observed(series: str) -> int:
    histogram = metrics.snapshot()["histograms"].get(series)
    return 0 if histogram is None else int(histogram["count"])


CALLS: dict[str, tuple[Callable[[], None], dict[str, Any]]] = {
    "cache hit": (
        lambda: events.cache("tmdb:603", True),
        {
            "component": "cache",
            "event": "cache",
            "cache_key": "tmdb:603",
            "event_type": "hit",
            "hit": True,
        },
    ),
    "cache miss": (
        lambda: events.cache("tmdb:604", hit=False),
        {
            "component": "cache",
            "event": "cache",
            "cache_key": "tmdb:604",
            "event_type": "miss",
            "hit": False,
        },
    ),
    "api_request": (
        lambda: events.api_request("/3/movie/603", 200, 12.5),
        {
            "component": "tmdb",
            "event": "api_request",
            "endpoint": "/3/movie/603",
            "status_code": 200,
            "duration_ms": 12.5,
        },
    ),
    "rate_limit": (
        lambda: events.rate_limit("wait", seconds=0.25),
        {
            "component": "ratelimiter",
            "event": "rate_limit",
            "event_type": "wait",
            "seconds": 0.25,
        },
    ),
    "progress": (
        lambda: events.progress("scan", 0.5, files=10),
        {
            "component": "pipeline",
            "event": "progress",
            "phase": "scan",
            "progress": 0.5,
            "files": 10,
        },
    ),
    "performance": (
        lambda: events.performance("hash", 3.25, bytes=10),
        {
            "component": "pipeline",
            "event": "performance",
            "operation": "hash",
            "duration_ms": 3.25,
            "bytes": 10,
        },
    ),
    "file_processed": (
        lambda: events.file_processed(Path("진격의 거인.mkv"), 7),
        {
            "component": "pipeline",
            "event": "file.processed",
            "path": "진격의 거인.mkv",
            "size": 7,
        },
    ),
    "error": (
        lambda: events.error(ValueError("bad"), phase="match"),
        {
            "component": "app",
            "event": "error",
            "error_type": "ValueError",
            "error_message": "bad",
            "context": {"phase": "match"},
        },
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_event_logs_one_record_with_its_fields(records: list[Any], name: str) -> None:
    """One call gives exactly one record, with component, event and the documented fields."""
    call, expected = CALLS[name]
    call()
    assert [record["extra"] for record in records] == [expected]


@pytest.mark.parametrize("name", CALLS)
def test_the_record_names_the_callers_function(records: list[Any], name: str) -> None:
    """Function, file and logger name are those of the code that called the event."""
    CALLS[name][0]()
    (record,) = records
    assert record["function"] == "<lambda>"
    assert record["file"].path == __file__
    assert record["name"] == __name__


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: events.cache("k", True), "Cache hit: k"),
        (
            lambda: events.api_request("/3/x", 200, 12.345),
            "API request /3/x answered 200 in 12.3 ms",
        ),
        (lambda: events.api_request("/3/x"), "API request /3/x got no answer"),
        (lambda: events.rate_limit("wait"), "Rate limit: wait"),
        (lambda: events.progress("scan", 0.5), "Progress of scan: 0.5"),
        (lambda: events.performance("hash", 3), "hash took 3.0 ms"),
        (lambda: events.performance("hash"), "hash"),
        (lambda: events.file_processed("a.mkv", 7), "Processed a.mkv (7 bytes)"),
        (lambda: events.file_processed("a.mkv"), "Processed a.mkv"),
        (lambda: events.error(ValueError("bad")), "ValueError: bad"),
        (lambda: events.error(ValueError()), "ValueError"),
    ],
)
def test_messages_read_as_a_sentence(
    records: list[Any], call: Callable[[], None], message: str
) -> None:
    """The message says what happened without a look at the fields."""
    call()
    assert [record["message"] for record in records] == [message]


def test_braces_and_markup_in_values_stay_as_they_are(records: list[Any]) -> None:
    """A value in the message is neither a format string nor markup."""
    events.file_processed("{0} {x!r} <red>.mkv", 1)
    assert records[0]["message"] == "Processed {0} {x!r} <red>.mkv (1 bytes)"


@pytest.mark.parametrize(
    ("status", "level"),
    [
        (200, "INFO"),
        (HTTPStatus.FOUND, "INFO"),
        (399, "INFO"),
        (400, "WARNING"),
        (404, "WARNING"),
        (500, "WARNING"),
        ("429", "WARNING"),
        (None, "WARNING"),
        ("timeout", "WARNING"),
    ],
)
def test_an_api_request_that_failed_is_a_warning(
    records: list[Any], status: Any, level: str
) -> None:
    """A status of 400 and up, no status, or one that is no number, raises the level to WARNING."""
    events.api_request("/3/x", status, 1.0)
    assert records[0]["level"].name == level


def test_error_attaches_the_exception_with_its_traceback(records: list[Any]) -> None:
    """The record of an error holds the exception and the frame that raised it."""
    try:
        raise KeyError("x")
    except KeyError as exc:
        caught = exc
    events.error(caught)
    (record,) = records
    assert record["level"].name == "ERROR"
    assert record["exception"].value is caught
    assert record["exception"].traceback is caught.__traceback__


def test_error_attaches_an_exception_that_is_false(records: list[Any]) -> None:
    """An exception whose class defines a length of zero is attached like any other."""
    exception = EmptyError("gone")
    events.error(exception)
    assert records[0]["exception"].value is exception


def test_error_takes_the_component_and_ids_of_its_context(records: list[Any]) -> None:
    """Component, request and trace ids of the context are the record's own, not its fields."""
    events.error(ValueError("bad"), component="matcher", request_id="ab12", n=1)
    extra = records[0]["extra"]
    assert (extra["component"], extra["request_id"]) == ("matcher", "ab12")
    assert extra["context"] == {"n": 1}


def test_error_of_something_else_than_an_exception_is_logged(records: list[Any]) -> None:
    """A text in place of an exception is logged without a traceback."""
    events.error("it broke")
    (record,) = records
    assert record["exception"] is None
    assert record["extra"]["error_message"] == "it broke"


def test_keywords_of_the_users_never_collide(records: list[Any]) -> None:
    """Keywords named like parameters, fields or parts of a record are kept, none raises."""
    odd: dict[str, Any] = dict.fromkeys(
        (
            "event",
            "message",
            "level",
            "exception",
            "self",
            "name",
            "phase",
            "progress",
            "operation",
            "duration_ms",
        ),
        "mine",
    )
    events.rate_limit("wait", **odd)
    events.progress("scan", 0.5, **odd)
    events.performance("hash", 3.0, **odd)
    events.error(ValueError("bad"), **odd)
    limit, progress, performance, error = (record["extra"] for record in records)
    assert [extra["event"] for extra in (limit, progress, performance, error)] == [
        "rate_limit",
        "progress",
        "performance",
        "error",
    ]
    assert all(extra["message"] == "mine" for extra in (limit, progress, performance))
    assert (limit["event_type"], limit["event_"]) == ("wait", "mine")
    assert (progress["phase"], progress["phase_"], progress["event_"]) == ("scan", "mine", "mine")
    assert (performance["duration_ms"], performance["duration_ms_"]) == (3.0, "mine")
    assert error["context"] == odd


def test_the_parameters_can_be_given_by_name(records: list[Any]) -> None:
    """Calling with the documented parameter names is the same as calling by position."""
    events.rate_limit(event="wait")
    events.progress(phase="scan", progress=0.5)
    events.performance(operation="hash", duration_ms=3.0)
    events.error(exception=ValueError("bad"))
    limit, progress, performance, error = (record["extra"] for record in records)
    assert (limit["event_type"], limit["event"]) == ("wait", "rate_limit")
    assert (progress["phase"], progress["progress"]) == ("scan", 0.5)
    assert (performance["operation"], performance["duration_ms"]) == ("hash", 3.0)
    assert (error["error_message"], error["context"]) == ("bad", {})


def test_a_component_keyword_moves_the_record(records: list[Any]) -> None:
    """`component` among the fields is the record's component."""
    events.progress("scan", 0.5, component="scanner")
    assert records[0]["extra"]["component"] == "scanner"


@pytest.mark.parametrize(
    "value", [None, Unprintable(), b"\xff", float("nan"), 10**400, [], "\udc80"]
)
def test_odd_values_give_a_record_and_never_raise(records: list[Any], value: Any) -> None:
    """Whatever the values are, each call returns and logs its record."""
    events.cache(value, value)
    events.api_request(value, value, value)
    events.rate_limit(value, x=value)
    events.progress(value, value, x=value)
    events.performance(value, value, x=value)
    events.file_processed(value, value)
    events.error(value, x=value)
    assert len(records) == 7


def test_cache_counts_hits_misses_and_requests(records: list[Any]) -> None:
    """The counters that the hit rate is made of move with each look-up."""
    names = ("cache_hits", "cache_misses", "cache_requests")
    before = [counter(name) for name in names]
    events.cache("a", True)
    events.cache("b", True)
    events.cache("c", False)
    assert [counter(name) - then for name, then in zip(names, before, strict=True)] == [2, 1, 3]


def test_api_request_moves_its_counter_and_histogram(records: list[Any]) -> None:
    """A request counts under its route and status, and its duration under its route."""
    series = 'api_requests{endpoint="/3/counted/{id}",status="404"}'
    before = counter(series)
    events.api_request("/3/counted/1", 404, 5.0)
    events.api_request("/3/counted/2", HTTPStatus.NOT_FOUND, None)
    assert counter(series) - before == 2
    assert observed('api_request_duration_ms{endpoint="/3/counted/{id}"}') == 1


def test_the_other_events_move_their_metrics(records: list[Any]) -> None:
    """Rate limits, durations, files and errors are counted under their own names."""
    files, sizes = counter("files_processed"), observed("file_size_bytes")
    refused = counter("metrics_refused")
    events.rate_limit("unit-wait")
    events.performance("unit-hash", 3.0)
    events.file_processed("a.mkv", 7)
    events.file_processed("b.mkv", None)
    events.error(EmptyError("bad"))
    assert counter('rate_limit_events{event="unit-wait"}') == 1
    assert observed('performance_duration_ms{operation="unit-hash"}') == 1
    assert counter("files_processed") - files == 2
    assert observed("file_size_bytes") - sizes == 1
    assert counter('errors{type="EmptyError"}') >= 1
    assert counter("metrics_refused") == refused


@pytest.mark.parametrize(
    ("endpoint", "route"),
    [
        ("https://me:pw@api.example.org/3/movie/603?api_key=0123456789abcdef", "/3/movie/{id}"),
        ("/3/movie/603/images#top", "/3/movie/{id}/images"),
        ("search/movie?query=x", "search/movie"),
        ("/v4/list/5f0c9a1e5f0c9a1e5f0c", "/v4/list/{id}"),
        ("/item/123e4567-e89b-12d3-a456-426614174000", "/item/{id}"),
        ("/603/cast", "/{id}/cast"),
        ("/login/token=hunter2", "/login/{id}"),
        ("/bot/" + "x" * 41, "/bot/{id}"),
        ("/a;session=1/b", "/a"),
        ("http://[broken/movie/1?key=1", "/movie/{id}"),
        ("", ""),
    ],
)
def test_the_endpoint_label_is_the_route_alone(
    records: list[Any], endpoint: str, route: str
) -> None:
    """No query, fragment, host, user or identifier gets into the label; the field keeps it all."""
    events.api_request(endpoint, 299, 1.0)
    labels = [s for s in metrics.snapshot()["counters"] if 'status="299"' in s]
    assert f'api_requests{{endpoint="{route}",status="299"}}' in labels
    assert not [label for label in labels if "api_key" in label or "pw@" in label]
    assert records[0]["extra"]["endpoint"] == endpoint


@pytest.mark.skipif(os.name == "nt", reason="names of bytes that are no text are POSIX's")
def test_a_path_of_bytes_is_decoded_as_the_file_system_does(records: list[Any]) -> None:
    """A path that no encoding fits is kept in the form that gives its bytes back."""
    events.file_processed(b"a\xff.mkv", 1)
    assert os.fsencode(records[0]["extra"]["path"]) == b"a\xff.mkv"
