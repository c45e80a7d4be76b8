"""loguru's private names: another loguru than the one that is known costs speed, not records."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import loguru
import pytest

LOG = "def _log(self, level, from_decorator, options, message, args, kwargs"
COPY = "handlers = self._core.handlers.copy()"
BEFORE = "raw, capture, patchers, extra"
LONGER = "raw, capture, indent, patchers, extra"
CHANGES = {
    "another signature": [("_logger.py", LOG, f"{LOG}, template=None", 1)],
    "a longer tuple of options": [
        ("_logger.py", BEFORE, LONGER, 3),
        ("_logger.py", "raw, capture, *args", "raw, capture, 0, *args", 1),
        ("__init__.py", "capture=True,", "capture=True, indent=0,", 1),
    ],
    "handlers changed in place": [
        ("_logger.py", COPY, COPY.removesuffix(".copy()"), 3),
        ("_logger.py", "self._core.handlers = handlers", "pass", 2),
    ],
}
PROGRAM = """
import json, sys
from anivault_loguru import configure, lanes, logger
configure(dir=sys.argv[1], console={"enabled": False}, metrics={"enabled": False})
logger.info("a {}", 1, n=2)
logger.bind(request_id="r").opt(depth=0).warning("b")
with logger.contextualize(request_id="s"):
    logger.patch(lambda record: record["extra"].update(p=1)).info("c")
logger.info("lost? {", 1)
try:
    1 / 0
except ZeroDivisionError:
    logger.exception("d")
print(json.dumps([lanes.MISFIT, lanes._lane is None]))
"""


def changed_loguru(folder: Path, changes: list[tuple[str, str, str, int]]) -> None:
    """Copy the installed loguru into `folder`, with texts of it replaced."""
    copy = folder / "loguru"
    shutil.copytree(Path(loguru.__file__).parent, copy, ignore=shutil.ignore_patterns("*.pyc"))
    for name, before, after, times in changes:
        text = (copy / name).read_text("utf-8")
        assert text.count(before) == times, (name, before)
        (copy / name).write_text(text.replace(before, after), "utf-8")


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_loguru_closes_the_lane_and_loses_nothing(tmp_path: Path, change: str) -> None:
    """The start-up check sees it, says what it is, and every record goes by loguru."""
    changed_loguru(tmp_path, CHANGES[change])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "logs")],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    misfit, closed = json.loads(done.stdout)
    assert misfit
    assert closed
    lines = [json.loads(x) for x in (tmp_path / "logs" / "app.log").read_text().splitlines()]
    assert [line["message"] for line in lines] == ["a 1", "b", "c", "lost? {", "d"]
    assert [line.get("request_id") for line in lines] == [None, "r", "s", None, None]
    assert lines[2]["fields"] == {"p": 1}
    assert lines[4]["exception"]["type"] == "ZeroDivisionError"
