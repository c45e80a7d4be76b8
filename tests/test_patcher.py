"""What sinks that a user adds get to see: masked message, extra and exception."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import loguru
import pytest

import anivault_loguru
from anivault_loguru import configure, logger, register_secret

SECRET = "hunter2-" + "correcthorse"


@pytest.fixture
def seen(tmp_path: Path) -> list[dict[str, Any]]:
    """The records that a user's own sink gets."""
    configure(dir=tmp_path / "logs", console={"enabled": False}, metrics={"enabled": False})
    records: list[dict[str, Any]] = []
    logger.add(lambda message: records.append({**message.record}), format="{message}")
    return records


def test_a_users_sink_gets_message_and_extra_masked(seen: list[dict[str, Any]]) -> None:
    """Message and extra, nested too, are masked; what is innocent stays the object it was."""
    innocent = object()
    logger.info(
        "with password={}", SECRET, api_key=SECRET, nested={"a": [{"pwd": SECRET}]}, o=innocent
    )
    record = seen[0]
    assert SECRET not in f"{record['message']}{record['extra']}"
    assert record["extra"]["api_key"] == "***MASKED***"
    assert record["extra"]["nested"] == {"a": [{"pwd": "***MASKED***"}]}
    assert record["extra"]["o"] is innocent


def test_what_the_application_holds_is_not_changed(seen: list[dict[str, Any]]) -> None:
    """The dictionaries and exceptions logged are the application's own: they stay as they are."""
    config = {"password": SECRET}
    error = ValueError(f"password={SECRET}")
    try:
        raise error
    except ValueError:
        logger.exception("failed", config=config)
    assert config == {"password": SECRET}
    assert error.args == (f"password={SECRET}",)
    assert seen[0]["extra"]["config"] == {"password": "***MASKED***"}


def test_a_users_sink_gets_the_exception_masked(tmp_path: Path) -> None:
    """The formatted traceback holds no secret; the exception's own name is still there."""
    configure(dir=tmp_path / "logs", console={"enabled": False}, metrics={"enabled": False})
    text = io.StringIO()
    logger.add(text, format="{message}\n{exception}")
    try:
        raise KeyError(f"https://user:{SECRET}@host/")
    except KeyError:
        logger.exception("failed")
    assert SECRET not in text.getvalue()
    assert "KeyError" in text.getvalue()


def test_the_bypass_of_a_logger_patch_is_closed(seen: list[dict[str, Any]]) -> None:
    """What `logger.patch()` adds is masked too: masking comes last."""
    logger.patch(lambda record: record["extra"].update(token=SECRET)).info("patched")
    logger.configure(patcher=lambda record: record["extra"].update(secret=SECRET))
    logger.info("patched by the core")
    assert [record["extra"] for record in seen] == [
        {"token": "***MASKED***"},
        {"secret": "***MASKED***"},
    ]


def test_records_of_logurus_own_logger_are_masked_too(seen: list[dict[str, Any]]) -> None:
    """`from loguru import logger` elsewhere in the process is masked by the same rules."""
    loguru.logger.info("password={}", SECRET)
    assert seen[0]["message"] == "password=***MASKED***"


def test_a_registered_secret_is_masked_for_users_sinks(seen: list[dict[str, Any]]) -> None:
    """`register_secret` holds for sinks that are not ours."""
    value = "plain-" + "value-77"
    register_secret(value)
    logger.info("the {} of it", value, note=[value])
    assert value not in f"{seen[0]['message']}{seen[0]['extra']}"


def test_a_record_that_can_not_be_masked_is_withheld(
    seen: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If masking itself fails, a sink gets a placeholder instead of the raw record."""

    def fail(self: object, line: bytes) -> bytes:
        raise RuntimeError("broken")

    monkeypatch.setattr(anivault_loguru.masking.Masker, "mask_line", fail)
    logger.info("password={}", SECRET)
    assert SECRET not in str(seen[0])
    assert seen[0]["message"] == "***MASKED***"
