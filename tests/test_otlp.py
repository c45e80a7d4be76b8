"""OTLP: what a collector gets of our records and figures, and what becomes of them if it does not.

Real requests over loopback, decoded with OpenTelemetry's own protocol buffers.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import loguru
import pytest
from conftest import Logs

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra otlp is missing")

from collectors import Receiver, free_port, rotel, table_of
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from waiting import wait_for

import anivault_loguru.exporters
from anivault_loguru import ConfigError, configure, logger, metrics, shutdown

SECRET = "hunter2-and-more"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A collector that takes everything."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


def begin(folder: Path, endpoint: str | None, **otlp: Any) -> Logs:
    """Configure files in `folder`, and OTLP to `endpoint`."""
    settings: dict[str, Any] = {"metrics": {"enabled": False}, **otlp.pop("others", {})}
    settings["otlp"] = {"endpoint": endpoint, **otlp} if endpoint else otlp
    configure(dir=folder / "logs", console={"enabled": False}, **settings)
    return Logs(folder / "logs")


def dropped() -> float:
    return metrics.counter("records_dropped", channel="otlp").value


def test_a_record_arrives_as_opentelemetry_has_it(receiver: Receiver, tmp_path: Path) -> None:
    """Time without float error, body, event, severity, trace, code, attributes, resource."""
    logs = begin(tmp_path, receiver.endpoint, others={"app": "films"}, version="1.2")
    trace = {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}
    logger.info("{n} done", n=3, event="file.processed", request_id="r1", tags=["a"], **trace)
    shutdown()
    [(scope, record)] = receiver.records()
    [line] = logs.lines()
    assert scope == line["logger"] == __name__
    micros = line["timestamp"][20:26]
    assert str(record.time_unix_nano).endswith(f"{micros}000")
    assert record.time_unix_nano // 10**9 == pytest.approx(time.time(), abs=60)
    assert record.observed_time_unix_nano == record.time_unix_nano
    assert record.body.string_value == "3 done"
    assert record.event_name == "file.processed"
    assert (record.severity_text, record.severity_number) == ("INFO", 9)
    assert (record.trace_id.hex(), record.span_id.hex()) == tuple(trace.values())
    assert table_of(record.attributes) == {
        "component": "app",
        "request_id": "r1",
        "code.function.name": "test_a_record_arrives_as_opentelemetry_has_it",
        "code.line.number": line["line"],
        "thread.name": "MainThread",
        "seq": line["seq"],
        "n": 3,
        "tags": ["a"],
    }
    resource = table_of(receiver.logs()[0].resource_logs[0].resource.attributes)
    assert resource["service.name"] == "films"
    assert resource["service.version"] == "1.2"
    assert resource["service.instance.id"] == line["run"]
    assert resource["process.pid"] == os.getpid()
    assert {"host.name", "os.type", "process.runtime.version"} <= resource.keys()


def test_every_level_and_an_own_one(receiver: Receiver, tmp_path: Path) -> None:
    """All seven levels have their severity, one of the application's own one in between."""
    try:
        logger.level("ADVICE")
    except ValueError:
        logger.level("ADVICE", no=25)
    begin(tmp_path, receiver.endpoint, level=0, others={"level": 0})
    names = "TRACE DEBUG INFO SUCCESS WARNING ERROR CRITICAL ADVICE".split()
    for name in names:
        logger.log(name, "x")
    logger.log(33, "x")
    shutdown()
    found = [(record.severity_text, record.severity_number) for _, record in receiver.records()]
    numbers = [1, 5, 9, 11, 13, 17, 21, 11]
    assert found == [*zip(names, numbers, strict=True), ("Level 33", 14)]


def test_an_exception_arrives_in_parts(receiver: Receiver, tmp_path: Path) -> None:
    """Type, message and stack are attributes by the conventions."""
    begin(tmp_path, receiver.endpoint)
    try:
        raise KeyError("k")
    except KeyError:
        logger.exception("failed")
    shutdown()
    attributes = table_of(receiver.records()[0][1].attributes)
    assert attributes["exception.type"] == "KeyError"
    assert attributes["exception.message"] == "'k'"
    assert attributes["exception.stacktrace"].startswith("Traceback")


def test_nothing_leaves_unmasked(receiver: Receiver, tmp_path: Path) -> None:
    """Secrets in message, fields and exception are masked, and so is the header of our own."""
    headers = {"x-api-key": "own-header-secret"}
    begin(tmp_path, receiver.endpoint, headers=headers)
    logger.info("token={}", SECRET, password=SECRET, nested={"api_key": [SECRET]})
    try:
        raise ValueError(f"password={SECRET}")
    except ValueError:
        logger.exception("own-header-secret")
    metrics.increment("uses", user_token=SECRET)
    shutdown()
    assert receiver.records()
    assert all(headers["x-api-key"] == got["x-api-key"] for _, got, _ in receiver.requests)
    everything = b"".join(body for _, _, body in receiver.requests)
    assert SECRET.encode() not in everything
    assert b"own-header-secret" not in everything


def test_values_that_otlp_has_no_room_for(receiver: Receiver, tmp_path: Path) -> None:
    """Integers beyond 64 signed bits and deep nesting are text; ids that are none, attributes."""
    begin(tmp_path, receiver.endpoint)
    deep: Any = "end"
    for _ in range(60):
        deep = {"in": [deep]}
    fields = {"component": "x", "big": 2**64 - 1, "deep": deep, "thread.name": "own", "none": None}
    logger.bind(trace_id="no-id", **fields).info("x")
    shutdown()
    [(_, record)] = receiver.records()
    attributes = table_of(record.attributes)
    assert attributes["big"] == str(2**64 - 1)
    assert record.trace_id == b""
    assert attributes["trace_id"] == "no-id"
    assert attributes["fields"] == {"thread.name": "own"}
    assert attributes["none"] is None
    text = str(attributes["deep"])
    assert text.count("in") == 60
    assert "end" in text


def test_both_lanes_reach_the_collector(receiver: Receiver, tmp_path: Path) -> None:
    """Records of loguru's own logger and of `logging` are sent too, each once."""
    import logging

    begin(tmp_path, receiver.endpoint)
    loguru.logger.info("theirs")
    logger.info("ours")
    logging.getLogger("lib").warning("standard")
    shutdown()
    assert receiver.bodies() == ["theirs", "ours", "standard"]


@pytest.mark.parametrize("compression", ["gzip", "deflate", "none"])
def test_compression(receiver: Receiver, tmp_path: Path, compression: str) -> None:
    """The body is packed as the setting says."""
    begin(tmp_path, receiver.endpoint, compression=compression)
    logger.info("packed")
    shutdown()
    assert receiver.bodies() == ["packed"]
    expected = None if compression == "none" else compression
    assert receiver.requests[0][1].get("Content-Encoding") == expected


def test_the_standard_variables_are_enough(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoint, headers, compression and the resource come from OTEL_*."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=one")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "named")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    begin(tmp_path, None)
    logger.info("by variables")
    shutdown()
    assert receiver.bodies() == ["by variables"]
    headers = receiver.requests[0][1]
    assert (headers["x-tenant"], headers["Content-Encoding"]) == ("one", "gzip")
    resource = table_of(receiver.logs()[0].resource_logs[0].resource.attributes)
    assert resource["service.name"] == "named"
    assert resource["deployment.environment.name"] == "test"


@pytest.mark.parametrize(
    "off", [{"OTEL_SDK_DISABLED": "true"}, {"ANIVAULT_LOG_OTLP__ENABLED": "false"}]
)
def test_it_can_be_switched_off(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off: dict[str, str]
) -> None:
    """Variables meant for others send nothing of ours if ours, or the SDK, is switched off."""
    for name, value in {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint, **off}.items():
        monkeypatch.setenv(name, value)
    begin(tmp_path, None)
    logger.info("stays here")
    shutdown()
    assert receiver.requests == []


def test_without_its_packages_the_setting_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint in the settings needs the extra; the standard variable alone is for others."""
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.delitem(sys.modules, "anivault_loguru.exporters.otlp", raising=False)
    monkeypatch.delattr(anivault_loguru.exporters, "otlp", raising=False)
    with pytest.raises(ConfigError, match=r"otlp.endpoint: needs the package requests .*\[otlp\]"):
        begin(tmp_path, "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    logs = begin(tmp_path, None)
    logger.info("written")
    assert len(logs.lines()) == 1


def test_a_collector_that_is_busy_gets_it_later(receiver: Receiver, tmp_path: Path) -> None:
    """503 and 429 are tried again; nothing is lost or doubled, and the log says so."""
    receiver.answers = [(503, {}, b""), (429, {"Retry-After": "0"}, b"")]
    logs = begin(tmp_path, receiver.endpoint)
    before = dropped()
    for n in range(1000):
        logger.info("{n}", n=n)
    wait_for(lambda: any(line["event"] == "otlp.recovered" for line in logs.lines()))
    shutdown()
    assert receiver.bodies() == [str(n) for n in range(1000)]
    assert dropped() == before
    said = [line for line in logs.lines() if line["component"] == "otlp"]
    assert [line["event"] for line in said] == ["otlp.failed", "otlp.recovered"]
    assert said[0]["fields"]["reason"].startswith("503")


def test_retry_after_is_waited_for(receiver: Receiver, tmp_path: Path) -> None:
    """A collector that says when is not asked before."""
    receiver.answers = [(503, {"Retry-After": "1"}, b"")]
    begin(tmp_path, receiver.endpoint)
    logger.info("x")
    wait_for(lambda: not receiver.answers)
    begun = time.monotonic()
    wait_for(receiver.records)
    assert time.monotonic() - begun > 0.8


def test_what_is_refused_for_good_is_counted(receiver: Receiver, tmp_path: Path) -> None:
    """400 is not repeated: the records are counted and logged as dropped, the files have them."""
    receiver.answers = [(400, {}, b"")]
    logs = begin(tmp_path, receiver.endpoint)
    before = dropped()
    logger.info("one")
    logger.info("two")
    wait_for(lambda: dropped() == before + 2)
    logger.info("three")
    shutdown()
    assert receiver.bodies() == ["three"]
    assert {"one", "two", "three"} <= {line["message"] for line in logs.lines()}
    assert [line["event"] for line in logs.lines() if line["level"] == "WARNING"] == ["otlp.failed"]


def test_what_is_refused_in_part_is_counted(receiver: Receiver, tmp_path: Path) -> None:
    """A collector that takes a request but for some records says how many: they are counted."""
    answer = ExportLogsServiceResponse()
    answer.partial_success.rejected_log_records = 2
    answer.partial_success.error_message = "too old"
    receiver.answers = [(200, {}, answer.SerializeToString())]
    logs = begin(tmp_path, receiver.endpoint)
    before = dropped()
    logger.info("x")
    wait_for(lambda: dropped() == before + 2)
    shutdown()
    assert "too old" in logs.text()


def test_a_request_that_is_too_large_is_halved(receiver: Receiver, tmp_path: Path) -> None:
    """413 for many records sends them in smaller requests."""
    receiver.answers = [(413, {}, b"")]
    begin(tmp_path, receiver.endpoint)
    for n in range(11):
        logger.info("{n}", n=n)
    shutdown()
    assert receiver.bodies() == [str(n) for n in range(11)]
    assert len(receiver.logs()) == 2


def test_a_redirection_is_not_followed(receiver: Receiver, tmp_path: Path) -> None:
    """The headers, which may be secret, go nowhere else."""
    other = Receiver()
    receiver.answers = [(307, {"Location": f"{other.endpoint}/v1/logs"}, b"")]
    begin(tmp_path, receiver.endpoint, headers={"x-api-key": "own-header-secret"})
    before = dropped()
    logger.info("x")
    shutdown()
    assert dropped() == before + 1
    assert other.requests == []
    other.close()


def test_a_dead_collector_does_not_hold_up_the_exit(tmp_path: Path) -> None:
    """With nobody there the program ends at once, and what was not sent is counted."""
    logs = begin(tmp_path, f"http://127.0.0.1:{free_port()}")
    before = dropped()
    for n in range(700):
        logger.info("{n}", n=n)
    begun = time.monotonic()
    shutdown()
    assert time.monotonic() - begun < 4
    assert dropped() >= before + 700
    assert [line["message"] for line in logs.lines() if line["component"] == "app"] == [
        str(n) for n in range(700)
    ]


def test_complete_waits_until_all_has_arrived(receiver: Receiver, tmp_path: Path) -> None:
    """Without `shutdown`, from a coroutine too."""
    begin(tmp_path, receiver.endpoint)

    async def more() -> None:
        logger.info("500")
        await logger.complete()

    for n in range(500):
        logger.info("{n}", n=n)
    logger.complete()
    assert receiver.bodies() == [str(n) for n in range(500)]
    asyncio.run(more())
    assert receiver.bodies()[500:] == ["500"]


def test_complete_returns_without_a_collector(tmp_path: Path) -> None:
    """The files have everything; what waits is kept for a collector that comes back."""
    logs = begin(tmp_path, f"http://127.0.0.1:{free_port()}")
    before = dropped()
    for n in range(500):
        logger.info("{n}", n=n)
    logger.complete()
    assert dropped() == before
    assert [line["message"] for line in logs.lines() if line["component"] == "app"] == [
        str(n) for n in range(500)
    ]
    shutdown()
    assert dropped() >= before + 500


def test_complete_in_the_exporters_thread_returns(receiver: Receiver, tmp_path: Path) -> None:
    """A filter may call it for what the exporter itself logs; in a sink loguru forbids it."""
    receiver.answers = [(400, {}, b"")]
    begin(tmp_path, receiver.endpoint)
    threads: list[str] = []

    def note(record: Any) -> bool:
        if record["extra"].get("component") == "otlp":
            logger.complete()
            threads.append(threading.current_thread().name)
        return False

    added = logger.add(print, filter=note)
    logger.info("refused")
    logger.complete()
    logger.remove(added)
    assert threads == ["anivault-otlp"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGUSR1")
def test_complete_in_a_signal_handler(receiver: Receiver, tmp_path: Path) -> None:
    """What was logged before the signal has arrived when the handler returns."""
    begin(tmp_path, receiver.endpoint)
    before = signal.signal(signal.SIGUSR1, lambda *_: logger.complete())
    try:
        logger.info("before the signal")
        signal.raise_signal(signal.SIGUSR1)
        assert receiver.bodies() == ["before the signal"]
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_complete_in_a_forked_child(receiver: Receiver, tmp_path: Path) -> None:
    """It returns right after the fork, and waits for what the child logs."""
    begin(tmp_path, receiver.endpoint)
    logger.info("parent")
    logger.complete()
    child = os.fork()
    if child == 0:
        try:
            logger.complete()
            logger.info("child")
            logger.complete()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert receiver.bodies()[0] == "parent"
    assert receiver.bodies().count("child") == 1


def test_our_own_requests_are_not_sent(receiver: Receiver, tmp_path: Path) -> None:
    """What the HTTP library logs of a request is in the files; sent, it would never end."""
    logs = begin(tmp_path, receiver.endpoint, others={"level": "DEBUG"})
    logger.info("one")
    wait_for(receiver.records)
    logger.info("two")
    wait_for(lambda: len(receiver.records()) == 2)
    shutdown()
    assert [line for line in logs.lines("network") if line["logger"].startswith("urllib3")]
    assert receiver.bodies() == ["one", "two"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_child_sends_its_own(receiver: Receiver, tmp_path: Path) -> None:
    """The child sends its records under its own run, and none of those that waited before."""
    begin(tmp_path, receiver.endpoint)
    receiver.hold.set()
    logger.info("parent")
    child = os.fork()
    if child == 0:
        try:
            receiver.hold.clear()
            logger.info("child")
            shutdown()
        finally:
            os._exit(0)
    receiver.hold.clear()
    os.waitpid(child, 0)
    shutdown()
    # Newer Pythons warn of a fork in a process with threads, which is a record too.
    assert sorted({"child", "parent"}.intersection(receiver.bodies())) == ["child", "parent"]
    assert receiver.bodies().count("parent") == 1
    runs = {
        table_of(resource.resource.attributes)["service.instance.id"]
        for request in receiver.logs()
        for resource in request.resource_logs
    }
    assert len(runs) == 2


def test_figures_arrive_with_each_summary(receiver: Receiver, tmp_path: Path) -> None:
    """Counters are monotonic sums, gauges gauges, histograms exponential, with units, masked."""
    begin(tmp_path, receiver.endpoint, others={"metrics": {"interval": 60}})
    metrics.increment("api_requests", 3, endpoint="/of-this-test", user_token=SECRET)
    metrics.gauge("depth", 1.5)
    values = [0.001 * n for n in range(1, 500)] + [0, -2.0]
    for value in values:
        metrics.observe("wait_ms", value)
    with metrics.timer("match"):
        pass
    logger.info("x")
    shutdown()
    found = receiver.metrics()
    points = found["api_requests"].sum.data_points
    [point] = [one for one in points if table_of(one.attributes).get("endpoint") == "/of-this-test"]
    assert found["api_requests"].sum.is_monotonic
    assert found["api_requests"].sum.aggregation_temporality == 2  # cumulative
    assert point.as_int == 3
    assert table_of(point.attributes) == {"endpoint": "/of-this-test", "user_token": "***MASKED***"}
    assert 0 < point.start_time_unix_nano < point.time_unix_nano
    assert found["depth"].gauge.data_points[0].as_double == 1.5
    assert (found["wait_ms"].unit, found["match"].unit) == ("ms", "s")
    [wait] = found["wait_ms"].exponential_histogram.data_points
    assert (wait.count, wait.zero_count, wait.min, wait.max) == (501, 1, -2.0, 0.499)
    assert wait.sum == pytest.approx(sum(values))
    assert sum(wait.positive.bucket_counts) == 499
    assert list(wait.negative.bucket_counts) == [1]
    base = 2.0**2.0**-wait.scale
    for step, count in enumerate(wait.positive.bucket_counts):
        low = base ** (wait.positive.offset + step)
        assert count == len([v for v in values if low < v <= low * base])
    assert found["records"].sum.data_points


def test_names_of_figures_are_masked(receiver: Receiver, tmp_path: Path) -> None:
    """Names and descriptions show no secret; series that are the same then are one point."""
    begin(tmp_path, receiver.endpoint, others={"metrics": {"interval": 60}})
    for n in (1, 2):
        metrics.increment(f"calls https://u:{SECRET}{n}@h/", n)
    logger.info("x")
    shutdown()
    found = receiver.metrics()
    assert SECRET not in str(found)
    [name] = (name for name in found if name.startswith("calls https://u:"))
    assert [point.as_int for point in found[name].sum.data_points] == [3]


def test_sparse_histograms_stay_small(receiver: Receiver, tmp_path: Path) -> None:
    """Values of all magnitudes are sent at a coarser scale, and none is lost."""
    begin(tmp_path, receiver.endpoint, others={"metrics": {"interval": 60}})
    for value in (1e-300, 1.0, 1e300):
        metrics.observe("span", value)
    logger.info("x")
    shutdown()
    [point] = receiver.metrics()["span"].exponential_histogram.data_points
    assert sum(point.positive.bucket_counts) == point.count == 3
    assert len(point.positive.bucket_counts) <= 1280


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_tls_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody trusts gets nothing; one named by the standard variable does."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
    key, certificate, both = (tmp_path / name for name in ("key.pem", "cert.pem", "both.pem"))
    subprocess.run(
        [*command.split(), "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    both.write_text(key.read_text() + certificate.read_text())
    receiver = Receiver(certificate=both)
    before = dropped()
    begin(tmp_path, receiver.endpoint)
    logger.info("refused")
    shutdown()
    assert receiver.requests == []
    assert dropped() == before + 1
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificate))
    begin(tmp_path, receiver.endpoint)
    logger.info("trusted")
    shutdown()
    receiver.close()
    assert receiver.bodies() == ["trusted"], (tmp_path / "logs" / "app.log").read_text()


def test_twenty_thousand_records_through_a_real_collector(
    receiver: Receiver, tmp_path: Path
) -> None:
    """All arrive once, masked, through rotel; the exit waits for those that it takes."""
    pytest.importorskip("rotel", reason="the group integration is missing")
    port = free_port()
    before = dropped()
    with rotel(receiver, tmp_path, port):
        begin(tmp_path, f"http://127.0.0.1:{port}")
        for n in range(20_000):
            logger.info("{n}", n=n, password=SECRET)
        shutdown()
        wait_for(lambda: sum(map(receiver.size, receiver.logs())) >= 20_000, 60)
    numbers = [table_of(record.attributes)["n"] for _, record in receiver.records()]
    assert sorted(numbers) == list(range(20_000))
    assert dropped() == before
    assert not any(SECRET.encode() in body for _, _, body in receiver.requests)


def test_a_collector_is_killed_and_comes_back(receiver: Receiver, tmp_path: Path) -> None:
    """What is logged while rotel is down arrives when it is up again; the files have it at once."""
    pytest.importorskip("rotel", reason="the group integration is missing")
    port = free_port()
    before = dropped()
    with rotel(receiver, tmp_path, port) as first:
        logs = begin(tmp_path, f"http://127.0.0.1:{port}")
        logger.info("before")
        wait_for(receiver.records)
        first.kill()
        first.wait()
    for n in range(100):
        logger.info("{n}", n=n)
    assert [line["event"] for line in logs.lines()].count("log") == 101
    wait_for(lambda: any(line["event"] == "otlp.failed" for line in logs.lines()))
    with rotel(receiver, tmp_path, port):
        wait_for(lambda: len(receiver.records()) >= 101, 60)
        shutdown()
    bodies = receiver.bodies()
    assert sorted({*bodies} - {"before"}, key=lambda text: text.zfill(9))[:100] == [
        str(n) for n in range(100)
    ]
    assert dropped() == before


@pytest.mark.parametrize("there", [True, False])
def test_an_exit_without_shutdown_sends_what_waits(
    receiver: Receiver, tmp_path: Path, there: bool
) -> None:
    """A program that simply ends has sent its records, or ends all the same."""
    endpoint = receiver.endpoint if there else f"http://127.0.0.1:{free_port()}"
    code = "from anivault_loguru import logger\nfor n in range(600): logger.info('{n}', n=n)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "ANIVAULT_LOG_DIR": str(tmp_path / "logs"),
            "ANIVAULT_LOG_OTLP__ENDPOINT": endpoint,
            "ANIVAULT_LOG_CONSOLE__ENABLED": "false",
            "ANIVAULT_LOG_METRICS__ENABLED": "false",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert receiver.bodies() == ([str(n) for n in range(600)] if there else [])
    assert ("otlp: records were not sent" in done.stderr) is not there
    assert len(Logs(tmp_path / "logs").lines()) >= 600


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_of_multiprocessing_sends_what_waits(
    receiver: Receiver, tmp_path: Path, method: str
) -> None:
    """Such a child ends without atexit, and its records arrive all the same."""
    script = tmp_path / "children.py"
    script.write_text(
        "import multiprocessing, sys\n"
        "from anivault_loguru import logger\n"
        "def work(): logger.info('child')\n"
        "if __name__ == '__main__':\n"
        "    logger.info('parent')\n"
        "    process = multiprocessing.get_context(sys.argv[1]).Process(target=work)\n"
        "    process.start()\n"
        "    process.join()\n"
    )
    done = subprocess.run(
        [sys.executable, script, method],
        env={
            **os.environ,
            "ANIVAULT_LOG_DIR": str(tmp_path / "logs"),
            "ANIVAULT_LOG_OTLP__ENDPOINT": receiver.endpoint,
            "ANIVAULT_LOG_METRICS__ENABLED": "false",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(receiver.bodies()) == ["child", "parent"]
