"""The tables of a report: rows of text, not yet escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .charts import Chart
from .counts import Counts
from .findings import Findings
from .grouped import Grouped
from .timeline import View
from .wording import clock, figure, moment, size

__all__ = ["Table", "of_chart", "tables"]

_MOST = 20
_Columns = Sequence[tuple[str, Callable[[Counts], str]]]


@dataclass(frozen=True)
class Table:
    """`header` and `rows` are as wide; the first column names its row.

    `kinds` says for each column whether it is `text`, `time` or `figure`; the rest are figures.
    `nothing` is said in place of a table without rows.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    kinds: tuple[str, ...] = ("text",)
    nothing: str = "None were logged."


def tables(found: Findings) -> tuple[list[Table], list[Table]]:
    """Return the tables that are wide, and those that are not, in the order in which they stand."""
    wide = [
        _top_errors(found),
        _slowest(found),
        _grouped("endpoints", "Requests by endpoint", "Endpoint", found.endpoints, _REQUESTS),
        _grouped("operations", "Timed operations", "Operation", found.operations, _OPERATIONS),
    ]
    return wide, [
        _grouped("components", "Components", "Component", found.components, _RECORDS),
        _grouped("processes", "Processes", "Run and process", found.runs, _PROCESSES),
        _grouped("levels", "Levels", "Level", found.levels, _RECORDS[:1]),
    ]


def of_chart(chart: Chart, view: View) -> Table:
    """Return a chart's figures as a table, without the times at which nothing was."""
    shown = size if chart.unit == "bytes" else figure
    rows = [
        (clock(second, view.width), *("" if value is None else shown(value) for value in values))
        for second, *values in zip(view.times, *(s.values for s in chart.series), strict=True)
        if any(values)
    ]
    unit = {"ms": " (ms)", "percent": " (%)", "per minute": " per minute"}.get(chart.unit, "")
    header = ("From (UTC)", *(row.label + unit for row in chart.series))
    return Table(chart.name, chart.title, header, rows)


def _top_errors(found: Findings) -> Table:
    rows = [
        (
            f"{row['type'] or 'Log call'}: {row['message']}",
            ("at most " if row["inherited"] else "") + f"{row['count']:,}",
            row["component"],
            row["place"],
            moment(row["first_seen"]),
            moment(row["last_seen"]),
            row["request_id"],
        )
        for row in found.patterns.top(_MOST)
    ]
    header = ("Error", "Times", "Component", "Raised at", "First", "Last", "Last request id")
    kinds = ("text", "figure", "text", "text", "time", "time", "text")
    return Table("top-errors", "Top errors", header, rows, kinds, "No errors were logged.")


def _slowest(found: Findings) -> Table:
    rows = [
        (
            request.endpoint,
            f"{figure(request.duration_ms)} ms",
            request.status,
            moment(request.timestamp),
            request.component,
            request.request_id,
        )
        for request in found.slowest()
    ]
    header = ("Endpoint", "Took", "Status", "At", "Component", "Request id")
    kinds = ("text", "figure", "text", "time", "text", "text")
    nothing = "No API requests were logged."
    return Table("slowest", "Slowest requests", header, rows, kinds, nothing)


def _grouped(name: str, title: str, first: str, grouped: Grouped, columns: _Columns) -> Table:
    rows = [
        ("(all others)" if key is None else key, *(shown(counts) for _, shown in columns))
        for key, counts in grouped.top(_MOST)
    ]
    header = (first, *(label for label, _ in columns))
    return Table(name, title, header, rows)


def _percentile(fraction: float) -> Callable[[Counts], str]:
    def shown(counts: Counts) -> str:
        return figure(counts.latency.quantiles(fraction)[0]) if counts.latency.count else ""

    return shown


_PERCENTILES: _Columns = (
    ("p50 (ms)", _percentile(0.5)),
    ("p95 (ms)", _percentile(0.95)),
    ("p99 (ms)", _percentile(0.99)),
    ("Longest (ms)", _percentile(1)),
)
_REQUESTS: _Columns = (
    ("Requests", lambda counts: f"{counts.requests:,}"),
    ("Failed", lambda counts: f"{counts.failed:,}"),
    *_PERCENTILES,
)
_OPERATIONS: _Columns = (("Times", lambda counts: f"{counts.records:,}"), *_PERCENTILES)
_RECORDS: _Columns = (
    ("Records", lambda counts: f"{counts.records:,}"),
    ("Warnings", lambda counts: f"{counts.warnings:,}"),
    ("Errors", lambda counts: f"{counts.errors:,}"),
    ("Size", lambda counts: size(counts.bytes)),
)
_PROCESSES: _Columns = (
    *_RECORDS[:3],
    ("Most memory", lambda counts: size(max(counts.memory.values(), default=0))),
)
