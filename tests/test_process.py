"""Sampling of this very process."""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time

import psutil
import pytest

from anivault_loguru.process import GROWING, GcPauses, Sampler


def test_sample_is_this_process() -> None:
    """Memory, CPU time, threads and open files are what psutil says of this process."""
    figures = Sampler()()
    me = psutil.Process()
    assert figures["threads"] == me.num_threads()
    assert figures["rss_bytes"] == pytest.approx(me.memory_info().rss, rel=0.5)
    assert 0 < figures["cpu_seconds"] <= sum(me.cpu_times()[:2])


def test_sample_sees_threads_and_files_come() -> None:
    """A further thread and a further open file raise their figures by one."""
    before = Sampler()()
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        with tempfile.TemporaryFile():
            figures = Sampler()()
    finally:
        release.set()
        thread.join()
    assert figures["threads"] == before["threads"] + 1
    assert figures["open_files"] == before["open_files"] + 1


def test_cpu_percent_is_of_the_time_since_the_last_sample() -> None:
    """The percentage is CPU time over wall time since the last sample, then since the next."""
    sampler = Sampler()
    sampler._last = (os.getpid(), time.time() - 10, 0.0)
    figures = sampler()
    assert figures["cpu_percent"] == pytest.approx(figures["cpu_seconds"] * 10, rel=0.1)
    assert "cpu_percent" not in sampler()


def test_first_sample_counts_from_the_start_of_the_process() -> None:
    """Without a sample of this very process, a parent's ignored, the span is its whole life."""
    sampler = Sampler()
    sampler._last = (os.getpid() + 1, time.time() - 1, 0.0)
    figures = sampler()
    life = time.time() - psutil.Process().create_time()
    assert figures["cpu_percent"] == pytest.approx(figures["cpu_seconds"] / life * 100, rel=0.5)


def test_growing_figures_grow() -> None:
    """CPU times, context switches, I/O and collections never go down."""
    sampler = Sampler()
    before = sampler()
    gc.collect()
    after = sampler()
    assert after["gc_collections"] > before["gc_collections"]
    assert all(after[name] >= before[name] for name in GROWING & after.keys())


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux gives")
def test_all_figures_of_linux() -> None:
    """Memory, CPU, threads, files and limit, switches, I/O, collections, the machine's memory."""
    figures = Sampler()()
    assert set(figures) >= {
        "rss_bytes", "uss_bytes", "cpu_seconds", "cpu_user_seconds", "cpu_system_seconds",
        "threads", "open_files", "open_files_limit", "context_switches_voluntary",
        "context_switches_involuntary", "gc_collections", "system_memory_total_bytes",
        "system_memory_available_bytes",
    }  # fmt: skip
    assert 0 < figures["uss_bytes"] <= figures["rss_bytes"] < figures["system_memory_total_bytes"]
    assert figures["open_files"] < figures["open_files_limit"]


def test_a_slow_uss_is_read_once() -> None:
    """Where it took more than 10 ms it is not read again."""
    sampler = Sampler(clock=itertools.count(0, 0.011).__next__)
    assert "uss_bytes" in sampler()
    assert "uss_bytes" not in sampler()


def test_collections_are_timed_while_installed() -> None:
    """Each collection is one pause of the clock's length, observed by `drain`; none after."""
    seen: list[float] = []
    pauses = GcPauses(seen.append, clock=itertools.count(0, 2.0).__next__)
    before = list(gc.callbacks)
    pauses.install()
    pauses.install()
    gc.collect()
    assert seen == []
    pauses.drain()
    pauses.remove()
    gc.collect()
    pauses.drain()
    assert seen
    assert set(seen) == {2.0}
    assert gc.callbacks == before


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_amid_a_collection_is_not_lost() -> None:
    """The callback runs no Python code, in which the KeyboardInterrupt would be thrown away."""
    code = """
import gc, os, signal, threading
from anivault_loguru.process import GcPauses
GcPauses(lambda _: None).install()
junk = [[] for _ in range(1_500_000)]
signal.signal(signal.SIGINT, signal.default_int_handler)
for _ in range(10):
    threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        gc.collect()
        for _ in range(10**9):
            pass
    except KeyboardInterrupt:
        continue
print("all arrived")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("all arrived\n", "")


def test_refused_figures_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the platform refuses is absent, and the rest is there."""

    def refuse(_: psutil.Process) -> int:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "num_threads", refuse)
    figures = Sampler()()
    assert "threads" not in figures
    assert "rss_bytes" in figures


def test_psutil_is_imported_by_the_first_sample_only() -> None:
    """Importing the monitor does not import psutil."""
    code = (
        "import sys, anivault_loguru.monitor as m; assert 'psutil' not in sys.modules; "
        "m.Sampler()(); assert 'psutil' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
