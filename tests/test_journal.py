"""The systemd journal: priorities before the lines of a stream that leads there."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from anivault_loguru.journal import Journal


def test_each_level_has_its_priority(tmp_path: Path) -> None:
    """syslog's: 7 debug, 6 info, 5 notice, 4 warning, 3 error, 2 critical."""
    with (tmp_path / "stream").open("w") as stream:
        status = os.fstat(stream.fileno())
        journal = Journal(f"{status.st_dev}:{status.st_ino}")
        levels = [0, 5, 10, 20, 25, 30, 35, 40, 50, 99]
        marks = [journal.marked("x", stream, no) for no in levels]
        assert marks == [f"<{p}>x" for p in (7, 7, 7, 6, 5, 4, 4, 3, 2, 2)]


def test_every_line_of_a_text_is_marked(tmp_path: Path) -> None:
    """A traceback stays at the priority of its record."""
    with (tmp_path / "stream").open("w") as stream:
        status = os.fstat(stream.fileno())
        journal = Journal(f"{status.st_dev}:{status.st_ino}")
        assert journal.marked("a\nb\n", stream, 40) == "<3>a\n<3>b\n"


@pytest.mark.parametrize("place", ["1:2", "", "nonsense"])
def test_other_streams_are_left_alone(tmp_path: Path, place: str) -> None:
    """A stream that is somewhere else, or nowhere, gets the text as it is."""
    with (tmp_path / "stream").open("w") as stream:
        assert Journal(place).marked("x", stream, 40) == "x"
    assert Journal(place).marked("x", io.StringIO(), 40) == "x"
