"""`config/lnav/anivault.json`, asked through the real lnav."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Logs

from anivault_loguru import logger

FORMAT = Path(__file__).parent.parent / "config" / "lnav" / "anivault.json"

pytestmark = pytest.mark.skipif(
    shutil.which("lnav") is None, reason="lnav is not installed (Debian package lnav)"
)


def lnav(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run lnav without a terminal, with our format alone."""
    folder = home / "config" / "formats" / "anivault"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(FORMAT, folder)
    return subprocess.run(
        ["lnav", "-n", "-I", str(home / "config"), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(home), "TZ": "UTC"},
        timeout=60,
        check=False,
    )


def ask(logs: Logs, home: Path, sql: str) -> list[dict[str, Any]]:
    """The rows that lnav's SQL gives over the channel files."""
    files = [str(path) for path in sorted(logs.folder.glob("*.log"))]
    ran = lnav(home, "-c", f";{sql}", "-c", ":write-json-to -", *files)
    assert ran.stderr == ""
    rows: list[dict[str, Any]] = json.loads(ran.stdout)
    return rows


def test_lnav_loads_the_format_without_a_warning(tmp_path: Path) -> None:
    """lnav's own check of its configuration has nothing to say."""
    ran = lnav(tmp_path, "-C")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_lnav_reads_level_time_component_and_request_id(logs: Logs, tmp_path: Path) -> None:
    """Every level has lnav's own; time, component, request id and fields are columns."""
    logger.info("hello")
    with logger.contextualize(request_id="ab12"):
        logger.bind(component="cache").success("found", n=3)
        logger.bind(component="tmdb").warning("slow")
        logger.critical("lost")
    columns = "log_format, log_time, log_level, component, request_id, log_opid, log_body, fields"
    query = f"SELECT {columns} FROM anivault_log WHERE log_path NOT LIKE '%error.log'"
    found = {row["log_body"]: row for row in ask(logs, tmp_path, query)}
    written = {d["message"]: d for name in ("app", "pipeline", "network") for d in logs.lines(name)}
    assert {body: row["log_level"] for body, row in found.items()} == {
        "hello": "info",
        "found": "info",
        "slow": "warning",
        "lost": "critical",
    }
    for body, row in found.items():
        assert row["log_format"] == "anivault_log"
        assert row["log_time"] == written[body]["timestamp"][:23].replace("T", " ")
        assert row["component"] == written[body]["component"]
        assert row["request_id"] == row["log_opid"] == written[body].get("request_id")
    assert found["found"]["fields"] == {"n": 3}


def test_lnav_shows_a_line_and_its_stack_trace(logs: Logs, tmp_path: Path) -> None:
    """Time, level, component, message and request id stand in one line, the trace below."""
    try:
        raise ValueError("no such poster")
    except ValueError:
        logger.bind(component="tmdb").exception("failed", request_id="ab12")
    ran = lnav(tmp_path, str(logs.folder / "network.log"))
    first, second, *_ = ran.stdout.splitlines()
    (line,) = logs.lines("network")
    assert first == f"{line['timestamp'][:23]} ERROR    tmdb        failed  ab12"
    assert second.endswith("Traceback (most recent call last):")
    assert "ValueError: no such poster" in ran.stdout
