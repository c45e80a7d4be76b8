"""`anivault-log stats --follow`: the last minute of what is written, and how it is shown."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Logs
from rich.console import Console

from anivault_loguru import configure, events, logger, shutdown
from anivault_loguru.cli.reading.follow import Follower
from anivault_loguru.cli.stats import _new
from anivault_loguru.cli.stats.live_view import screen
from anivault_loguru.cli.stats.window import Figures, Window


def quiet(folder: Path, **changes: Any) -> None:
    """Configure files in `folder` and no console."""
    configure(dir=folder, console={"enabled": False}, **changes)


def work() -> None:
    """Log a little of everything."""
    for number in range(4):
        events.cache(f"k{number}", number > 0)
        events.api_request("/3/search", 200, 100)
    events.file_processed("a.mkv", 10)
    logger.bind(component="network").error("no answer after {n} s", n=3)


def figures(folder: Path) -> Figures:
    """Return the figures of a folder now."""
    window = Window()
    window.take(_new(Follower([str(folder)], tail=2_000_000)))
    return window.figures(time.time())


def test_the_figures_are_those_of_the_records(tmp_path: Path) -> None:
    """Rates, latency, hit rate, memory and errors; a record in two files counts once."""
    quiet(tmp_path / "logs")
    work()
    shutdown()
    found = figures(tmp_path / "logs")
    assert found.records * 60 == pytest.approx(4 + 4 + 1 + 1 + 3)  # three of our own
    assert found.errors * 60 == pytest.approx(1)
    assert found.requests * 60 == pytest.approx(4)
    assert found.latency[1] == pytest.approx(100, rel=0.02)
    assert found.hit_rate == 0.75
    assert found.files * 60 == pytest.approx(1)
    assert found.processes[0]["fields"]["process"]["rss_bytes"] > 1_000_000
    (pattern,) = found.patterns
    assert (pattern["message"], pattern["count"]) == ("no answer after <n> s", 1)


def test_what_is_older_than_a_minute_is_forgotten(logs: Logs) -> None:
    """Records leave the window, and their memory with them."""
    work()
    window = Window()
    window.take(_new(Follower([str(logs.folder)], tail=2_000_000)))
    assert window.figures(time.time() + 61).records == 0
    assert not window._seen
    assert not window._ids


def test_processes_are_counted_together(tmp_path: Path) -> None:
    """The last summary of each run that is not long silent."""
    code = (
        "import sys; from anivault_loguru import configure, logger\n"
        "configure(dir=sys.argv[1], console={'enabled': False}); logger.info('x')"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "logs")], check=True)
    window = Window()
    window.take(_new(Follower([str(tmp_path / "logs")], tail=2_000_000)))
    assert len(window.figures(time.time()).processes) == 2
    assert len(window.figures(time.time() + 600).processes) == 0


def test_follow_prints_a_line_at_each_turn(logs: Logs) -> None:
    """Until Ctrl-C, which is status 130."""
    work()
    command = [sys.executable, "-m", "anivault_loguru", "stats", "--follow", "--every", "0.05"]
    with subprocess.Popen([*command, str(logs.folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first, second = process.stdout.readline(), process.stdout.readline()
        process.terminate()
    assert b"records_per_s=" in first
    assert b"records_per_s=" in second
    assert b"hit_rate=75%" in second
    assert b"\x1b" not in second


def test_the_screen_fits_80_by_24(logs: Logs) -> None:
    """However many components and errors there are, and whatever they hold."""
    for number in range(50):
        logger.bind(component=f"c{number}\x1b[2J").error(chr(97 + number % 26) * number + "\x1b[0m")
    console = Console(width=80, height=24, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(screen(figures(logs.folder), 24))
    shown = console.export_text()
    console.file.close()
    assert len(shown.splitlines()) <= 24
    assert "\x1b" not in shown
    assert "records per s" in shown
