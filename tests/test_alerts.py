"""Thresholds: when a rule speaks, and that it does not flap."""

from __future__ import annotations

import random
from typing import Any

import pytest
from conftest import Logs

from anivault_loguru import ConfigError, configure, logger, shutdown
from anivault_loguru.alerts import Alerts, Rule, figure


class Watch:
    """Alerts over one gauge, a clock that is set, and what was told."""

    def __init__(self, *rules: Rule) -> None:
        self.now = 0.0
        self.told: list[tuple[str | int, str, dict[str, object]]] = []
        self.alerts = Alerts(rules, lambda *told: self.told.append(told), clock=lambda: self.now)

    def see(self, value: float, after: float = 60.0) -> list[str]:
        """Check with the value some seconds later; return the metrics that hold."""
        self.now += after
        fields: dict[str, Any] = {"gauges": {"load": value}}
        self.alerts(fields)
        return list(fields["alerts"])

    @property
    def states(self) -> list[object]:
        return [fields["state"] for _, _, fields in self.told]


def test_one_record_when_crossed_and_one_when_back() -> None:
    """However long it lasts."""
    watch = Watch(Rule("gauges.load", above=5, level="ERROR"))
    held = [watch.see(value) for value in (1, 6, 7, 8, 6, 1, 1)]
    assert held == [[], *[["gauges.load"]] * 4, [], []]
    assert [level for level, _, _ in watch.told] == ["ERROR", "INFO"]
    assert watch.told[0][1:] == (
        "gauges.load is 6, above 5 for 0 s",
        {
            "metric": "gauges.load", "state": "crossed", "value": 6, "above": 5,
            "for_seconds": 0.0,
        },
    )  # fmt: skip
    assert watch.told[1][1] == "gauges.load is 1, back from above 5"


def test_it_must_last() -> None:
    """A figure past the limit for less than `seconds` says nothing; back as well."""
    watch = Watch(Rule("gauges.load", above=5, seconds=120))
    for value in (6, 6, 1, 6, 6):
        watch.see(value)
    assert watch.told == []
    watch.see(6)
    assert watch.states == ["crossed"]
    for value in (1, 1, 6, 1, 1):
        watch.see(value)
    assert watch.states == ["crossed"]
    watch.see(1)
    assert watch.states == ["crossed", "back"]


@pytest.mark.parametrize("limit", [{"above": 5}, {"below": 5}, {"above": -5}])
def test_no_flapping_around_the_limit(limit: dict[str, float]) -> None:
    """A figure that wavers by 9 % of the limit crosses once at most."""
    (at,) = limit.values()
    watch = Watch(Rule("gauges.load", limit.get("above"), limit.get("below")))
    draw = random.Random(3)
    for _ in range(1000):
        watch.see(at + abs(at) * draw.uniform(-0.09, 0.09))
    assert watch.states == ["crossed"]


def test_clear_is_where_it_counts_as_back() -> None:
    """In place of the tenth."""
    watch = Watch(Rule("gauges.load", below=5, clear=8))
    for value in (4, 6, 7.9, 8):
        watch.see(value)
    assert watch.states == ["crossed", "back"]


def test_a_figure_that_is_not_there_changes_nothing() -> None:
    """Neither crossed nor back, and what lasted begins anew."""
    watch = Watch(Rule("gauges.load", above=5), Rule("gauges.other", above=0))
    watch.see(6)
    fields: dict[str, Any] = {}
    watch.alerts(fields)
    assert fields["alerts"] == ["gauges.load"]


def test_figures_are_of_the_window_first() -> None:
    """A dotted path, in the window, else in the record; names may have dots themselves."""
    fields = {
        "error_rate": 0.1, "window": {"error_rate": 0.5, "cache": {"hits": 0, "misses": 0}},
        "cache": {"hits": 1, "misses": 0, "hit_rate": 1.0}, "process": {"rss_bytes": 7},
        "histograms": {"my.timer": {"p95": 3.5}}, "alerts": ["x"],
        "requests": [{"endpoint": "/a.b", "p95_ms": 12.5}],
    }  # fmt: skip
    assert figure(fields, "error_rate") == 0.5
    assert figure(fields, "process.rss_bytes") == 7
    assert figure(fields, "histograms.my.timer.p95") == 3.5
    assert figure(fields, "cache.hit_rate") is None  # no look-up in the window
    assert figure(fields, "requests./a.b.p95_ms") == 12.5
    assert figure(fields, "process") is None
    assert figure(fields, "alerts") is None


def test_rates_of_counters() -> None:
    """`rates.NAME` is the growth per second between two checks, over all labels."""
    told: list[object] = []
    alerts = Alerts(
        [Rule("rates.retries", above=1.5)], lambda _l, _t, fields: told.append(fields["value"])
    )
    series = 'retries{to="a"}', 'retries{to="b"}'
    alerts({"counters": dict.fromkeys(series, 10), "interval_seconds": 60.0})
    alerts({"counters": dict.fromkeys(series, 70), "interval_seconds": 60.0})
    assert told == [2.0]


def test_a_rule_of_the_settings_speaks_in_the_metrics_channel(logs: Logs) -> None:
    """From TOML's keys to the record, with the fields of the rule."""
    rule = {"metric": "error_rate", "above": 0.05, "for": 0, "level": "ERROR"}
    configure(dir=logs.folder, console={"enabled": False}, metrics={"alerts": [rule]})
    logger.error("one")
    shutdown()
    first, second = logs.lines("metrics")
    assert (first["event"], first["level"]) == ("metrics.alert", "ERROR")
    assert first["fields"]["metric"] == "error_rate"
    assert first["fields"]["above"] == 0.05
    assert second["fields"]["alerts"] == ["error_rate"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"metric": "eror_rate", "above": 1}, r"metrics.alerts\[0\].metric .*eror_rate"),
        ({"metric": "error_rate"}, r"metrics.alerts\[0\] .*either above or below"),
        ({"metric": "error_rate", "above": 1, "below": 2}, "either above or below"),
        ({"metric": "error_rate", "above": 1, "fro": "2m"}, r"alerts\[0\].fro .*did you mean for"),
        ({"metric": "error_rate", "above": 1, "for": "2x"}, r"alerts\[0\].for .*a duration"),
        ({"metric": "error_rate", "above": "x"}, r"alerts\[0\].above .*a number"),
        ({"above": 1}, r"alerts\[0\].metric"),
        ("no", "a list of tables"),
    ],
)
def test_a_wrong_rule_is_refused(rule: object, message: str) -> None:
    """The error names the rule, the key and what is expected."""
    with pytest.raises(ConfigError, match=message):
        configure(metrics={"alerts": [rule] if isinstance(rule, dict) else rule})


def test_rules_survive_a_change_of_other_settings(logs: Logs) -> None:
    """Settings that are given back to configure keep their rules, `for` included."""
    rule = {"metric": "error_rate", "above": 0.05, "for": "2m"}
    settings = configure(dir=logs.folder, metrics={"alerts": [rule]})
    changed = configure(settings, level="DEBUG")
    assert changed.metrics.alerts == settings.metrics.alerts
    assert changed.metrics.alerts[0].for_ == 120


def test_rules_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ANIVAULT_LOG_METRICS__ALERTS` takes the list as JSON text."""
    monkeypatch.setenv(
        "ANIVAULT_LOG_METRICS__ALERTS", '[{"metric":"cache.hit_rate","below":0.5,"for":"1.5h"}]'
    )
    (rule,) = configure().metrics.alerts
    assert (rule.metric, rule.below, rule.for_) == ("cache.hit_rate", 0.5, 5400)
