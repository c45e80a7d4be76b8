"""What moved between two looks at a registry."""

from __future__ import annotations

import random

import pytest

from anivault_loguru.histogram import ExponentialHistogram
from anivault_loguru.metrics import Registry


def test_since_is_what_was_added() -> None:
    """Counters and histograms by difference, gauges as they are, new series whole."""
    registry = Registry()
    registry.increment("n", 5, kind="a")
    registry.gauge("g", 1)
    registry.observe("h", 100)
    before = registry.collect()
    registry.increment("n", 2, kind="a")
    registry.increment("n", 3, kind="b")
    registry.gauge("g", 7)
    registry.observe("h", 1)
    window = registry.collect().since(before)
    assert list(window.counted("n")) == [({"kind": "a"}, 2), ({"kind": "b"}, 3)]
    assert window.total("n") == 5
    assert window.gauges == {"g": 7}
    assert window.merged("h").figures()["count"] == 1
    assert window.merged("h").figures()["p50"] == pytest.approx(1, rel=0.03)


def test_after_a_reset_it_counts_from_the_reset() -> None:
    """No difference is negative."""
    registry = Registry()
    registry.increment("n", 5)
    for _ in range(10):
        registry.observe("h", 3)
    before = registry.collect()
    registry.reset()
    registry.increment("n", 2)
    registry.observe("h", 8)
    window = registry.collect().since(before)
    assert window.total("n") == 2
    assert window.merged("h").figures()["max"] == 8
    assert window.merged("h").count == 1


def test_timers_tell_their_unit() -> None:
    """The names that a timer observes into are known to be seconds."""
    registry = Registry()
    with registry.timer("match", step="a"):
        pass
    registry.observe("size", 3)
    registry.timer("")
    assert registry.collect().timed == {"match"}


@pytest.mark.parametrize("kind", ["latency", "signed", "wide", "zeros"])
def test_histogram_since_has_the_percentiles_of_the_window(kind: str) -> None:
    """Percentiles of the difference are within 2 % of those of the later values."""
    draw = random.Random(kind)
    values: dict[str, list[float]] = {
        "latency": [draw.lognormvariate(-5, 1) for _ in range(4000)],
        "signed": [draw.gauss(0, 10) for _ in range(4000)],
        "wide": [10 ** draw.uniform(-12, 12) for _ in range(4000)],
        "zeros": [0.0] * 2000 + [draw.random() + 1 for _ in range(2000)],
    }
    draw.shuffle(values[kind])
    early, late = values[kind][:2500], values[kind][2500:]
    whole = ExponentialHistogram()
    for value in early:
        whole.add(value)
    before = whole.copy()
    for value in late:
        whole.add(value)
    window = whole.since(before)
    assert window.count == len(late)
    assert window.sum == pytest.approx(sum(late), rel=1e-6, abs=1e-6)
    assert window.min <= min(late) + abs(min(late)) * 1e-9
    assert window.max >= max(late) - abs(max(late)) * 1e-9
    late.sort()
    for percent, found in zip((50, 95, 99), window.quantiles(0.5, 0.95, 0.99), strict=True):
        rank = (len(late) - 1) * percent // 100
        bound = 0.045 if kind == "wide" else 0.02  # 80 octaves do not fit into the finest scale
        near = [late[rank], late[rank + 1]]
        low, high = (
            edge(v + abs(v) * b for v in near) for edge, b in ((min, -bound), (max, bound))
        )
        assert low <= found <= high


def test_an_empty_window_is_empty() -> None:
    """Nothing came in: count 0 and all figures 0."""
    whole = ExponentialHistogram()
    whole.add(3)
    assert set(whole.since(whole.copy()).figures().values()) == {0}


def test_below_counts_at_most_a_power_of_two() -> None:
    """Exact at every power of two, bound included, zero and negative ones too."""
    values = [-3.0, 0.0, 0.25, 0.26, 0.5, 1, 1.0001, 2, 4, 7.9, 8]
    histogram = ExponentialHistogram()
    for value in values:
        histogram.add(value)
    for exponent in range(-4, 5):
        assert histogram.below(exponent) == sum(value <= 2.0**exponent for value in values)
