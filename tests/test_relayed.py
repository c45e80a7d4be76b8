"""Records of `logging` that go straight to the channels, as nobody else listens."""

from __future__ import annotations

import logging
import signal
from typing import Any

import pytest
from conftest import Logs

from anivault_loguru import logger, shutdown


def test_both_lanes_give_the_same_line(logs: Logs) -> None:
    """With nobody else listening the record goes straight to the channels, byte for byte."""
    secret = "".join(("hunter", "2-and-more"))

    def say() -> list[dict[str, Any]]:
        before = len(logs.lines("network"))
        theirs = logging.getLogger("httpx.client")
        with logger.contextualize(request_id="r1"):
            for level in (10, 20, 30, 35, 40, 50):
                theirs.log(level, "%s {braces} <red>", f"password={secret}", extra={"n": level})
        theirs.info("a", extra={"component": "tmdb", "event": "e", "threadName_": "x"})
        theirs.handle(
            logging.makeLogRecord(
                {
                    "name": "httpx",
                    "msg": "far",
                    "levelno": 20,
                    "created": 1.5,
                    "thread": 7,
                    "threadName": "t7",
                }
            )
        )
        return logs.lines("network")[before:]

    straight = say()
    id_ = logger.add(lambda message: None, level=0)
    by_loguru = say()
    logger.remove(id_)
    shutdown()
    assert len(straight) == 7
    assert straight[0]["message"] == "password=***MASKED*** {braces} <red>"
    for line in (*straight, *by_loguru):
        del line["seq"]
    for line in (*straight[:-1], *by_loguru[:-1]):
        del line["timestamp"]
    assert straight == by_loguru
    assert straight[-1]["timestamp"] == "1970-01-01T00:00:01.500000Z"


def test_a_disabled_module_stays_silent_with_nobody_else(logs: Logs) -> None:
    """`logger.disable` goes by the module that calls, as on the other lane."""
    logging.getLogger("a").warning("one")
    logger.disable(__name__)
    logging.getLogger("a").warning("two")
    logger.enable(__name__)
    logging.getLogger("a").warning("three")
    shutdown()
    assert [line["message"] for line in logs.lines()] == ["one", "three"]


def test_a_wrapper_of_logging_does_not_hide_who_calls(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentry wraps `callHandlers`: the module that logs is the one below it."""
    wrapped = logging.Logger.callHandlers
    names: dict[str, Any] = {"wrapped": wrapped, "__name__": "wrapper"}
    code = "def call_handlers(self, record): return wrapped(self, record)"
    exec(compile(code, "wrapper.py", "exec"), names)
    monkeypatch.setattr(logging.Logger, "callHandlers", names["call_handlers"])
    logging.getLogger("a").warning("one")
    logger.disable(__name__)
    logging.getLogger("a").warning("two")
    logger.enable(__name__)
    shutdown()
    assert [line["message"] for line in logs.lines()] == ["one"]


def test_a_timeout_raised_while_a_record_is_handed_on_passes_through(logs: Logs) -> None:
    """It is the application's, though it is an Exception."""

    class Timeout(Exception):
        pass

    def handler(*_: object) -> None:
        raise Timeout

    class Slow:
        def __str__(self) -> str:
            signal.raise_signal(signal.SIGINT)
            return "slow"

    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(Timeout):
            logging.getLogger("a").warning("%s", Slow())
    finally:
        signal.signal(signal.SIGINT, before)
