"""What the log counts of itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Logs
from test_errors import entry

from anivault_loguru import configure, logger, metrics
from anivault_loguru.metrics import Registry
from anivault_loguru.tally import SAMPLED, Tally


def test_a_record_moves_records_and_bytes() -> None:
    """Records count by level and component, bytes by component, of the line as written."""
    registry = Registry()
    tally = Tally(registry)
    one = entry("x", level="INFO", level_no=20, component="net")
    for _ in range(3):
        tally.sealed(one, one.line)
    counters = registry.snapshot()["counters"]
    assert counters['records{component="net",level="INFO"}'] == 3
    assert counters['log_bytes{component="net"}'] == 3 * len(one.line)


def counted(folder: Path, code: str) -> dict[str, int]:
    """The counters of a new process, which no other test has used."""
    program = f"""
import json, sys
from anivault_loguru import configure, logger, metrics, register_secret
configure(dir=sys.argv[1], console={{"enabled": False}})
{code}
print(json.dumps(metrics.snapshot()["counters"]))
"""
    command = [sys.executable, "-c", program, str(folder)]
    ran = subprocess.run(command, capture_output=True, check=True)
    shown: dict[str, int] = json.loads(ran.stdout)
    return shown


@pytest.mark.parametrize("component", ["hunter2hunter2", "hunter2 " * 30, 'hunter2 "quoted"'])
def test_the_component_counts_as_the_line_shows_it(tmp_path: Path, component: str) -> None:
    """What was masked in the line is not in the figures."""
    code = f"""
component = {component!r}
register_secret(component)
logger.bind(component=component).error("m")
logger.bind(component=component, password=component).error("n")
"""
    shown = counted(tmp_path, code)
    assert shown['records{component="***MASKED***",level="ERROR"}'] == 2
    assert "hunter2" not in json.dumps(shown)


def test_a_component_that_is_not_secret_counts_as_it_is(tmp_path: Path) -> None:
    """Also where something else in its record is masked."""
    code = 'logger.bind(component="tally", password="hunter2hunter2").info("m")'
    assert counted(tmp_path, code)['records{component="tally",level="INFO"}'] == 1


def test_errors_and_only_errors_make_patterns() -> None:
    """From level number 40 up."""
    tally = Tally(Registry())
    for number in (39, 40, 50):
        one = entry(level_no=number)
        tally.sealed(one, one.line)
    assert tally.errors.top()[0]["count"] == 2


def test_masked_values_are_those_that_masking_hid() -> None:
    """A marker that the application wrote itself does not count."""
    registry = Registry()
    tally = Tally(registry)
    tally.masked(b"***MASKED*** a b", b"***MASKED*** ***MASKED*** ***MASKED***")
    tally.masked(b"***MASKED***", b"***MASKED***")
    assert registry.snapshot()["counters"]["masked_values"] == 2


def test_one_call_in_so_many_is_timed() -> None:
    """The first call and every 64th after it; the time is the clock's."""
    registry = Registry()
    tally = Tally(registry, clock=iter(range(1, 1000)).__next__)
    for _ in range(3 * SAMPLED):
        tally.end(tally.begin())
    figures = registry.snapshot()["histograms"]["log_call_seconds"]
    assert (figures["count"], figures["min"], figures["max"]) == (3, 1, 1)


def test_the_log_counts_its_own_work(logs: Logs) -> None:
    """Bytes are those in the file, masked values and the cost of calls arrive."""
    metrics.reset()
    for number in range(2 * SAMPLED):
        logger.info("n {n}", n=number, password="hunter2hunter2")
    snapshot = metrics.snapshot()
    written = os.path.getsize(logs.folder / "app.log")
    assert snapshot["counters"]['log_bytes{component="app"}'] == written
    assert snapshot["counters"]["masked_values"] == 2 * SAMPLED
    assert snapshot["histograms"]["log_call_seconds"]["count"] == 2


def test_rotations_are_counted_by_channel(logs: Logs) -> None:
    """Each rotation of a channel's file adds one."""
    configure(
        dir=logs.folder,
        console={"enabled": False},
        metrics={"enabled": False},
        channels={"app": {"max_bytes": 1000, "compression": "off"}},
    )
    metrics.reset()
    for _ in range(10):
        logger.info("x" * 500)
    backups = [path for path in logs.folder.iterdir() if path.name.startswith("app.2")]
    assert backups
    assert metrics.snapshot()["counters"]['rotations{channel="app"}'] == len(backups)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_no_errors_of_its_parent() -> None:
    """Error patterns begin anew in the child."""
    from anivault_loguru.tally import tally

    one = entry(time=int(time.time() * 1e6))
    tally.sealed(one, one.line)
    pid = os.fork()
    if not pid:
        os._exit(1 if tally.errors.top() else 0)
    assert os.waitpid(pid, 0)[1] == 0
