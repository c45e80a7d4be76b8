"""Our series as OpenTelemetry's metrics: sums, gauges, exponential histograms, all cumulative.

Names and values stay as they are, the unit stands beside them: the histogram's buckets are the
very ones that it was counted in. https://opentelemetry.io/docs/specs/otel/metrics/data-model/
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Buckets,
    Gauge,
    Metric,
    NumberDataPoint,
    Sum,
)
from opentelemetry.sdk.metrics.export import (
    ExponentialHistogram as Histogram,
)
from opentelemetry.sdk.metrics.export import (
    ExponentialHistogramDataPoint as Point,
)

from ..collected import Collected, Labels
from ..histogram import ExponentialHistogram
from .grouped import Mask, added, grouped, merged, newest
from .naming import family

__all__ = ["metrics_of"]

_CUMULATIVE = AggregationTemporality.CUMULATIVE
# 40 octaves without a gap; sparser data are sent at a coarser scale.
_MOST_BUCKETS = 1280
# UCUM, as OpenTelemetry's semantic conventions want it.
_UNITS = {
    "seconds": "s",
    "s": "s",
    "ms": "ms",
    "us": "us",
    "ns": "ns",
    "bytes": "By",
    "kb": "kBy",
    "mb": "MiBy",
    "percent": "%",
    "ratio": "1",
}


def metrics_of(figures: Collected, *, began: int, now: int, mask: Mask) -> list[Metric]:
    """Return a metric for each name; times are in nanoseconds since 1970 UTC."""
    found = []
    timed = {mask("", name) for name in figures.timed}
    for name, counters in grouped(figures.counters, added, mask).items():
        points = [NumberDataPoint(dict(labels), began, now, n) for labels, n in counters.items()]
        found.append(_metric(name, "counter", timed, Sum(points, _CUMULATIVE, True)))
    for name, gauges in grouped(figures.gauges, newest, mask).items():
        points = [NumberDataPoint(dict(labels), 0, now, x) for labels, x in gauges.items()]
        found.append(_metric(name, "gauge", timed, Gauge(points)))
    for name, histograms in grouped(figures.histograms, merged, mask).items():
        spread = [_point(labels, h, began, now) for labels, h in histograms.items() if h.count]
        if spread:
            found.append(_metric(name, "histogram", timed, Histogram(spread, _CUMULATIVE)))
    return found


def _metric(name: str, kind: str, timed: Set[str], data: Any) -> Metric:
    suffix = name.rpartition("_")[2]
    unit = _UNITS.get(suffix, "s" if name in timed else "")
    return Metric(name, family(name, kind).help, unit, data)


def _point(labels: Labels, given: ExponentialHistogram, began: int, now: int) -> Point:
    histogram = given.copy()
    while max(map(_span, (histogram.positive, histogram.negative))) > _MOST_BUCKETS:
        histogram.coarsen()
    return Point(
        attributes=dict(labels),
        start_time_unix_nano=began,
        time_unix_nano=now,
        count=histogram.count,
        sum=histogram.sum,
        scale=histogram.scale,
        zero_count=histogram.zero,
        positive=_buckets(histogram.positive),
        negative=_buckets(histogram.negative),
        flags=0,
        min=histogram.min,
        max=histogram.max,
    )


def _span(side: Mapping[int, int]) -> int:
    return max(side) - min(side) + 1 if side else 0


def _buckets(side: Mapping[int, int]) -> Buckets:
    offset = min(side, default=0)
    return Buckets(offset, [side.get(offset + step, 0) for step in range(_span(side))])
