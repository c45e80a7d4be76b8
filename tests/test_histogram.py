"""The exponential histogram against exact answers."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru.histogram import MAX_BUCKETS, SCALE, ExponentialHistogram
from anivault_loguru.metrics import Registry

FRACTIONS = (0.0, 0.25, 0.5, 0.95, 0.99, 1.0)

anything = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False) | st.integers(
    -(2**63), 2**63
)
durations = st.floats(1e-6, 1e6)


def of(values: list[float]) -> ExponentialHistogram:
    """Return the histogram of these values."""
    histogram = ExponentialHistogram()
    for value in values:
        histogram.add(value)
    return histogram


def exact(values: list[float], fraction: float) -> tuple[float, float, float]:
    """Return numpy's default (linear) percentile and the two values it lies between."""
    ordered = sorted(values)
    rank = fraction * (len(ordered) - 1)
    low, high = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    part = rank - math.floor(rank)
    return low * (1 - part) + high * part, low, high


@given(st.lists(anything, min_size=1, max_size=200))
def test_count_min_max_are_exact(values: list[float]) -> None:
    """Whatever finite numbers come, count, min and max are those of the list."""
    histogram = of(values)
    assert (histogram.count, histogram.min, histogram.max) == (
        len(values),
        min(values),
        max(values),
    )


@given(st.lists(st.integers(-(2**53), 2**53), max_size=200))
def test_sum_of_integers_is_exact(values: list[int]) -> None:
    """Integers are summed as integers."""
    assert of([*values]).sum == sum(values)


@given(st.lists(anything, min_size=1, max_size=300))
def test_quantiles_are_within_two_percent(values: list[float]) -> None:
    """Every quantile is within 2 % of the exact one, per neighbour where it interpolates."""
    for fraction, found in zip(FRACTIONS, of(values).quantiles(*FRACTIONS), strict=True):
        expected, low, high = exact(values, fraction)
        assert abs(found - expected) <= 0.02 * max(abs(low), abs(high))
        assert min(values) <= found <= max(values)


@given(st.lists(durations, min_size=1, max_size=1000))
def test_quantiles_of_durations_are_within_two_percent(values: list[float]) -> None:
    """For values of one sign the error is at most 2 % of the exact percentile itself."""
    for fraction, found in zip(FRACTIONS, of(values).quantiles(*FRACTIONS), strict=True):
        assert found == pytest.approx(exact(values, fraction)[0], rel=0.02)


@given(st.lists(anything, max_size=100), st.lists(anything, max_size=100))
def test_merging_equals_having_seen_all(left: list[float], right: list[float]) -> None:
    """A merged histogram, also one from JSON, answers as one that was given all the values."""
    merged = of(left)
    merged.merge(ExponentialHistogram.from_dict(json.loads(json.dumps(of(right).to_dict()))))
    whole = of(left + right)
    assert merged.quantiles(*FRACTIONS) == whole.quantiles(*FRACTIONS)
    assert (merged.count, merged.min, merged.max) == (whole.count, whole.min, whole.max)


def wide(octaves: int, start: int = 0) -> list[float]:
    """Values that fill every bucket of so many octaves."""
    return [2.0 ** (start + (n + 0.5) / 2**SCALE) for n in range(octaves * 2**SCALE)]


def test_forty_octaves_without_a_gap_keep_the_scale() -> None:
    """The documented range keeps full precision, and its quantiles the bound."""
    values = wide(40)
    histogram = of(values)
    assert (histogram.scale, len(histogram.positive)) == (SCALE, MAX_BUCKETS)
    for fraction, found in zip(FRACTIONS, histogram.quantiles(*FRACTIONS), strict=True):
        assert found == pytest.approx(exact(values, fraction)[0], rel=0.02)


@pytest.mark.parametrize(("octaves", "bound"), [(80, 0.0225), (160, 0.0455)])
def test_beyond_the_range_the_error_doubles_as_documented(octaves: int, bound: float) -> None:
    """Past the bucket limit the scale drops by one a time; memory stays bounded."""
    values = wide(octaves, start=-octaves // 2)
    histogram = of(values)
    assert len(histogram.positive) <= MAX_BUCKETS
    for fraction, found in zip(FRACTIONS, histogram.quantiles(*FRACTIONS), strict=True):
        assert found == pytest.approx(exact(values, fraction)[0], rel=bound)


def test_all_magnitudes_of_both_signs_stay_bounded() -> None:
    """The whole range of doubles, positive and negative, fits and stays ordered."""
    values = wide(1000, start=-500)
    histogram = of([*values, *(-value for value in values), 0.0])
    assert len(histogram.positive) + len(histogram.negative) <= MAX_BUCKETS
    found = histogram.quantiles(*(n / 100 for n in range(101)))
    assert all(low <= high for low, high in pairwise(found))


def test_merging_scales_down_to_the_coarser() -> None:
    """Merging a coarse histogram into a fine one, or the reverse, gives the same buckets."""
    fine, coarse = of([1.5, 100.0]), of(wide(80))
    one, other = fine.copy(), coarse.copy()
    one.merge(coarse)
    other.merge(fine)
    assert one.scale == other.scale == coarse.scale < SCALE
    assert (one.positive, one.count) == (other.positive, other.count)


def test_bucket_borders_are_open_telemetrys() -> None:
    """Bucket i is (base ** i, base ** (i + 1)]: an exact power of two ends its bucket."""
    assert of([1.0]).positive == {-1: 1}
    assert of([2.0]).positive == {2**SCALE - 1: 1}
    assert of([2.0000001]).positive == {2**SCALE: 1}
    assert of([-2.0, 0.0, -0.0]).to_dict() == {
        "scale": SCALE, "count": 3, "sum": -2.0, "min": -2.0, "max": 0.0, "zero": 2,
        "positive": {}, "negative": {str(2**SCALE - 1): 1},
    }  # fmt: skip


def test_empty_histogram_has_zero_figures() -> None:
    """Without values every figure is 0."""
    assert set(of([]).figures().values()) == {0}


def test_figures_stay_finite_where_the_sum_overflows() -> None:
    """The average of the largest doubles is one of them, not infinity."""
    figures = of([1.7e308, 1.7e308, 1.7e308]).figures()
    assert figures["avg"] == 1.7e308
    assert all(math.isfinite(figure) for figure in figures.values())


def test_two_registries_merge_to_the_percentiles_of_one() -> None:
    """Histograms of two processes, merged, give the figures of one that saw everything."""
    one, two, whole = Registry(), Registry(), Registry()
    for n in range(1, 2000):
        (one if n % 3 else two).observe("h", n)
        whole.observe("h", n)
    one.histogram("h").merge(two.histogram("h").read())
    assert one.snapshot() == whole.snapshot()
