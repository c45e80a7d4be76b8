"""The fields of the summary record."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Logs

from anivault_loguru.collected import Collected
from anivault_loguru.histogram import ExponentialHistogram
from anivault_loguru.metrics import Registry
from anivault_loguru.summary import summary

README = Path(__file__).parent.parent / "README.md"
RATED: dict[str, Any] = {
    "records": int, "errors": int, "error_rate": float,
    "cache": {"hits": int, "misses": int, "hit_rate": float}, "api_requests": int,
    "requests_per_minute": float, "requests": list, "files_processed": int,
    "files_per_minute": float,
    "rate_limit": {"events": int, "waits": int, "wait_seconds": float}, "components": list,
    "log": {
        "bytes": int, "bytes_per_second": float, "dropped": int, "masked_values": int,
        "rotations": int, "call_p50": float, "call_p95": float, "call_p99": float,
    },
}  # fmt: skip
KEYS = [
    "uptime_seconds", "interval_seconds", "by_level", *RATED, "window",
    "queue_depth", "process", "error_patterns", "alerts", "audit_head",
    "counters", "gauges", "histograms", "distributions", "left_out",
]  # fmt: skip


def types(value: Any) -> Any:
    """The JSON type of each value, objects by key."""
    if isinstance(value, dict):
        return {key: types(inner) for key, inner in value.items()}
    return type(value)


def of(registry: Registry, before: Collected | None = None, **changes: Any) -> dict[str, Any]:
    """Return the summary of a registry, its window since `before`."""
    now = registry.collect()
    arguments = {"uptime": 120, "interval": 60, **changes}
    return summary(now, now.since(before or Collected()), **arguments)


def busy() -> Registry:
    """Return the registry of a process that did a little of everything."""
    registry = Registry()
    registry.increment("records", 90, component="app", level="INFO")
    registry.increment("records", 6, component="network", level="ERROR")
    registry.increment("records", 4, component="app", level="CRITICAL")
    registry.increment("log_bytes", 6000, component="app")
    registry.increment("log_bytes", 1200, component="network")
    registry.increment("records_dropped", 2, channel="app")
    registry.increment("masked_values", 3)
    registry.increment("rotations", channel="app")
    registry.increment("cache_hits", 3)
    registry.increment("cache_misses")
    registry.increment("cache_requests", 4)
    registry.increment("api_requests", 5, endpoint='/a"{b}', status=200)
    registry.increment("api_requests", 1, endpoint="/c", status=500)
    registry.increment("api_requests", 1, endpoint="/c", status=None)
    registry.increment("api_requests", 1, endpoint="/c", status="odd")
    for duration in (10, 20, 30):
        registry.observe("api_request_duration_ms", duration, endpoint='/a"{b}')
    registry.increment("rate_limit_events", 4, event="wait")
    registry.observe("rate_limit_wait_seconds", 0.25)
    registry.observe("rate_limit_wait_seconds", 0.5)
    registry.increment("files_processed", 12)
    registry.observe("file_size_bytes", 100)
    registry.observe("log_call_seconds", 0.00002)
    registry.gauge("queue_depth", 7)
    return registry


def test_empty_summary_has_every_key_and_no_division_by_zero() -> None:
    """Before anything happened, at uptime 0, totals are 0 and rates 0.0."""
    fields = of(Registry(), uptime=0, interval=0)
    assert list(fields) == KEYS
    assert types(fields["window"]) == RATED
    assert {key: types(fields[key]) for key in RATED} == RATED
    json.dumps(fields, allow_nan=False)


def test_types_are_the_same_when_busy() -> None:
    """The JSON types are stable."""
    assert types(of(busy())["window"]) == RATED


def test_summary_of_totals_and_rates() -> None:
    """Totals are summed over labels; rates are per minute, per record and per lookup."""
    fields = of(busy())
    assert fields["records"] == 100
    assert fields["by_level"] == {"INFO": 90, "ERROR": 6, "CRITICAL": 4}
    assert (fields["errors"], fields["error_rate"]) == (10, 0.1)
    assert fields["cache"] == {"hits": 3, "misses": 1, "hit_rate": 0.75}
    assert (fields["api_requests"], fields["requests_per_minute"]) == (8, 4.0)
    assert (fields["files_processed"], fields["files_per_minute"]) == (12, 6.0)
    assert fields["rate_limit"] == {"events": 4, "waits": 2, "wait_seconds": 0.75}
    assert fields["queue_depth"] == 7


def test_rates_by_component() -> None:
    """Records, errors and bytes of each component, and the same per second; busiest first."""
    app, network = of(busy())["window"]["components"]
    assert app == {
        "component": "app", "records": 94, "errors": 4, "bytes": 6000,
        "records_per_second": 1.5667, "errors_per_second": 0.0667, "bytes_per_second": 100.0,
    }  # fmt: skip
    assert (network["component"], network["bytes_per_second"]) == ("network", 20.0)


def test_no_component_is_taken_for_a_secret(tmp_path: Path) -> None:
    """A component whose name is sensitive as a key has its figures in the record."""
    # A process of its own: here other tests have used up the label sets of `records`.
    code = "from anivault_loguru import logger; logger.bind(component='auth').info('x')"
    environ = {**os.environ, "ANIVAULT_LOG_DIR": str(tmp_path / "logs")}
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=60)
    (line,) = Logs(tmp_path / "logs").lines("metrics")
    found = {row["component"]: row["records"] for row in line["fields"]["window"]["components"]}
    assert found["auth"] == 1


def test_the_logs_own_figures() -> None:
    """Bytes, drops, masked values, rotations, and what a call costs."""
    log = of(busy())["log"]
    assert (log["bytes"], log["bytes_per_second"], log["dropped"]) == (7200, 60.0, 2)
    assert (log["masked_values"], log["rotations"]) == (3, 1)
    assert log["call_p50"] == pytest.approx(0.00002, rel=0.02)


def test_requests_by_endpoint_and_status_class() -> None:
    """The most frequent first, with classes of statuses and percentiles of their latency."""
    first, second = of(busy())["window"]["requests"]
    assert (first["endpoint"], first["count"], first["statuses"]) == ('/a"{b}', 5, {"2xx": 5})
    assert first["p50_ms"] == pytest.approx(20, rel=0.02)
    assert second["statuses"] == {"5xx": 1, "none": 1, "other": 1}
    assert second["p99_ms"] == 0.0


def test_window_is_what_happened_since() -> None:
    """The window has the differences, and rates over its interval."""
    registry = busy()
    before = registry.collect()
    registry.increment("records", 2, component="app", level="ERROR")
    registry.increment("cache_hits")
    registry.increment("files_processed", 5)
    registry.observe("api_request_duration_ms", 500, endpoint="/c")
    registry.increment("api_requests", endpoint="/c", status=200)
    window = of(registry, before, interval=30)["window"]
    assert (window["records"], window["errors"], window["error_rate"]) == (2, 2, 1.0)
    assert window["cache"] == {"hits": 1, "misses": 0, "hit_rate": 1.0}
    assert (window["files_processed"], window["files_per_minute"]) == (5, 10.0)
    (request,) = window["requests"]
    assert request["p50_ms"] == pytest.approx(500, rel=0.02)
    assert [row["component"] for row in window["components"]] == ["app"]


def test_window_after_a_reset_is_not_negative() -> None:
    """Counters that were reset in between give a window of zeros."""
    empty = of(Registry())["window"]
    assert of(Registry(), busy().collect())["window"] == empty


def test_the_record_stays_small() -> None:
    """However many series there are, 500 of a kind are shown and the rest are counted."""
    registry = Registry()
    for name in range(6):
        for label in range(199):
            registry.increment(f"c{name}", label=label)
            registry.observe(f"h{name}", label + 1, label=label)
    fields = of(registry)
    assert len(fields["counters"]) == len(fields["histograms"]) == 500
    assert fields["left_out"] == 2 * (6 * 199 - 500)
    wide = Registry()
    for label in range(100):
        for power in range(300):
            wide.observe("h", 1.1**power, label=label)
    shown = of(wide)["distributions"]
    assert 10 < len(shown) < 100
    assert len(json.dumps(of(wide))) < 500_000


def test_summaries_of_two_processes_merge_like_one(tmp_path: Path) -> None:
    """The percentiles of two real processes' records, merged, are those of one with all values."""
    code = """
import random, sys
from anivault_loguru import configure, logger, metrics
configure(dir=sys.argv[1], console={"enabled": False})
draw = random.Random(sys.argv[2])
for _ in range(5000):
    metrics.observe("latency", draw.lognormvariate(3, 1))
logger.info("done")
"""
    for seed in "12":
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "logs"), seed], check=True)
    merged, whole = ExponentialHistogram(), ExponentialHistogram()
    for line in Logs(tmp_path / "logs").lines("metrics"):
        data = line["fields"]["distributions"]["latency"]
        merged.merge(ExponentialHistogram.from_dict(data))
    for seed in "12":
        draw = random.Random(seed)
        for _ in range(5000):
            whole.add(draw.lognormvariate(3, 1))
    assert {**merged.figures(), "avg": 0} == {**whole.figures(), "avg": 0}
    assert merged.sum == pytest.approx(whole.sum)


def test_a_crash_of_the_main_thread_leaves_a_last_summary(tmp_path: Path) -> None:
    """The record at exit has the crash among its errors."""
    code = """
import sys
from anivault_loguru import configure, logger
configure(dir=sys.argv[1], console={"enabled": False})
logger.info("start")
raise ValueError("row 7 is bad")
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "logs")],
        capture_output=True,
        env={**os.environ},
        check=False,
    )
    assert done.returncode == 1
    last = Logs(tmp_path / "logs").lines("metrics")[-1]["fields"]
    (group,) = last["error_patterns"]
    assert (group["type"], group["message"]) == ("ValueError", "row <n> is bad")
    assert last["errors"] == 1


def test_every_field_is_documented() -> None:
    """The table in README names each field."""
    table = README.read_text("utf-8").partition("## Figures")[2].partition("\n## ")[0]
    assert [key for key in KEYS if f"`{key}`" not in table] == []
