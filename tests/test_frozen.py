"""A program frozen by PyInstaller, as the README says, logs as it did before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PyInstaller", reason="PyInstaller is not installed: the group frozen")

PROGRAM = """
import sys
from anivault_loguru import audit, configure, logger, shutdown

configure(dir=sys.argv[1], console={"enabled": False})
log = logger.bind(component="scanner")
log.info("frozen {n}", n=3, api_key="hunter2-and-more")
audit("settings.changed", actor="kim")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
shutdown()
"""


def test_a_frozen_program_logs(tmp_path: Path) -> None:
    """Channels, masking, tracebacks and the audit chain, from a folder without Python."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    recipe = ["--collect-submodules", "anivault_loguru", str(program)]
    quiet = ["--log-level", "ERROR", "--noconfirm", "--specpath", str(tmp_path)]
    places = ["--distpath", str(tmp_path / "dist"), "--workpath", str(tmp_path / "build")]
    command = [sys.executable, "-m", "PyInstaller", *quiet, *places, *recipe]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=300)
    program.unlink()

    frozen, logs = tmp_path / "dist" / "program" / "program", tmp_path / "logs"
    run = subprocess.run(
        [frozen, logs], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True
    )
    assert (run.stdout, run.stderr) == ("", "")
    pipeline = [json.loads(line) for line in (logs / "pipeline.log").read_text().splitlines()]
    assert [(line["message"], line["function"]) for line in pipeline] == [
        ("frozen 3", "<module>"),
        ("failed", "<module>"),
    ]
    assert pipeline[0]["fields"] == {"n": 3, "api_key": "***MASKED***"}
    assert pipeline[1]["exception"]["type"] == "ZeroDivisionError"
    assert '"event":"settings.changed"' in (logs / "audit.log").read_text()
