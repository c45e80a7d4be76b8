"""Prometheus: the exposition, the server, the text file, and the real Prometheus reading them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import Logs
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from anivault_loguru import ConfigError, configure, events, logger, metrics, shutdown
from anivault_loguru.exporters.naming import family, label
from anivault_loguru.exporters.prometheus import Collector, Prometheus
from anivault_loguru.metrics import Registry

CONFIG = Path(__file__).parent.parent / "config"
WAIT = 60  # seconds until a test that waits for another process gives up

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="Prometheus is not installed"
)


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def text_of(registry: Registry, **changes: Any) -> str:
    """Return the exposition of a registry, without figures of the process."""
    exposed = CollectorRegistry(auto_describe=False)
    exposed.register(Collector(registry.collect, **{"sample": dict, **changes}))
    return generate_latest(exposed).decode()


def samples_of(text: str) -> dict[str, float]:
    """Read an exposition: `name{label="value"}` → value."""
    found: dict[str, float] = {}
    for metric in text_string_to_metric_families(text):
        for one in metric.samples:
            labels = ",".join(f'{k}="{v}"' for k, v in sorted(one.labels.items()))
            found[one.name + (f"{{{labels}}}" if labels else "")] = one.value
    return found


def get(url: str) -> bytes:
    """Fetch a URL."""
    with urllib.request.urlopen(url, timeout=WAIT) as answer:
        return bytes(answer.read())


# ---------------------------------------------------------------- the exposition


@pytest.mark.parametrize(
    ("name", "exported", "factor"),
    [
        ("records", "anivault_log_records", 1),
        ("api_request_duration_ms", "anivault_api_request_duration_seconds", 1e-3),
        ("upload_mb", "anivault_upload_bytes", 2**20),
        ("load_percent", "anivault_load_ratio", 0.01),
        ("scanTime.us", "anivault_scan_time_seconds", 1e-6),
        ("http.requests_total", "anivault_http_requests", 1),
        ("files_count", "anivault_files", 1),
        ("파일", "anivault_unnamed", 1),
        ("_ms", "anivault_ms", 1),
    ],
)
def test_names_and_units(name: str, exported: str, factor: float) -> None:
    """Snake case, base units, and no suffix that has a meaning of its own."""
    assert family(name, "counter")[0::2] == (exported, factor)


def test_names_of_labels() -> None:
    """What Prometheus takes; not `le`, nothing with two underscores in front."""
    names = ["endpoint", "a.b", "__x", "le", "1st", "상태"]
    assert [label(name) for name in names] == ["endpoint", "a_b", "x", "label_le", "label_1st",
                                               "label"]  # fmt: skip


def test_counters_gauges_and_labels() -> None:
    """Values arrive under the names of OpenMetrics, labels escaped."""
    registry = Registry()
    registry.increment("records", 7, level="INFO", component='a"b\\c\nd')
    registry.gauge("free_mb", 2)
    samples = samples_of(text_of(registry))
    assert samples['anivault_log_records_total{component="a"b\\c\nd",level="INFO"}'] == 7
    assert samples["anivault_free_bytes"] == 2 * 2**20


def test_histogram_buckets_are_exact() -> None:
    """Classic `le` buckets at powers of two of the unit observed; sum and count as they are."""
    registry = Registry()
    values = [0.5, 1, 2, 2.1, 1000, 60_000, 1e9]
    for value in values:
        registry.observe("step_ms", value)
    samples = samples_of(text_of(registry))
    assert samples["anivault_step_seconds_count"] == len(values)
    assert samples["anivault_step_seconds_sum"] == pytest.approx(sum(values) / 1000)
    buckets = {
        series.split('"')[1]: value for series, value in samples.items() if "_bucket" in series
    }
    assert len(buckets) == 21
    for bound, count in buckets.items():
        assert count == sum(value <= float(bound) * 1000 * (1 + 1e-12) for value in values)


def test_timers_are_in_seconds() -> None:
    """A timer's histogram has the unit in its name."""
    registry = Registry()
    with registry.timer("match"):
        pass
    assert samples_of(text_of(registry))["anivault_match_seconds_count"] == 1


def test_two_names_that_come_to_one_stay_apart() -> None:
    """The second gets a number: never two samples of one series."""
    registry = Registry()
    registry.increment("a.b", 1)
    registry.increment("a_b", 2)
    registry.gauge("a-b", 3)
    registry.observe("x", 1)
    registry.gauge("x count", 5)
    samples = samples_of(text_of(registry))
    assert samples["anivault_a_b_total"] == 1
    assert samples["anivault_a_b_2_total"] == 2
    assert samples["anivault_a_b_3"] == 3
    assert samples["anivault_x"] == 5
    assert samples["anivault_x_2_count"] == 1


def test_masked_series_that_are_the_same_become_one() -> None:
    """Labels are masked; two secrets under one mask are summed up."""
    registry = Registry()
    for secret in ("hunter2", "hunter3"):
        registry.increment("logins", 2, token=secret)
        registry.observe("size", 1, token=secret)
    text = text_of(registry, mask=lambda name, value: "***" if name == "token" else value)
    assert "hunter" not in text
    samples = samples_of(text)
    assert samples['anivault_logins_total{token="***"}'] == 4
    assert samples['anivault_size_count{token="***"}'] == 2


@pytest.mark.parametrize("kind", ["increment", "gauge", "observe"])
def test_names_and_their_help_are_masked(kind: str) -> None:
    """What a name shows is masked before it is written as Prometheus has it; so are labels'."""
    registry = Registry()
    for secret in ("hunter2", "hunter3"):
        getattr(registry, kind)(f"log in {secret}", 2, **{f"by {secret}": "x"})
    text = text_of(registry, mask=lambda _, value: value.replace(value[-7:], "masked"))
    assert "hunter" not in text
    assert "anivault_log_in_masked" in text
    assert "log in masked" in text
    assert 'by_masked="' in text


def test_a_timer_whose_name_is_masked_is_in_seconds() -> None:
    """The unit goes with the masked name."""
    registry = Registry()
    with registry.timer("run hunter2"):
        pass
    text = text_of(registry, mask=lambda _, value: value.replace("hunter2", "it"))
    assert "anivault_run_it_seconds_count 1.0" in text


def test_figures_of_the_process_are_fresh() -> None:
    """Sampled at the scrape; growing ones are counters; the monitor's gauges are not repeated."""
    registry = Registry()
    registry.gauge("process_rss_bytes", 1)
    registry.gauge("memory_usage_mb", 1)
    samples = samples_of(
        text_of(registry, sample=lambda: {"rss_bytes": 5, "cpu_seconds": 2, "gc_collections": 3})
    )
    assert samples["anivault_process_rss_bytes"] == 5
    assert samples["anivault_process_cpu_seconds_total"] == 2
    assert samples["anivault_gc_collections_total"] == 3
    assert "anivault_memory_usage_bytes" not in samples


@needs_promtool
def test_promtool_has_nothing_to_say(tmp_path: Path) -> None:
    """`promtool check metrics` accepts all our own names and a good number of odd ones."""
    program = """
import sys
from prometheus_client import CollectorRegistry, generate_latest
from anivault_loguru import configure, events, metrics
from anivault_loguru.exporters.prometheus import Collector
configure(dir=sys.argv[1], console={"enabled": False})
events.cache("k", True)
events.api_request("/3/search/1", 200, 12.5)
events.rate_limit("wait", wait_ms=3)
events.file_processed("a.mkv", 10)
events.performance("scan", 3)
events.error(ValueError("x"))
for name in ("camelCase", "two words", "x_ms", "t_total", "n_count", "x_bucket", "한글", "le"):
    metrics.increment(name, le="1", quantile="x", 한글="y")
    metrics.gauge(name, 1)
    metrics.observe(name, 1)
exposed = CollectorRegistry(auto_describe=False)
exposed.register(Collector(metrics.collect))
sys.stdout.buffer.write(generate_latest(exposed))
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, check=True).stdout
    assert b"anivault_cache" in shown
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=shown,
        capture_output=True,
        check=False,
    )
    assert (done.stdout + done.stderr).decode() == ""
    assert done.returncode == 0


# ---------------------------------------------------------------- the server


def test_metrics_are_served_on_loopback_while_configured(logs: Logs) -> None:
    """From `configure` to `shutdown`, masked."""
    port = free_port()
    metrics.reset()
    configure(
        dir=logs.folder,
        console={"enabled": False},
        metrics={"prometheus_port": port},
        masking={"secrets": ["correct-horse"]},
    )
    metrics.increment("logins", who="correct-horse", token="hunter2hunter2")
    logger.info("x")
    text = get(f"http://127.0.0.1:{port}/metrics").decode()
    assert samples_of(text)['anivault_log_records_total{component="app",level="INFO"}'] == 1
    assert "anivault_process_rss_bytes" in text
    assert "correct-horse" not in text
    assert "hunter2" not in text
    shutdown()
    with pytest.raises(urllib.error.URLError):
        get(f"http://127.0.0.1:{port}/metrics")


def test_a_port_that_is_taken_is_said_and_not_raised() -> None:
    """The application goes on without."""
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        one = Prometheus(
            Registry().collect,
            mask=lambda _, value: value,
            port=taken.getsockname()[1],
            report=lambda what, error: said.append(what),
        )
        one.start()
        one.stop()
    assert len(said) == 1
    assert "could not be served" in said[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_lets_go_of_the_port(tmp_path: Path) -> None:
    """It neither serves nor writes, and the port is free when the parent stops."""
    port = free_port()
    path = tmp_path / "x.prom"
    one = Prometheus(Registry().collect, mask=lambda _, v: v, port=port, textfile=str(path))
    one.start()
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(write)
        one.write()
        one.stop()
        os.read(read, 1)
        os._exit(0)
    try:
        assert b"metrics_refused" in get(f"http://127.0.0.1:{port}/metrics")
        one.stop()
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", port))
        assert not path.exists()
    finally:
        os.close(write)
        os.waitpid(pid, 0)
        os.close(read)


def test_without_the_package_the_setting_is_an_error() -> None:
    """The message names the key and what to install."""
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from anivault_loguru import configure\n"
        "configure(metrics={'prometheus_port': 9464})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "metrics.prometheus_port: needs the package prometheus_client" in done.stderr
    assert "anivault-loguru[prometheus]" in done.stderr


@pytest.mark.parametrize("port", [0, 65536, "x", True])
def test_a_wrong_port_is_refused(port: object) -> None:
    """By its name."""
    with pytest.raises(ConfigError, match=r"metrics\.prometheus_port .*from 1 to 65535"):
        configure(metrics={"prometheus_port": port})


# ---------------------------------------------------------------- the text file


def test_the_textfile_is_written_with_each_summary(logs: Logs) -> None:
    """Whole, readable by node_exporter's user, and nothing else is left in the folder."""
    path = logs.folder.parent / "prom" / "anivault.prom"
    path.parent.mkdir()
    configure(
        dir=logs.folder, console={"enabled": False}, metrics={"prometheus_textfile": str(path)}
    )
    logger.info("x")
    shutdown()
    assert "anivault_log_records_total" in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644 or os.name == "nt"
    assert [one.name for one in path.parent.iterdir()] == ["anivault.prom"]


def test_a_textfile_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Not raised."""
    said: list[BaseException] = []
    path = tmp_path / "none" / "x.prom"
    one = Prometheus(
        Registry().collect,
        mask=lambda _, value: value,
        textfile=str(path),
        report=lambda what, error: said.append(error),
    )
    one.write()
    assert isinstance(said[0], FileNotFoundError)


def test_the_textfiles_name_ends_in_prom() -> None:
    """node_exporter reads no other."""
    with pytest.raises(ConfigError, match=r"metrics\.prometheus_textfile .*\.prom"):
        configure(metrics={"prometheus_textfile": "metrics.txt"})


# ---------------------------------------------------------------- the real Prometheus


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Run Prometheus with the repository's configuration; give its port and that to serve on."""
    own, ours = free_port(), free_port()
    rules = (CONFIG / "prometheus-rules.yml").read_text("utf-8")
    config = (CONFIG / "prometheus.yml").read_text("utf-8")
    assert "127.0.0.1:9464" in config
    (tmp_path / "prometheus-rules.yml").write_text(rules.replace("for: 2m", "for: 1s"), "utf-8")
    config = config.replace("127.0.0.1:9464", f"127.0.0.1:{ours}").replace("15s", "1s")
    (tmp_path / "prometheus.yml").write_text(config, "utf-8")
    with open(tmp_path / "prometheus.out", "wb") as out:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={tmp_path / 'prometheus.yml'}",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address=127.0.0.1:{own}",
            ],
            stdout=out,
            stderr=out,
        )
    try:
        yield own, ours
    finally:
        process.terminate()
        process.wait(WAIT)


def ask(port: int, path: str) -> Any:
    """Ask Prometheus's API; None while it does not answer yet."""
    try:
        return json.loads(get(f"http://127.0.0.1:{port}/api/v1/{path}"))["data"]
    except OSError:
        return None


@needs_prometheus
def test_the_real_prometheus_scrapes_and_alerts(prometheus: tuple[int, int], logs: Logs) -> None:
    """Its API has our values, its histogram_quantile our percentile, and the error rule fires."""
    own, ours = prometheus
    metrics.reset()
    configure(dir=logs.folder, console={"enabled": False}, metrics={"prometheus_port": ours})
    for number in range(200):
        events.api_request("/3/search", 200, 100 + number / 10)
    deadline = time.monotonic() + WAIT
    alerts: list[Any] = []
    while time.monotonic() < deadline and not alerts:
        logger.error("again")
        found = ask(own, "alerts")
        alerts = [
            one
            for one in (found or {}).get("alerts", [])
            if one["labels"]["alertname"] == "AnivaultErrorRate" and one["state"] == "firing"
        ]
        time.sleep(0.1)
    assert alerts, "the rule did not fire"
    series = 'anivault_log_records_total{component="tmdb",level="INFO"}'
    (records,) = ask(own, f"query?query={quote(series)}")["result"]
    assert records["value"][1] == "200"
    assert records["metric"]["job"] == "anivault"
    buckets = 'anivault_api_request_duration_seconds_bucket{endpoint="/3/search"}'
    quantile = f"histogram_quantile(0.5, {buckets})"
    (p50,) = ask(own, f"query?query={quote(quantile)}")["result"]
    assert 0.064 < float(p50["value"][1]) <= 0.128
