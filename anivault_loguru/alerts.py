"""Thresholds: one record when a figure crosses its limit, one when it is back, none in between.

A rule holds once its figure was beyond the limit at every check for `seconds`, and is over once it
was back beyond `clear` for as long: a figure that wavers around the limit flaps nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .collected import parse_series

__all__ = ["Alerts", "Rule", "figure", "metric_name"]

_ROOTS = frozenset(
    "records errors error_rate cache api_requests requests_per_minute files_processed "
    "files_per_minute rate_limit components log queue_depth process by_level "
    "uptime_seconds counters gauges histograms rates".split()
)
Tell = Callable[[str | int, str, dict[str, object]], None]


class Rule(NamedTuple):
    """A figure and its limit: `above` or `below`, for `seconds`, said at `level`.

    `clear` is where the figure counts as back: by default a tenth of the limit away from it.
    """

    metric: str
    above: float | None = None
    below: float | None = None
    seconds: float = 0.0
    level: str | int = "WARNING"
    clear: float | None = None

    def beyond(self, value: float) -> bool:
        """Tell whether `value` is past the limit."""
        if self.above is not None:
            return value > self.above
        return self.below is not None and value < self.below

    def back(self, value: float) -> bool:
        """Tell whether `value` is far enough on the good side of the limit."""
        if self.above is not None:
            return value <= self._cleared(self.above, -0.1)
        return self.below is None or value >= self._cleared(self.below, 0.1)

    def _cleared(self, limit: float, share: float) -> float:
        return limit + abs(limit) * share if self.clear is None else self.clear


class _State:
    __slots__ = ("holds", "since")

    def __init__(self) -> None:
        self.holds = False
        # When the figure went to the other side of where the rule is.
        self.since: float | None = None


class Alerts:
    """Checks its rules against the fields of each summary; `clock` is in seconds, monotonic.

    `tell` gets level, message and fields of each record.
    """

    def __init__(
        self, rules: Sequence[Rule], tell: Tell, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rules = [(rule, _State()) for rule in rules]
        self._tell = tell
        self._clock = clock
        self._counters: Mapping[str, float] = {}

    def __call__(self, fields: dict[str, Any]) -> None:
        """Check every rule, and put the metrics of those that hold into `fields["alerts"]`."""
        now = self._clock()
        seen = {**fields, "rates": self._rates(fields)}
        for rule, state in self._rules:
            value = figure(seen, rule.metric)
            if value is None or not (rule.back if state.holds else rule.beyond)(value):
                state.since = None
                continue
            state.since = now if state.since is None else state.since
            if now - state.since >= rule.seconds:
                state.holds, state.since = not state.holds, None
                self._say(rule, state.holds, value)
        fields["alerts"] = [rule.metric for rule, state in self._rules if state.holds]

    def _rates(self, fields: Mapping[str, Any]) -> dict[str, float]:
        """Each counter per second over the window, labels summed."""
        before, self._counters = self._counters, fields.get("counters", {})
        seconds = fields.get("interval_seconds", 0)
        rates: dict[str, float] = {}
        for series, count in self._counters.items():
            name = parse_series(series)[0]
            grown = count - before.get(series, 0)
            # Below what it was: reset in between, and counted from there.
            rate = (grown if grown >= 0 else count) / seconds if seconds > 0 else 0.0
            rates[name] = rates.get(name, 0.0) + rate
        return rates

    def _say(self, rule: Rule, holds: bool, value: float) -> None:
        word, limit = ("above", rule.above) if rule.above is not None else ("below", rule.below)
        if holds:
            text = f"{rule.metric} is {value:g}, {word} {limit:g} for {rule.seconds:g} s"
        else:
            text = f"{rule.metric} is {value:g}, back from {word} {limit:g}"
        state = "crossed" if holds else "back"
        told = {"metric": rule.metric, "state": state, "value": value, word: limit}
        self._tell(rule.level if holds else "INFO", text, {**told, "for_seconds": rule.seconds})


def metric_name(text: str) -> str:
    """Return `text` if figures of that name can be; ValueError says how names begin."""
    if text.partition(".")[0] in _ROOTS:
        return text
    roots = ", ".join(sorted(_ROOTS))
    raise ValueError(f"a figure of the summary record, beginning with one of: {roots}")


def figure(fields: Mapping[str, Any], metric: str) -> float | None:
    """Return the figure at a dotted path, in the window if it has one; None if there is none.

    A hit rate without look-ups is none.
    """
    window = fields.get("window", {})
    if metric == "cache.hit_rate" and not (
        _at(window, "cache.hits") or _at(window, "cache.misses")
    ):
        return None
    found = _at(window, metric)
    return _at(fields, metric) if found is None else found


def _at(tree: Any, path: str) -> float | None:
    """Walk down `path`; keys may have dots. The objects of an array go by their first value."""
    if not path:
        return tree if isinstance(tree, int | float) and not isinstance(tree, bool) else None
    if isinstance(tree, list):
        tree = {next(iter(row.values())): row for row in tree if isinstance(row, Mapping) and row}
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if path == key or path.startswith(f"{key}."):
                found = _at(value, path[len(key) + 1 :])
                if found is not None:
                    return found
    return None
