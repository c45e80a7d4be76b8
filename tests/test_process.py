"""Sampling of this very process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time

import psutil
import pytest

from anivault_loguru import process


def test_sample_is_this_process() -> None:
    """Memory, CPU time, threads and open files are what psutil says of this process."""
    figures = process.sample()
    me = psutil.Process()
    assert figures["threads"] == me.num_threads()
    assert figures["rss_bytes"] == pytest.approx(me.memory_info().rss, rel=0.5)
    assert 0 < figures["cpu_seconds"] <= sum(me.cpu_times()[:2])


def test_sample_sees_threads_and_files_come() -> None:
    """A further thread and a further open file raise their figures by one."""
    before = process.sample()
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        with tempfile.TemporaryFile():
            figures = process.sample()
    finally:
        release.set()
        thread.join()
    assert figures["threads"] == before["threads"] + 1
    assert figures["open_files"] == before["open_files"] + 1


def test_cpu_percent_is_of_the_time_since_the_last_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The percentage is CPU time over wall time since the last sample, then since the next."""
    monkeypatch.setattr(process, "_last", (os.getpid(), time.time() - 10, 0.0))
    figures = process.sample()
    assert figures["cpu_percent"] == pytest.approx(figures["cpu_seconds"] * 10, rel=0.1)
    assert "cpu_percent" not in process.sample()


def test_first_sample_counts_from_the_start_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a sample of this very process, a parent's ignored, the span is its whole life."""
    monkeypatch.setattr(process, "_last", (os.getpid() + 1, time.time() - 1, 0.0))
    figures = process.sample()
    life = time.time() - psutil.Process().create_time()
    assert figures["cpu_percent"] == pytest.approx(figures["cpu_seconds"] / life * 100, rel=0.5)


def test_refused_figures_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the platform refuses is absent, and the rest is there."""

    def refuse(_: psutil.Process) -> int:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "num_threads", refuse)
    figures = process.sample()
    assert "threads" not in figures
    assert "rss_bytes" in figures


def test_psutil_is_imported_by_the_first_sample_only() -> None:
    """Importing the monitor does not import psutil."""
    code = (
        "import sys, anivault_loguru.monitor as m; assert 'psutil' not in sys.modules; "
        "m.process.sample(); assert 'psutil' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
