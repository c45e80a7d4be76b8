"""Series by name, as they leave: masked, and those that are the same then are one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from ..collected import Key
from ..histogram import ExponentialHistogram

__all__ = ["Mask", "Samples", "added", "grouped", "merged", "newest"]

V = TypeVar("V")
Mask: TypeAlias = Callable[[str, str], str]
"""Masks a label's value, given the label's name; a name by itself is given under no name."""
Samples: TypeAlias = dict[tuple[tuple[str, str], ...], V]


def grouped(
    series: Mapping[Key, V],
    add: Callable[[V, V], V],
    mask: Mask,
    label: Callable[[str], str] = str,
) -> dict[str, Samples[V]]:
    """Return the series of each name by their labels; `add` makes one of two, `label` names."""
    names: dict[str, Samples[V]] = {}
    for key, value in series.items():
        name, labels = (key, ()) if isinstance(key, str) else key
        shown = tuple(sorted((label(mask("", k)), mask(k, v)) for k, v in labels))
        samples = names.setdefault(mask("", name), {})
        samples[shown] = add(samples[shown], value) if shown in samples else value
    return names


def added(one: float, other: float) -> float:
    """Return the sum of two counters."""
    return one + other


def newest(one: float, other: float) -> float:
    """Return the later of two gauges."""
    return other


def merged(one: ExponentialHistogram, other: ExponentialHistogram) -> ExponentialHistogram:
    """Return a histogram of what two have counted."""
    both = one.copy()
    both.merge(other)
    return both
