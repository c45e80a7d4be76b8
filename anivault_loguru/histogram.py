"""The base-2 exponential histogram: percentiles within 2 % in constant memory, mergeable.

The layout is OpenTelemetry's ExponentialHistogram data point
(https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram): at scale `s`
the base is `2 ** 2 ** -s` and bucket `i` holds the values in `(base ** i, base ** (i + 1)]`;
negative values mirror that, zeros have a bucket of their own. Buckets are sparse.

This class is arithmetic only; `metrics.Histogram` makes it safe between threads and signals.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import ceil, floor, log2
from typing import Any

__all__ = ["MAX_BUCKETS", "SCALE", "ExponentialHistogram"]

# At scale 5 the geometric middle of a bucket is at most 2 ** (1 / 64) - 1 = 1.09 % from any of
# its values. 1280 buckets are 40 octaves without a gap (1 byte to 1 TB, 1 us to 12 days).
SCALE = 5
MAX_BUCKETS = 1280


class ExponentialHistogram:
    """Count, sum, min and max exactly; quantiles within 1.1 % of the value at their rank.

    The bound holds while at most `MAX_BUCKETS` buckets are filled, which any data within 40
    octaves keeps, and sparser data far beyond. Past it the scale drops by one and the error
    doubles, until the data fit again: 2.2 % for 80 octaves without a gap, 4.5 % for 160.
    Subnormal values, under 2.3e-308, have no such precision to begin with.
    """

    __slots__ = ("count", "max", "min", "negative", "positive", "scale", "sum", "zero")

    def __init__(self) -> None:
        self.scale = SCALE
        self.count = 0
        self.sum: float = 0
        self.min: float = 0
        self.max: float = 0
        self.zero = 0
        self.positive: dict[int, int] = {}
        self.negative: dict[int, int] = {}

    def add(self, value: float) -> None:
        """Count one finite value. NaN and infinity raise ValueError or OverflowError."""
        if value:
            side = self.positive if value > 0 else self.negative
            index = ceil(log2(abs(value)) * 2.0**self.scale) - 1
            if index in side:
                side[index] += 1
            else:
                side[index] = 1
                self._fit()
        else:
            self.zero += 1
        # The count is raised last: a histogram read half-way has every rank below its count.
        if not self.count:
            self.min = self.max = value
        elif value < self.min:
            self.min = value
        elif value > self.max:
            self.max = value
        self.sum += value
        self.count += 1

    def add_all(self, values: Sequence[float]) -> None:
        """Count many finite values, in a quarter of the time that one by one takes."""
        if not values:
            return
        if min(values) <= 0:
            for value in values:
                self.add(value)
            return
        scale = 2.0**self.scale
        for index, times in Counter([ceil(log2(value) * scale) - 1 for value in values]).items():
            self.positive[index] = self.positive.get(index, 0) + times
        least, most = min(values), max(values)
        self.min = min(self.min, least) if self.count else least
        self.max = max(self.max, most) if self.count else most
        self.sum += sum(values)
        self.count += len(values)
        self._fit()

    def merge(self, other: ExponentialHistogram) -> None:
        """Add all of `other`, at the coarser of the two scales: as if one had seen all values."""
        while self.scale > other.scale:
            self.coarsen()
        shift = other.scale - self.scale
        for ours, theirs in ((self.positive, other.positive), (self.negative, other.negative)):
            for index, times in theirs.items():
                ours[index >> shift] = ours.get(index >> shift, 0) + times
        self._fit()
        self.zero += other.zero
        if other.count:
            self.min = min(self.min, other.min) if self.count else other.min
            self.max = max(self.max, other.max) if self.count else other.max
        self.sum += other.sum
        self.count += other.count

    def since(self, earlier: ExponentialHistogram) -> ExponentialHistogram:
        """Return what came in after `earlier`, a former copy of this histogram.

        Count and buckets are exact; min and max are the bounds of the outermost buckets. If
        `earlier` holds what this one does not, which was reset in between, all of it is returned.
        """
        past = earlier.copy()
        while past.scale > self.scale:
            past.coarsen()
        made = ExponentialHistogram()
        made.scale = self.scale
        made.count, made.zero = self.count - past.count, self.zero - past.zero
        made.positive = _less(self.positive, past.positive)
        made.negative = _less(self.negative, past.negative)
        counts = (made.zero, *made.positive.values(), *made.negative.values())
        if past.scale < self.scale or min(counts) < 0 or sum(counts) != made.count:
            return self.copy()
        if made.count:
            made.sum = self.sum - past.sum
            made.min, made.max = made._bounds(self.min, self.max)
        return made

    def below(self, exponent: int) -> int:
        """Return how many values are at most `2 ** exponent`: exact while the scale is not < 0."""
        last = exponent * 2.0**self.scale - 1
        ups = sum(times for index, times in self.positive.items() if index <= last)
        return sum(self.negative.values()) + self.zero + ups

    def quantiles(self, *fractions: float) -> list[float]:
        """Return the value at each fraction of the way from min to max, 0.0 when empty.

        As numpy's and spreadsheets' default: the rank is `fraction * (count - 1)`, and between
        two ranks the value is interpolated.
        """
        if not self.count:
            return [0.0] * len(fractions)
        ordered = [(-self._middle(i), n) for i, n in sorted(self.negative.items(), reverse=True)]
        ordered.append((0.0, self.zero))
        ordered += [(self._middle(i), n) for i, n in sorted(self.positive.items())]
        ends = list(accumulate(times for _, times in ordered))

        def at(rank: int) -> float:
            if rank >= self.count - 1:
                return self.max
            return ordered[bisect_right(ends, rank)][0] if rank else self.min

        found = []
        for fraction in fractions:
            rank = fraction * (self.count - 1)
            low, part = floor(rank), rank - floor(rank)
            value = at(low) * (1 - part) + at(low + 1) * part if part else at(low)
            found.append(min(max(value, self.min), self.max))
        return found

    def figures(self) -> dict[str, float]:
        """Return count, min, max, avg, p50, p95 and p99, finite always."""
        p50, p95, p99 = self.quantiles(0.5, 0.95, 0.99)
        # The average lies between min and max even where the sum overflowed to infinity.
        average = max(self.min, min(self.sum / max(self.count, 1), self.max))
        return {
            "count": self.count,
            "min": self.min,
            "max": self.max,
            "avg": float(average),
            "p50": float(p50),
            "p95": float(p95),
            "p99": float(p99),
        }

    def copy(self) -> ExponentialHistogram:
        """Return an independent histogram of the same values."""
        twin = ExponentialHistogram()
        twin.merge(self)
        return twin

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON types, for `from_dict` in another process."""
        return {
            "scale": self.scale,
            "count": self.count,
            "sum": self.sum,
            "min": self.min,
            "max": self.max,
            "zero": self.zero,
            "positive": {str(index): times for index, times in self.positive.items()},
            "negative": {str(index): times for index, times in self.negative.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExponentialHistogram:
        """Return the histogram that `to_dict` wrote. KeyError or ValueError for anything else."""
        made = cls()
        for name in ("scale", "count", "sum", "min", "max", "zero"):
            setattr(made, name, data[name])
        made.positive = {int(index): times for index, times in data["positive"].items()}
        made.negative = {int(index): times for index, times in data["negative"].items()}
        return made

    def _bounds(self, least: float, most: float) -> tuple[float, float]:
        """Return what the buckets say of min and max, within those of a larger histogram."""
        base = 2.0**-self.scale
        low, high = (0.0, 0.0) if self.zero else (most, least)
        if self.positive:
            high = 2.0 ** min((max(self.positive) + 1) * base, 1023.999)
            low = min(low, 2.0 ** (min(self.positive) * base))
        if self.negative:
            low = -(2.0 ** min((max(self.negative) + 1) * base, 1023.999))
            high = max(high, -(2.0 ** (min(self.negative) * base)))
        return max(low, least), min(high, most)

    def _fit(self) -> None:
        while len(self.positive) + len(self.negative) > MAX_BUCKETS:
            self.coarsen()

    def coarsen(self) -> None:
        """Lower the scale by one: half as many buckets, each twice as wide."""
        self.scale -= 1
        self.positive = _halved(self.positive)
        self.negative = _halved(self.negative)

    def _middle(self, index: int) -> float:
        return float(2.0 ** ((index + 0.5) / 2.0**self.scale))


def _less(now: Mapping[int, int], then: Mapping[int, int]) -> dict[int, int]:
    left = {index: now.get(index, 0) - then.get(index, 0) for index in {*now, *then}}
    return {index: times for index, times in left.items() if times}


def _halved(side: dict[int, int]) -> dict[int, int]:
    merged: dict[int, int] = {}
    for index, times in side.items():
        merged[index >> 1] = merged.get(index >> 1, 0) + times
    return merged
