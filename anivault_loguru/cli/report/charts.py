"""The charts of a report as data: times, series of values, and a sentence that says the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .counts import Counts
from .timeline import View
from .wording import amount, day_and_time, figure, size, span

__all__ = ["Chart", "Series", "charts"]

_Values = list[float | None]


@dataclass(frozen=True)
class Series:
    """One line (or bars) of a chart: `values` has one for each time, None where there is none."""

    label: str
    values: _Values
    style: str
    """`bars`, or how the line is drawn: `solid`, `dashed`, `dotted`."""
    tone: str = "accent"


@dataclass(frozen=True)
class Chart:
    """One chart, without series if there is nothing to draw.

    `unit` is `count`, `ms`, `percent`, `bytes` or `per minute`.
    """

    name: str
    title: str
    summary: str
    unit: str
    series: tuple[Series, ...] = ()


def charts(view: View, total: Counts) -> list[Chart]:
    """Return the charts of a timeline, in the order in which they are shown."""
    return [
        _records(view, total),
        _errors(view, total),
        _latency(view, total),
        _throughput(view, total),
        _cache(view, total),
        _memory(view, total),
    ]


def _records(view: View, total: Counts) -> Chart:
    if not total.records:
        return Chart("records", "Records", "No records were found.", "count")
    series = Series("Records", [bucket.records for bucket in view.buckets], "bars")
    said = f"{amount(total.records, 'record')}{_peak(view, series)}."
    return Chart("records", "Records", said, "count", (series,))


def _errors(view: View, total: Counts) -> Chart:
    errors = Series("Errors", [bucket.errors for bucket in view.buckets], "bars", "bad")
    warnings = Series("Warnings", [bucket.warnings for bucket in view.buckets], "dashed", "fair")
    if not (total.errors or total.warnings):
        return Chart("errors", "Errors and warnings", "No errors and no warnings.", "count")
    most = _peak(view, errors, "error") if total.errors else ""
    said = f"{amount(total.errors, 'error')}, {amount(total.warnings, 'warning')}{most}."
    return Chart("errors", "Errors and warnings", said, "count", (errors, warnings))


def _latency(view: View, total: Counts) -> Chart:
    if not total.latency.count:
        said = "No API requests were logged. They come from events.api_request()."
        return Chart("latency", "Latency of API requests", said, "ms")
    rows: list[_Values] = [[], [], []]
    for bucket in view.buckets:
        found = bucket.latency.quantiles(0.5, 0.95, 0.99)
        for row, value in zip(rows, found, strict=True):
            row.append(value if bucket.latency.count else None)
    p50, p95, p99 = (figure(value) for value in total.latency.quantiles(0.5, 0.95, 0.99))
    said = (
        f"{amount(total.requests, 'request')}: half took up to {p50}\xa0ms, "
        f"95% up to {p95}\xa0ms, 99% up to {p99}\xa0ms."
    )
    styles = (("p50", "solid", "accent"), ("p95", "dashed", "fair"), ("p99", "dotted", "bad"))
    series = (
        Series(label, row, style, tone)
        for (label, style, tone), row in zip(styles, rows, strict=True)
    )
    return Chart("latency", "Latency of API requests", said, "ms", tuple(series))


def _throughput(view: View, total: Counts) -> Chart:
    kinds: tuple[tuple[str, str, str, str, Callable[[Counts], int]], ...] = (
        ("Requests", "API request", "solid", "accent", lambda counts: counts.requests),
        ("Files", "processed file", "dashed", "good", lambda counts: counts.files),
        ("Look-ups", "cache look-up", "dotted", "fair", lambda counts: counts.lookups),
    )
    said = ", ".join(amount(number(total), noun) for _, noun, _, _, number in kinds) + "."
    if not any(number(total) for *_, number in kinds):
        said = "No API requests, processed files or cache look-ups were logged."
    series = (
        Series(label, [number(each) * 60 / view.width for each in view.buckets], style, tone)
        for label, _, style, tone, number in kinds
        if number(total)
    )
    return Chart("throughput", "Throughput per minute", said, "per minute", tuple(series))


def _cache(view: View, total: Counts) -> Chart:
    if not total.lookups:
        said = "No cache look-ups were logged. They come from events.cache()."
        return Chart("cache", "Cache hit rate", said, "percent")
    rates: _Values = [
        100 * bucket.hits / bucket.lookups if bucket.lookups else None for bucket in view.buckets
    ]
    share = f"{total.hits / total.lookups:.1%}"
    said = f"{share} of {amount(total.lookups, 'look-up')} found what they looked for."
    return Chart("cache", "Cache hit rate", said, "percent", (Series("Hit rate", rates, "solid"),))


def _memory(view: View, total: Counts) -> Chart:
    if not total.memory:
        said = "No memory figures were logged. They come with the metrics.summary records."
        return Chart("memory", "Memory", said, "bytes")
    together, largest = _together(view.buckets)
    series = [Series("All processes", together, "solid")]
    if len(total.memory) > 1:
        series.append(Series("Largest", largest, "dashed", "fair"))
    most = max(value for value in together if value is not None)
    processes = amount(len(total.memory), "process", "processes")
    said = f"At most {size(most)} of resident memory in {processes}."
    return Chart("memory", "Memory", said, "bytes", tuple(series))


def _together(buckets: Iterable[Counts]) -> tuple[_Values, _Values]:
    """Memory of all runs and of the largest; between two figures of a run the earlier holds."""
    known = list(buckets)
    last = {run: number for number, bucket in enumerate(known) for run in bucket.memory}
    running: dict[str, float] = {}
    sums: _Values = []
    most: _Values = []
    for number, bucket in enumerate(known):
        running.update(bucket.memory)
        sums.append(sum(running.values()) if running else None)
        most.append(max(running.values(), default=None))
        for run in [run for run in running if last[run] <= number]:
            del running[run]
    return sums, most


def _peak(view: View, series: Series, noun: str = "") -> str:
    values = [value or 0 for value in series.values]
    if len(values) < 2:
        return ""
    most = max(values)
    at = day_and_time(view.times[values.index(most)], view.width)
    said = amount(most, noun) if noun else f"{most:,.0f}"
    return f", at most {said} in {span(view.width)} ({at})"
