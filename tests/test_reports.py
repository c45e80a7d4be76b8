"""Reports: what stderr hears of a user's sink that fails."""

from __future__ import annotations

import pytest
from conftest import Logs

from anivault_loguru import logger

SECRET = "hunter2-" + "correcthorse"


def test_a_failing_sink_is_reported_without_what_the_application_handles(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exception that is handled is no part of the sink's own: its text stays unsaid."""

    def sink(message: str) -> None:
        try:
            raise LookupError("first in the sink")
        except LookupError:
            raise OSError("then in the sink")  # noqa: B904

    logger.add(sink, format="{message}")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.bind(password=SECRET).exception("failed")
    said = capsys.readouterr().err
    assert SECRET not in said
    assert "Logging error in Loguru Handler" in said
    assert "LookupError: first in the sink" in said
    assert "OSError: then in the sink" in said


def test_the_report_of_a_failing_sink_is_masked(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the sink's own exception says goes through the same rules as every text."""

    def sink(message: str) -> None:
        raise OSError(f"https://kim:{SECRET}@host/ is down")

    logger.add(sink, format="{message}")
    logger.info("x")
    said = capsys.readouterr().err
    assert SECRET not in said
    assert "@host/ is down" in said
